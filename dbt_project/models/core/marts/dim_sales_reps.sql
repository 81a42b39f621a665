{{ config(indexes=[{'columns': ['sales_rep_key']}]) }}

with sales_reps as (

    select * from {{ ref('stg_sales_reps') }}

),

members as (

    {{ members('sales_reps', 'sales_rep_key', 'sales_rep_id') }}

),

final as (

    select
        members.sales_rep_key,
        members.sales_rep_id,
        members.system_id,
        coalesce(members.name, {{ unknown() }}) as name,
        members.email,
        members.phone,
        members.manager_id,
        managers.name as manager_name,
        members.is_active,
        members.sales_rep_key = {{ unknown() }} as is_unknown,
        coalesce(members.is_deleted, false) as is_deleted,
        members.source_name,
        members.file_id,
        members.row_number,
        members.updated_at
    from members
    left join sales_reps as managers
        on members.manager_id = managers.sales_rep_id

)

select * from final
