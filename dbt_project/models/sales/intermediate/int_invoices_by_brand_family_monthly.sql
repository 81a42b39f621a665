{{ by_month(
    indexes=[{'columns': ['month', 'level', 'family_key', 'currency'], 'unique': True}],
    pre_hook='{{ delete_regrouped_families() }}',
) }}

-- depends_on: {{ ref('int_sales_by_own_family_monthly') }}
{% set months = stale_months() if is_incremental() else [] %}
{% set are_some_regrouped = is_incremental() and sold_families_are_regrouped(months) %}

with family_levels as (

    select * from {{ ref('int_brand_family_levels') }}

),

sales as (

    select * from {{ ref('fct_sales') }}
    {% if is_incremental() and not are_some_regrouped %}
    where {{ in_months('invoice_date', months) }}
    {% elif are_some_regrouped %}
    where
        {{ in_months('invoice_date', months) }}
        or family_key in (select regrouped.family_key from ({{ regrouped_families() }}) as regrouped)
    {% endif %}

),

-- Numbered so that the families below one follow it: see `own_lines`.
numbered as (

    select
        family_key,
        row_number() over (order by array_agg(ancestor_family_key order by level)) as number
    from family_levels
    group by family_key

),

-- At how many levels two families count under the same one.
common as (

    select
        ones.family_key,
        others.family_key as other_family_key,
        count(*) as levels
    from family_levels as ones
    inner join family_levels as others
        on
            ones.level = others.level
            and ones.ancestor_family_key = others.ancestor_family_key
    group by ones.family_key, others.family_key

),

-- In a document, the lines of one family at any level follow one another in the order of the numbers: it counts once
-- under each family that differs from the one at that level of the line before.
own_lines as (

    select
        {{ month_of('sales.invoice_date') }} as month,
        sales.family_key,
        sales.currency,
        sales.document_type,
        lag(sales.family_key) over (
            partition by
                sales.invoice_id,
                {{ month_of('sales.invoice_date') }},
                sales.currency,
                sales.document_type
            order by numbered.number
        ) as family_key_before
    from sales
    inner join numbered
        on sales.family_key = numbered.family_key

),

own_documents as (

    select
        month,
        family_key,
        currency,
        document_type,
        family_key_before,
        count(*) as documents
    from own_lines
    where family_key_before is distinct from family_key
    group by month, family_key, currency, document_type, family_key_before

),

final as (

    select
        own_documents.month,
        family_levels.level,
        family_levels.ancestor_family_key as family_key,
        own_documents.currency,
        coalesce(
            sum(own_documents.documents) filter (where own_documents.document_type = 'invoice'), 0
        )::bigint as invoices,
        coalesce(
            sum(own_documents.documents) filter (where own_documents.document_type = 'credit_note'), 0
        )::bigint as credit_notes,
        family_levels.members
    from own_documents
    left join common
        on
            own_documents.family_key = common.family_key
            and own_documents.family_key_before = common.other_family_key
    inner join family_levels
        on
            own_documents.family_key = family_levels.family_key
            and family_levels.level > coalesce(common.levels, 0)
    {% if are_some_regrouped %}
    where
        {{ in_months('own_documents.month', months) }}
        or (family_levels.level, family_levels.ancestor_family_key) in (
            select
                regrouped.level,
                regrouped.ancestor_family_key
            from ({{ regrouped_families() }}) as regrouped
        )
    {% endif %}
    group by
        own_documents.month,
        family_levels.level,
        family_levels.ancestor_family_key,
        family_levels.members,
        own_documents.currency

)

select * from final
