{{ config(indexes=[
    {'columns': ['order_id', 'line_no']},
    {'columns': ['placed_on']},
    {'columns': ['customer_key']},
    {'columns': ['product_key']},
]) }}

with orders as (

    select * from {{ ref('stg_orders') }}

),

customer_keys as (

    select * from {{ ref('int_customer_keys') }}

),

emails as (

    select * from {{ ref('int_customer_emails') }}

),

product_skus as (

    select * from {{ ref('int_product_skus') }}

),

product_keys as (

    select * from {{ ref('int_product_keys') }}

),

sales_by_order as (

    select * from {{ ref('int_sales_by_order_monthly') }}

),

rates as (

    select * from {{ ref('int_exchange_rates') }}

),

invoiced as (

    select
        order_id,
        min(first_invoice_date) as invoiced_on
    from sales_by_order
    where order_id is not null
    group by order_id

),

final as (

    select
        orders.order_id,
        orders.line_no,
        orders.placed_at,
        {{ business_day('orders.placed_at') }} as placed_on,
        orders.channel,
        orders.status,
        coalesce(customer_keys.customer_key, emails.customer_key, {{ unknown() }}) as customer_key,
        coalesce(product_skus.product_key, product_keys.product_key, {{ unknown() }}) as product_key,
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
        {{ reported('orders.net_amount') }} as reported_amount,
        {{ reported_currency('orders.currency') }} as reported_currency,
        orders.ship_to_address_id,
        orders.email,
        orders.note,
        invoiced.order_id is not null as is_invoiced,
        invoiced.invoiced_on,
        orders.source_name,
        orders.file_id,
        orders.row_number,
        orders.updated_at
    from orders
    left join customer_keys
        on orders.customer_id = customer_keys.customer_id
    left join emails
        on
            orders.customer_id is null
            and lower(orders.email) = emails.email
    left join invoiced
        on orders.order_id = invoiced.order_id
    {{ join_rates('orders.currency', business_day('orders.placed_at')) }}
    left join product_skus
        on orders.sku = product_skus.sku
    left join product_keys
        on orders.product_id = product_keys.product_id
    where not orders.is_deleted

)

select * from final
