{{ by_month(indexes=[{'columns': ['month', 'level', 'family_key', 'currency'], 'unique': True}]) }}

with sales as (

    select * from {{ ref('fct_sales') }}
    {% if is_incremental() %}
    where {{ in_months('invoice_date', stale_months()) }}
    {% endif %}

),

families as (

    select * from {{ ref('dim_brand_families') }}

),

bridge as (

    select * from {{ ref('bridge_brand_families') }}

),

family_levels as (

    {{ family_levels('bridge', 'families') }}

),

-- Numbered so that the families below one follow it: see `documents`.
numbered as (

    select
        family_key,
        row_number() over (order by array_agg(ancestor_family_key order by distance desc)) as number
    from bridge
    group by family_key

),

-- How many levels two families have in common.
common as (

    select
        ones.family_key,
        others.family_key as other_family_key,
        count(*) as levels
    from bridge as ones
    inner join bridge as others
        on ones.ancestor_family_key = others.ancestor_family_key
    group by ones.family_key, others.family_key

),

own_totals as (

    select
        {{ month_of('invoice_date') }} as month,
        family_key,
        currency,
        document_type,
        count(*) as sales_lines,
        sum(quantity) as quantity,
        sum(net_amount) as net_amount,
        count(*) filter (where cost_amount is null) as lines_without_cost,
        sum(net_amount) filter (where cost_amount is not null) as costed_net_amount,
        sum(cost_amount) as cost_amount
    from sales
    group by month, family_key, currency, document_type

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

documents as (

    select
        own_documents.month,
        family_levels.level,
        family_levels.ancestor_family_key as family_key,
        own_documents.currency,
        sum(own_documents.documents) filter (where own_documents.document_type = 'invoice') as invoices,
        sum(own_documents.documents) filter (where own_documents.document_type = 'credit_note') as credit_notes
    from own_documents
    left join common
        on
            own_documents.family_key = common.family_key
            and own_documents.family_key_before = common.other_family_key
    inner join family_levels
        on
            own_documents.family_key = family_levels.family_key
            and family_levels.level > coalesce(common.levels, 0)
    group by
        own_documents.month,
        family_levels.level,
        family_levels.ancestor_family_key,
        own_documents.currency

),

totals as (

    select
        own_totals.month,
        family_levels.level,
        family_levels.ancestor_family_key as family_key,
        own_totals.currency,
        sum(own_totals.sales_lines)::bigint as sales_lines,
        sum(own_totals.quantity) as quantity,
        sum(own_totals.net_amount) as net_amount,
        coalesce(sum(own_totals.net_amount) filter (where own_totals.document_type = 'invoice'), 0) as invoiced_amount,
        coalesce(sum(own_totals.net_amount) filter (where own_totals.document_type = 'credit_note'), 0)
            as credited_amount,
        sum(own_totals.lines_without_cost)::bigint as lines_without_cost,
        coalesce(sum(own_totals.costed_net_amount), 0) as costed_net_amount,
        coalesce(sum(own_totals.cost_amount), 0) as cost_amount
    from own_totals
    inner join family_levels
        on own_totals.family_key = family_levels.family_key
    group by
        own_totals.month,
        family_levels.level,
        family_levels.ancestor_family_key,
        own_totals.currency

),

final as (

    select
        totals.month,
        totals.level,
        totals.family_key,
        totals.currency,
        totals.sales_lines,
        coalesce(documents.invoices, 0)::bigint as invoices,
        coalesce(documents.credit_notes, 0)::bigint as credit_notes,
        totals.quantity,
        totals.net_amount,
        totals.invoiced_amount,
        totals.credited_amount,
        totals.lines_without_cost,
        totals.costed_net_amount,
        totals.cost_amount
    from totals
    left join documents
        on
            totals.month = documents.month
            and totals.level = documents.level
            and totals.family_key = documents.family_key
            and totals.currency = documents.currency

)

select * from final
