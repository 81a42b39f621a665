{{ config(meta={'dagster': {'ref': {'name': 'supplier_price_changes'}}}) }}

-- Returns the offers whose latest change is to another price than the current one.
with changes as (

    select * from {{ ref('supplier_price_changes') }}

),

prices as (

    select * from {{ ref('int_supplier_prices') }}

),

final as (

    select
        prices.supplier_item_id,
        prices.unit_price as current_price,
        changes.unit_price as latest_price
    from prices
    inner join changes
        on prices.supplier_item_id = changes.supplier_item_id
    where
        changes.is_latest
        and (changes.unit_price is distinct from prices.unit_price or changes.currency is distinct from prices.currency)

)

select * from final
