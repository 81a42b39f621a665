{{ config(materialized='table', indexes=[{'columns': ['product_id'], 'unique': true}]) }}

with final as (

    {{ keys_by_any_id(ref('dim_products'), ref('snap_products'), 'product_key', 'product_id') }}

)

select * from final
