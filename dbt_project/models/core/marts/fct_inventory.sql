{{ config(indexes=[{'columns': ['sku', 'warehouse_id']}, {'columns': ['product_key']}]) }}

with inventory as (

    select * from {{ ref('stg_inventory') }}

),

product_skus as (

    select * from {{ ref('int_product_skus') }}

),

final as (

    select
        inventory.sku,
        inventory.warehouse_id,
        coalesce(product_skus.product_key, {{ unknown() }}) as product_key,
        inventory.quantity_available,
        inventory.quantity_on_order,
        inventory.eta,
        inventory.backorder_allowed,
        inventory.backorder_limit,
        inventory.source_name,
        inventory.file_id,
        inventory.row_number,
        inventory.updated_at
    from inventory
    left join product_skus
        on inventory.sku = product_skus.sku
    where not inventory.is_deleted

)

select * from final
