with source as (

    select * from {{ source('raw', 'supplier_categories') }}

),

final as (

    select
        system_id,
        category_id,
        name,
        group_id,
        group_name,
        {{ lineage() }}
    from source

)

select * from final
