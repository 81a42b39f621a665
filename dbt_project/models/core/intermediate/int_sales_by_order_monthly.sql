{{ by_month(indexes=[{'columns': ['month']}]) }}

with documents as (

    select * from {{ ref('int_sales_by_document_monthly') }}
    {% if is_incremental() %}
    where {{ in_months('month', stale_months()) }}
    {% endif %}

),

final as (

    select
        month,
        order_id,
        channel,
        currency,
        {{ sales_measures() }},
        min(first_invoice_date) as first_invoice_date,
        max(last_invoice_date) as last_invoice_date
    from documents
    group by month, order_id, channel, currency

)

select * from final
