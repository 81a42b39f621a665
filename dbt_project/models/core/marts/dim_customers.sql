{{ config(indexes=[{'columns': ['customer_key']}]) }}

with customers as (

    select * from {{ ref('stg_customers') }}

),

members as (

    {{ members('customers', 'customer_key', 'customer_id') }}

),

final as (

    select
        customer_key,
        customer_id,
        system_id,
        coalesce(name, {{ unknown() }}) as name,
        legal_name,
        tax_id,
        customer_group,
        status,
        sales_rep_id,
        price_list_id,
        currency,
        payment_terms_days,
        credit_limit,
        email,
        phone,
        mobile,
        street,
        city,
        region,
        postal_code,
        country_code,
        language,
        created_on,
        customer_key = {{ unknown() }} as is_unknown,
        coalesce(is_deleted, false) as is_deleted,
        source_name,
        file_id,
        row_number,
        updated_at
    from members

)

select * from final
