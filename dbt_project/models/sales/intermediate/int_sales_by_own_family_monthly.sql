{{ by_month(indexes=[{'columns': ['month']}]) }}

with sales as (

    select * from {{ ref('fct_sales') }}
    {% if is_incremental() %}
    where {{ in_months('invoice_date', stale_months()) }}
    {% endif %}

),

final as (

    select
        {{ month_of('invoice_date') }} as month,
        family_key,
        currency,
        count(*) as sales_lines,
        sum(quantity) as quantity,
        sum(net_amount) as net_amount,
        coalesce(sum(net_amount) filter (where document_type = 'invoice'), 0) as invoiced_amount,
        coalesce(sum(net_amount) filter (where document_type = 'credit_note'), 0) as credited_amount,
        count(*) filter (where cost_amount is null) as lines_without_cost,
        coalesce(sum(net_amount) filter (where cost_amount is not null), 0) as costed_net_amount,
        coalesce(sum(cost_amount), 0) as cost_amount
    from sales
    group by month, family_key, currency

)

select * from final
