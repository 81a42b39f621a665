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
        {{ line_measures() }},
        coalesce(sum(net_amount) filter (where document_type = 'invoice'), 0) as invoiced_amount,
        coalesce(sum(net_amount) filter (where document_type = 'credit_note'), 0) as credited_amount
    from sales
    group by month, family_key, currency

)

select * from final
