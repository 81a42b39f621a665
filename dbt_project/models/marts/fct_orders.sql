{{ config(indexes=[
    {'columns': ['order_id', 'line_no']},
    {'columns': ['placed_on']},
    {'columns': ['customer_key']},
    {'columns': ['product_key']},
]) }}

with orders as (

    select * from {{ ref('stg_orders') }}

),

customers as (

    select * from {{ ref('dim_customers') }}

),

products as (

    select * from {{ ref('dim_products') }}

),

final as (

    select
        orders.order_id,
        orders.line_no,
        orders.placed_at,
        {{ business_day('orders.placed_at') }} as placed_on,
        orders.channel,
        orders.status,
        coalesce(customers.customer_key, {{ unknown() }}) as customer_key,
        coalesce(products_by_sku.product_key, products_by_id.product_key, {{ unknown() }}) as product_key,
        orders.customer_id,
        orders.sku,
        orders.product_id,
        orders.description,
        orders.quantity,
        orders.unit_price,
        orders.net_amount,
        orders.shipping_amount,
        orders.tax_amount,
        orders.currency,
        orders.ship_to_address_id,
        orders.email,
        orders.note,
        orders.source_name,
        orders.file_id,
        orders.row_number,
        orders.updated_at
    from orders
    left join customers
        on orders.customer_id = customers.customer_id
    left join products as products_by_sku
        on orders.sku = products_by_sku.sku
    left join products as products_by_id
        on orders.product_id = products_by_id.product_id
    where not orders.is_deleted

)

select * from final
