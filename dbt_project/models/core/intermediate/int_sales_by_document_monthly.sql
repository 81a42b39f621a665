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
        invoice_id,
        document_type,
        customer_key,
        sales_rep_id,
        order_id,
        channel,
        currency,
        count(*) as sales_lines,
        sum(quantity) as quantity,
        sum(net_amount) as net_amount,
        count(*) filter (where cost_amount is null) as lines_without_cost,
        coalesce(sum(net_amount) filter (where cost_amount is not null), 0) as costed_net_amount,
        coalesce(sum(cost_amount), 0) as cost_amount,
        min(invoice_date) as first_invoice_date,
        max(invoice_date) as last_invoice_date
    from sales
    group by month, invoice_id, document_type, customer_key, sales_rep_id, order_id, channel, currency

)

select * from final
