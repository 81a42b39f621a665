with customers as (

    select * from {{ ref('dim_customers') }}

),

customer_keys as (

    select * from {{ ref('int_customer_keys') }}

),

contacts as (

    select * from {{ ref('stg_contacts') }}

),

-- A cell may hold several addresses.
addresses as (

    select
        customer_key,
        regexp_split_to_table(lower(email), '[;,\s]+') as email
    from customers
    where not is_deleted

    union

    select
        customers.customer_key,
        regexp_split_to_table(lower(contacts.email), '[;,\s]+') as email
    from contacts
    inner join customer_keys
        on contacts.customer_id = customer_keys.customer_id
    inner join customers
        on customer_keys.customer_key = customers.customer_key
    where not contacts.is_deleted and not customers.is_deleted

),

final as (

    select
        email,
        count(*) as customers,
        case when count(*) = 1 then min(customer_key) end as customer_key
    from addresses
    where email like '%@%'
    group by email

)

select * from final
