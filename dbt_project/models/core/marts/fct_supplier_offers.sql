{{ config(materialized='view') }}

with offers as (

    select * from {{ ref('stg_supplier_offers') }}

),

products as (

    select * from {{ ref('stg_supplier_products') }}

),

manufacturers as (

    select * from {{ ref('stg_manufacturers') }}

),

categories as (

    select * from {{ ref('stg_supplier_categories') }}

),

suppliers as (

    select * from {{ ref('stg_suppliers') }}

),

matches as (

    select * from {{ ref('int_product_matches') }}

),

conditions as (

    select * from {{ ref('supplier_conditions') }}

),

availabilities as (

    select * from {{ ref('supplier_availabilities') }}

),

final as (

    select
        offers.supplier_item_id,
        offers.puid,
        coalesce(matches.product_key, {{ unknown() }}) as product_key,
        offers.supplier_id,
        coalesce(suppliers.name, offers.supplier_name) as supplier_name,
        offers.supplier_sku,
        coalesce(products.name, offers.name) as name,
        coalesce(products.ean, offers.ean) as ean,
        coalesce(products.manufacturer_sku, offers.manufacturer_sku) as manufacturer_sku,
        coalesce(manufacturers.name, products.manufacturer_name) as manufacturer_name,
        categories.name as category_name,
        categories.group_name as category_group,
        offers.condition_id,
        conditions.name as condition,
        offers.price,
        offers.price_calc,
        {{ price_quantity('offers') }} as price_quantity,
        round(offers.price / {{ price_quantity('offers') }}, 6) as unit_price,
        offers.currency,
        offers.stock,
        offers.external_stock,
        offers.incoming_stock,
        offers.availability_code,
        availabilities.name as availability,
        coalesce(offers.availability_code = '1', true)
        and coalesce(offers.stock, (offers.availability_code = '1')::int, 0) > 0 as is_in_stock,
        offers.available_on,
        offers.order_unit,
        offers.min_order_qty,
        offers.order_increment,
        offers.scale_prices,
        offers.is_end_of_life,
        offers.is_special_offer,
        offers.price_updated_at,
        offers.stock_updated_at,
        offers.source_name,
        offers.file_id,
        offers.row_number,
        offers.updated_at
    from offers
    left join products
        on offers.puid = products.puid
    left join manufacturers
        on products.manufacturer_id = manufacturers.manufacturer_id
    left join categories
        on products.category_id = categories.category_id
    left join suppliers
        on offers.supplier_id = suppliers.supplier_id
    left join matches
        on offers.puid = matches.puid
    left join conditions
        on offers.condition_id = conditions.code
    left join availabilities
        on offers.availability_code = availabilities.code
    where not offers.is_deleted

)

select * from final
