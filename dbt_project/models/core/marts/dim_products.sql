{{ config(indexes=[{'columns': ['product_key']}, {'columns': ['sku']}, {'columns': ['family_key']}]) }}

with products as (

    select * from {{ ref('stg_products') }}

),

families as (

    select * from {{ ref('dim_brand_families') }}

),

categories as (

    select * from {{ ref('int_category_paths') }}

),

members as (

    {{ members('products', 'product_key', 'product_id') }}

),

final as (

    select
        members.product_key,
        members.product_id,
        members.system_id,
        members.sku,
        coalesce(members.name, {{ unknown() }}) as name,
        members.description,
        members.brand,
        coalesce(families.family_key, {{ unknown() }}) as family_key,
        members.family_id,
        members.category_id,
        categories.path as category_path,
        members.collection_ids,
        members.barcode,
        members.unit,
        members.list_price,
        members.cost_price,
        members.currency,
        members.min_order_qty,
        members.order_increment,
        members.status,
        members.superseded_by_product_id,
        members.media_urls,
        members.attributes,
        members.product_key = {{ unknown() }} as is_unknown,
        coalesce(members.is_deleted, false) as is_deleted,
        members.source_name,
        members.file_id,
        members.row_number,
        members.updated_at
    from members
    left join families
        on members.family_id = families.family_id
    left join categories
        on members.category_id = categories.category_id

)

select * from final
