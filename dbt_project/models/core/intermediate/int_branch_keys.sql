{{ config(materialized='table', indexes=[{'columns': ['branch_id'], 'unique': true}]) }}

with final as (

    {{ keys_by_any_id(ref('dim_customer_branches'), ref('snap_customer_branches'), 'branch_key', 'branch_id') }}

)

select * from final
