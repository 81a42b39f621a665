with offers as (

    select * from {{ ref('fct_supplier_offers') }}

),

final as (

    select
        supplier_item_id,
        puid,
        product_key,
        supplier_id,
        supplier_name,
        supplier_sku,
        unit_price,
        currency,
        file_id,
        row_number,
        updated_at
    from offers
    where product_key <> {{ unknown() }}

)

select * from final
