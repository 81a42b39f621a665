{{ by_month(indexes=[{'columns': ['month', 'level', 'family_key', 'currency'], 'unique': True}]) }}

{% set months = stale_months() if is_incremental() else none %}

with own_sales as (

    select * from {{ ref('int_sales_by_own_family_monthly') }}
    {% if months is not none %}
    where {{ in_months('month', months) }}
    {% endif %}

),

invoices as (

    select * from {{ ref('int_invoices_by_brand_family_monthly') }}
    {% if months is not none %}
    where {{ in_months('month', months) }}
    {% endif %}

),

family_levels as (

    select * from {{ ref('int_brand_family_levels') }}

),

totals as (

    select
        own_sales.month,
        family_levels.level,
        family_levels.ancestor_family_key as family_key,
        own_sales.currency,
        sum(own_sales.sales_lines)::bigint as sales_lines,
        sum(own_sales.quantity) as quantity,
        sum(own_sales.net_amount) as net_amount,
        sum(own_sales.invoiced_amount) as invoiced_amount,
        sum(own_sales.credited_amount) as credited_amount,
        sum(own_sales.lines_without_cost)::bigint as lines_without_cost,
        sum(own_sales.costed_net_amount) as costed_net_amount,
        sum(own_sales.cost_amount) as cost_amount
    from own_sales
    inner join family_levels
        on own_sales.family_key = family_levels.family_key
    group by
        own_sales.month,
        family_levels.level,
        family_levels.ancestor_family_key,
        own_sales.currency

),

final as (

    select
        totals.month,
        totals.level,
        totals.family_key,
        totals.currency,
        totals.sales_lines,
        invoices.invoices,
        invoices.credit_notes,
        totals.quantity,
        totals.net_amount,
        totals.invoiced_amount,
        totals.credited_amount,
        totals.lines_without_cost,
        totals.costed_net_amount,
        totals.cost_amount
    from totals
    left join invoices
        on
            totals.month = invoices.month
            and totals.level = invoices.level
            and totals.family_key = invoices.family_key
            and totals.currency = invoices.currency

)

select * from final
