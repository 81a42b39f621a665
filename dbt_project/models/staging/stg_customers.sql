with source as (

    select * from {{ source('raw', 'customers') }}

),

final as (

    select
        system_id,
        customer_id,
        name,
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
        {{ lineage() }}
    from source

)

select * from final
