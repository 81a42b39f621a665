{{ config(materialized='table', indexes=[{'columns': ['customer_id'], 'unique': true}]) }}

with final as (

    {{ keys_by_any_id(ref('dim_customers'), ref('snap_customers'), 'customer_key', 'customer_id') }}

)

select * from final
