{{ config(indexes=[
    {'columns': ['invoice_id', 'line_no']},
    {'columns': ['invoice_date']},
    {'columns': ['customer_key']},
    {'columns': ['product_key']},
]) }}

with sales as (

    select * from {{ ref('stg_sales') }}

),

customers as (

    select * from {{ ref('dim_customers') }}

),

branches as (

    select * from {{ ref('dim_customer_branches') }}

),

products as (

    select * from {{ ref('dim_products') }}

),

final as (

    select
        sales.invoice_id,
        sales.line_no,
        sales.invoice_date,
        sales.document_type,
        coalesce(customers.customer_key, {{ unknown() }}) as customer_key,
        coalesce(branches.branch_key, {{ unknown() }}) as branch_key,
        coalesce(products.product_key, {{ unknown() }}) as product_key,
        sales.customer_id,
        sales.branch_id,
        sales.product_id,
        sales.description,
        sales.quantity,
        sales.unit_price,
        sales.discount_percent,
        sales.net_amount,
        sales.tax_amount,
        sales.cost_amount,
        sales.net_amount - sales.cost_amount as margin_amount,
        sales.currency,
        sales.sales_rep_id,
        sales.channel,
        sales.warehouse_id,
        sales.order_id,
        sales.ship_to_country,
        sales.source_name,
        sales.file_id,
        sales.row_number,
        sales.updated_at
    from sales
    left join customers
        on sales.customer_id = customers.customer_id
    left join branches
        on sales.branch_id = branches.branch_id
    left join products
        on sales.product_id = products.product_id
    where not sales.is_deleted

)

select * from final
