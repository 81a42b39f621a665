{{ config(materialized='table', indexes=[{'columns': ['branch_id'], 'unique': true}]) }}

with branches as (

    select * from {{ ref('dim_customer_branches') }}

),

versions as (

    select * from {{ ref('snap_customer_branches') }}

),

final as (

    {{ keys_by_any_id('branches', 'versions', 'branch_key', 'branch_id') }}

)

select * from final
