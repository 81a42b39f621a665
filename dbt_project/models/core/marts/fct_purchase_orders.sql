{{ config(materialized='view') }}

with orders as (

    select * from {{ ref('stg_purchase_orders') }}

),

suppliers as (

    select * from {{ ref('stg_suppliers') }}

),

exports as (

    select * from {{ source('ops', 'exports') }}

),

-- An order has the number of the marketplace there, or ours as long as the marketplace has not told its own.
sent as (

    select
        numbers.number,
        min(exports.record_key) as requisition_id
    from exports
    cross join lateral unnest(string_to_array(exports.external_id, ', ')) as numbers (number)
    where exports.entity = 'purchase_requisitions'
    group by numbers.number

),

final as (

    select
        orders.deal_id,
        orders.own_order_id,
        coalesce(orders.requisition_id, by_deal.requisition_id, by_own.requisition_id) as requisition_id,
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
    left join sent as by_deal
        on orders.deal_id = by_deal.number
    left join sent as by_own
        on orders.own_order_id = by_own.number
    where not orders.is_deleted

)

select * from final
