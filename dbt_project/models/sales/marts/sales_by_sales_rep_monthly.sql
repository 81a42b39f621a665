{{ config(indexes=[{'columns': ['month', 'sales_rep_id', 'currency'], 'unique': True}]) }}

with sales_rep_months as (

    select * from {{ ref('int_sales_by_sales_rep_monthly') }}

),

sales_reps as (

    select * from {{ ref('dim_sales_reps') }}

),

rates as (

    select * from {{ ref('int_exchange_rates') }}

),

cells as (

    select
        sales_rep_months.month,
        sales_rep_months.sales_rep_id,
        {{ reported_sales_measures('sales_rep_months') }}
    from sales_rep_months
    {{ join_rates('sales_rep_months.currency', 'sales_rep_months.month') }}

),

{{ ranked_sales('sales_rep_id', ['currency'], ref('int_sales_by_sales_rep_monthly')) }},

final as (

    select
        ranked.month,
        ranked.sales_rep_id,
        coalesce(sales_reps.name, {{ unknown() }}) as sales_rep_name,
        ranked.currency,
        {{ sales_report_columns() }}
    from ranked
    left join sales_reps
        on ranked.sales_rep_id = sales_reps.sales_rep_id

)

select * from final
