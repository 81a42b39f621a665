{{ config(materialized='view') }}

with orders as (

    select * from {{ ref('stg_purchase_orders') }}

),

suppliers as (

    select * from {{ ref('stg_suppliers') }}

),

final as (

    select
        orders.deal_id,
        orders.own_order_id,
        orders.requisition_id,
        orders.customer_order_id,
        orders.supplier_id,
        coalesce(suppliers.name, orders.supplier_name) as supplier_name,
        orders.status,
        orders.status_text,
        orders.status_changed_at,
        coalesce(orders.is_archived, false) as is_archived,
        coalesce(orders.is_test, false) as is_test,
        orders.source_name,
        orders.file_id,
        orders.row_number,
        orders.updated_at
    from orders
    left join suppliers
        on orders.supplier_id = suppliers.supplier_id
    where not orders.is_deleted

)

select * from final
