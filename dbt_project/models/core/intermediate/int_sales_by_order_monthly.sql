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
        order_id,
        channel,
        currency,
        {{ sales_measures() }},
        min(invoice_date) as first_invoice_date,
        max(invoice_date) as last_invoice_date
    from sales
    group by month, order_id, channel, currency

)

select * from final
