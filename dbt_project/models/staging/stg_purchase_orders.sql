with source as (

    select * from {{ source('raw', 'purchase_orders') }}

),

final as (

    select
        deal_id,
        own_order_id,
        requisition_id,
        customer_order_id,
        cart_id,
        supplier_id,
        supplier_name,
        status,
        status_text,
        status_changed_at,
        is_archived,
        is_imported,
        is_test,
        url,
        {{ lineage() }}
    from source

)

select * from final
