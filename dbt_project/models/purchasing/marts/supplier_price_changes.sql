{{ config(materialized='view') }}

with versions as (

    select * from {{ ref('snap_supplier_prices') }}

),

ordered as (

    select
        *,
        row_number() over versions_of_offer as version,
        lag(unit_price) over versions_of_offer as previous_unit_price,
        lag(currency) over versions_of_offer as previous_currency
    from versions
    window versions_of_offer as (partition by supplier_item_id order by dbt_valid_from)

),

changes as (

    select
        *,
        case when previous_currency = currency then unit_price - previous_unit_price end as change_amount
    from ordered
    where version > 1

),

final as (

    select
        supplier_item_id,
        puid,
        product_key,
        supplier_id,
        supplier_name,
        supplier_sku,
        dbt_valid_from as changed_at,
        {{ business_day('dbt_valid_from') }} as changed_on,
        previous_unit_price,
        previous_currency,
        unit_price,
        currency,
        change_amount,
        change_amount / nullif(previous_unit_price, 0) as change_rate,
        dbt_valid_to is null as is_latest,
        file_id,
        row_number
    from changes

)

select * from final
