{{ config(indexes=[{'columns': ['customer_key', 'valid_from'], 'unique': true}]) }}

{% set columns = [
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

import_log as (

    select * from {{ ref('import_log') }}

),

{{ version_days('versions', 'import_log') }},

final as (

    {{ member_versions('customers', 'customer_key', columns) }}

)

select * from final
