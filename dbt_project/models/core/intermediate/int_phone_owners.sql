with customer_phones as (

    select * from {{ ref('int_customer_phones') }}

),

phone_numbers as (

    select * from {{ ref('int_phone_numbers') }}

),

final as (

    select
        phone_numbers.phone_number,
        count(distinct customer_phones.customer_key) as customers,
        case
            when count(distinct customer_phones.customer_key) = 1 then min(customer_phones.customer_key)
        end as customer_key
    from customer_phones
    inner join phone_numbers
        on
            customer_phones.written_number = phone_numbers.written_number
            and customer_phones.country_code = phone_numbers.country_code
    group by phone_numbers.phone_number

)

select * from final
