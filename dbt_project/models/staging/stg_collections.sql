with source as (

    select * from {{ source('raw', 'collections') }}

),

final as (

    select
        system_id,
        collection_id,
        name,
        description,
        {{ lineage() }}
    from source

)

select * from final
