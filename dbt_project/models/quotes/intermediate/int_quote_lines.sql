with quotes as (

    select * from {{ ref('fct_quotes') }}

),

customers as (

    select * from {{ ref('dim_customers') }}

),

products as (

    select * from {{ ref('dim_products') }}

),

sales_reps as (

    select * from {{ ref('dim_sales_reps') }}

),

final as (

    select
        quotes.quote_id,
        quotes.line_no,
        quotes.first_quoted_on,
        quotes.valid_until,
        quotes.outcome,
        quotes.closed_on,
        quotes.reported_amount,
        quotes.reported_currency,
        quotes.customer_key,
        coalesce(customers.customer_group, {{ unknown() }}) as customer_group,
        products.family_key,
        coalesce(quotes.sales_rep_id, {{ unknown() }}) as sales_rep_id,
        coalesce(sales_reps.name, {{ unknown() }}) as sales_rep_name
    from quotes
    inner join customers
        on quotes.customer_key = customers.customer_key
    inner join products
        on quotes.product_key = products.product_key
    left join sales_reps
        on quotes.sales_rep_id = sales_reps.sales_rep_id

)

select * from final
