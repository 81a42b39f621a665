{{ config(indexes=[{'columns': ['branch_key']}, {'columns': ['customer_key']}]) }}

with branches as (

    select * from {{ ref('stg_customer_branches') }}

),

customer_keys as (

    select * from {{ ref('int_customer_keys') }}

),

members as (

    {{ members('branches', 'branch_key', 'branch_id') }}

),

final as (

    select
        members.branch_key,
        members.branch_id,
        members.system_id,
        coalesce(customer_keys.customer_key, {{ unknown() }}) as customer_key,
        members.customer_id,
        coalesce(members.name, {{ unknown() }}) as name,
        members.street,
        members.city,
        members.region,
        members.postal_code,
        members.country_code,
        members.phone,
        members.email,
        members.contact_name,
        members.route_id,
        members.is_active,
        members.branch_key = {{ unknown() }} as is_unknown,
        coalesce(members.is_deleted, false) as is_deleted,
        members.source_name,
        members.file_id,
        members.row_number,
        members.updated_at
    from members
    left join customer_keys
        on members.customer_id = customer_keys.customer_id

)

select * from final
