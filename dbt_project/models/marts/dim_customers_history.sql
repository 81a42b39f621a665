{{ config(indexes=[{'columns': ['customer_key', 'valid_from'], 'unique': true}]) }}

{% set followed = [
    'customer_id',
    'name',
    'customer_group',
    'status',
    'sales_rep_id',
    'price_list_id',
    'currency',
    'payment_terms_days',
    'credit_limit',
    'region',
    'country_code',
    'is_deleted',
    'source_name',
    'file_id',
    'row_number',
    'updated_at',
] %}

with customers as (

    select * from {{ ref('dim_customers') }}

),

versions as (

    select * from {{ ref('snap_customers') }}

),

final as (

    {{ versions_by_day('customers', 'versions', 'customer_key', followed) }}

)

select * from final
