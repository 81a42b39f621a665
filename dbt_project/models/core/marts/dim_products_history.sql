{{ config(indexes=[{'columns': ['product_key', 'valid_from'], 'unique': true}]) }}

{% set columns = [
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

import_log as (

    select * from {{ ref('import_log') }}

),

families as (

    select * from {{ ref('dim_brand_families') }}

),

{{ version_days('versions', 'import_log') }},

member_versions as (

    {{ member_versions('products', 'product_key', columns) }}

),

final as (

    select
        member_versions.*,
        coalesce(families.family_key, {{ unknown() }}) as family_key
    from member_versions
    left join families
        on member_versions.family_id = families.family_id

)

select * from final
