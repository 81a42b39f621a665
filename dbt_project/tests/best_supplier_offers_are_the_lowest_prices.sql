{{ config(meta={'dagster': {'ref': {'name': 'best_supplier_offers'}}}) }}

-- Returns our products and currencies whose best offer is not at the lowest price of new goods in stock.
with offers as (

    select * from {{ ref('fct_supplier_offers') }}

),

products as (

    select * from {{ ref('dim_products') }}

),

best as (

    select * from {{ ref('best_supplier_offers') }}

),

lowest as (

    select
        offers.product_key,
        offers.currency,
        min(offers.unit_price) as unit_price
    from offers
    inner join products
        on offers.product_key = products.product_key
    where
        not products.is_unknown
        and not products.is_deleted
        and offers.is_in_stock
        and offers.condition = 'new'
        and offers.unit_price > 0
        and offers.currency is not null
    group by offers.product_key, offers.currency

),

final as (

    select
        coalesce(lowest.product_key, best.product_key) as product_key,
        coalesce(lowest.currency, best.currency) as currency,
        lowest.unit_price as lowest_price,
        best.unit_price as best_price
    from lowest
    full join best
        on lowest.product_key = best.product_key and lowest.currency = best.currency
    where lowest.unit_price is distinct from best.unit_price

)

select * from final
