{{ config(materialized='view') }}

with offers as (

    select * from {{ ref('fct_supplier_offers') }}

),

products as (

    select * from {{ ref('dim_products') }}

),

ranked as (

    select
        *,
        row_number() over cheapest_first as position,
        count(*) over (partition by product_key, currency) as offers,
        lead(unit_price) over cheapest_first as next_unit_price
    from offers
    where
        product_key <> {{ unknown() }}
        and is_in_stock
        and condition_id = '1'
        and unit_price > 0
        and currency is not null
    window cheapest_first as (
        partition by product_key, currency
        order by unit_price asc, stock desc nulls last, supplier_item_id asc
    )

),

final as (

    select
        products.product_key,
        products.product_id,
        products.sku,
        products.name,
        ranked.currency,
        ranked.supplier_item_id,
        ranked.puid,
        ranked.supplier_id,
        ranked.supplier_name,
        ranked.supplier_sku,
        ranked.unit_price,
        ranked.stock,
        ranked.order_unit,
        ranked.min_order_qty,
        ranked.order_increment,
        ranked.offers,
        ranked.next_unit_price,
        case when products.currency = ranked.currency then products.cost_price end as cost_price,
        case when products.currency = ranked.currency then products.cost_price - ranked.unit_price end as saving_amount,
        ranked.price_updated_at,
        ranked.stock_updated_at,
        ranked.file_id,
        ranked.row_number
    from ranked
    inner join products
        on ranked.product_key = products.product_key
    where ranked.position = 1 and not products.is_deleted

)

select * from final
