with source as (

    select * from {{ source('raw', 'customer_branches') }}

),

final as (

    select
        system_id,
        branch_id,
        customer_id,
        name,
        street,
        city,
        region,
        postal_code,
        country_code,
        phone,
        email,
        contact_name,
        route_id,
        is_active,
        {{ lineage() }}
    from source

)

select * from final
