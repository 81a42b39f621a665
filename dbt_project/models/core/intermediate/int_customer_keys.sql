{{ config(materialized='table', indexes=[{'columns': ['customer_id'], 'unique': true}]) }}

with customers as (

    select * from {{ ref('dim_customers') }}

),

versions as (

    select * from {{ ref('snap_customers') }}

),

final as (

    {{ keys_by_any_id('customers', 'versions', 'customer_key', 'customer_id') }}

)

select * from final
