{{ by_month(indexes=[{'columns': ['month', 'sales_rep_id', 'currency'], 'unique': True}]) }}

with sales as (

    select * from {{ ref('fct_sales') }}
    {% if is_incremental() %}
    where {{ in_months('invoice_date', stale_months()) }}
    {% endif %}

),

final as (

    select
        {{ month_of('invoice_date') }} as month,
        coalesce(sales_rep_id, {{ unknown() }}) as sales_rep_id,
        currency,
        {{ sales_measures() }}
    from sales
    group by month, coalesce(sales_rep_id, {{ unknown() }}), currency

)

select * from final
