with source as (

    select * from {{ source('raw', 'suppliers') }}

),

final as (

    select
        system_id,
        supplier_id,
        name,
        customer_account,
        order_account,
        street,
        city,
        postal_code,
        country,
        weee_number,
        url,
        {{ lineage() }}
    from source

)

select * from final
