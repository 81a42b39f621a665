{{ config(indexes=[{'columns': ['product_key', 'valid_from'], 'unique': true}]) }}

{% set followed = [
    'product_id',
    'sku',
    'name',
    'brand',
    'family_id',
    'category_id',
    'list_price',
    'cost_price',
    'currency',
    'status',
    'is_deleted',
    'source_name',
    'file_id',
    'row_number',
    'updated_at',
] %}

with products as (

    select * from {{ ref('dim_products') }}

),

versions as (

    select * from {{ ref('snap_products') }}

),

families as (

    select * from {{ ref('dim_brand_families') }}

),

versions_by_day as (

    {{ versions_by_day('products', 'versions', 'product_key', followed) }}

),

final as (

    select
        versions_by_day.*,
        coalesce(families.family_key, {{ unknown() }}) as family_key
    from versions_by_day
    left join families
        on versions_by_day.family_id = families.family_id

)

select * from final
