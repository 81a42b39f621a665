{{ config(materialized='table', indexes=[{'columns': ['product_id'], 'unique': true}]) }}

with products as (

    select * from {{ ref('dim_products') }}

),

versions as (

    select * from {{ ref('snap_products') }}

),

final as (

    {{ keys_by_any_id('products', 'versions', 'product_key', 'product_id') }}

)

select * from final
