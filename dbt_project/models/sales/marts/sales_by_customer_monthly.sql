{{ by_month(indexes=[
    {'columns': ['month', 'customer_key', 'currency'], 'unique': True},
    {'columns': ['customer_key']},
]) }}

{% set months = stale_months() if is_incremental() else none %}

with customer_months as (

    select * from {{ ref('int_sales_by_customer_monthly') }}
    {% if months is not none %}
    where {{ in_months('month', months, months_before=24) }}
    {% endif %}

),

rates as (

    select * from {{ ref('int_exchange_rates') }}

),

cells as (

    select
        customer_months.month,
        customer_months.customer_key,
        {{ reported_sales_measures('customer_months') }}
    from customer_months
    {{ join_rates('customer_months.currency', 'customer_months.month') }}

),

{{ ranked_sales('customer_key', ['currency'], ref('int_sales_by_customer_monthly'), months) }},

final as (

    select
        ranked.month,
        ranked.customer_key,
        ranked.currency,
        {{ sales_report_columns() }}
    from ranked

)

select * from final
