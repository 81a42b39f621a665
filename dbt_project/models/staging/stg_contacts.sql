with source as (

    select * from {{ source('raw', 'contacts') }}

),

final as (

    select
        system_id,
        contact_id,
        customer_id,
        first_name,
        last_name,
        job_title,
        email,
        phone,
        mobile,
        is_primary,
        {{ lineage() }}
    from source

)

select * from final
