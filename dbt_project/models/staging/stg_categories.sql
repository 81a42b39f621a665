with source as (

    select * from {{ source('raw', 'categories') }}

),

final as (

    select
        system_id,
        category_id,
        path,
        name,
        parent_category_id,
        {{ lineage() }}
    from source

)

select * from final
