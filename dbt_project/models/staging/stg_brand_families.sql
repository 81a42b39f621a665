with source as (

    select * from {{ source('raw', 'brand_families') }}

),

final as (

    select
        system_id,
        family_id,
        name,
        parent_family_id,
        brand,
        path,
        sort_order,
        {{ lineage() }}
    from source

)

select * from final
