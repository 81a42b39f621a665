with source as (

    select * from {{ source('raw', 'manufacturers') }}

),

final as (

    select
        system_id,
        manufacturer_id,
        name,
        short_name,
        url,
        {{ lineage() }}
    from source

)

select * from final
