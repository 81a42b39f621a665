{{ config(materialized='table', indexes=[{'columns': ['sku'], 'unique': true}]) }}

with final as (

    {{ keys_by_any_id(ref('dim_products'), ref('snap_products'), 'product_key', 'sku') }}

)

select * from final
