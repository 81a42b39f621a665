with source as (

    select * from {{ source('raw', 'sales_reps') }}

),

final as (

    select
        system_id,
        sales_rep_id,
        name,
        email,
        phone,
        manager_id,
        is_active,
        {{ lineage() }}
    from source

)

select * from final
