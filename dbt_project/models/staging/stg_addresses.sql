with source as (

    select * from {{ source('raw', 'addresses') }}

),

final as (

    select
        system_id,
        address_id,
        customer_id,
        kind,
        name,
        street,
        city,
        region,
        postal_code,
        country_code,
        is_default,
        {{ lineage() }}
    from source

)

select * from final
