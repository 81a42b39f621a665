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
        {{ line_measures() }},
        min(invoice_date) as first_invoice_date,
        max(invoice_date) as last_invoice_date
    from sales
    group by month, invoice_id, document_type, customer_key, sales_rep_id, order_id, channel, currency

)

select * from final
