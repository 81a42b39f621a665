with customers as (

    select * from {{ ref('dim_customers') }}
    where not is_deleted

),

customer_keys as (

    select * from {{ ref('int_customer_keys') }}

),

branches as (

    select * from {{ ref('stg_customer_branches') }}
    where not is_deleted

),

contacts as (

    select * from {{ ref('stg_contacts') }}
    where not is_deleted

),

countries as (

    select * from {{ ref('calling_codes') }}

),

cells as (

    {% for column in ['phone', 'mobile'] %}
    select
        customer_key,
        country_code,
        {{ column }} as cell
    from customers

    union all

    select
        customers.customer_key,
        customers.country_code,
        contacts.{{ column }} as cell
    from contacts
    inner join customer_keys
        on contacts.customer_id = customer_keys.customer_id
    inner join customers
        on customer_keys.customer_key = customers.customer_key

    union all

    {% endfor %}
    select
        customers.customer_key,
        coalesce(branches.country_code, customers.country_code) as country_code,
        branches.phone as cell
    from branches
    inner join customer_keys
        on branches.customer_id = customer_keys.customer_id
    inner join customers
        on customer_keys.customer_key = customers.customer_key

),

-- A cell may hold several numbers: 210 1234567, 694 1234567.
numbers as (

    select
        cells.customer_key,
        coalesce(countries.country_code, '{{ var("phone_country") }}') as country_code,
        numbers.written_number
    from cells
    cross join lateral regexp_split_to_table(cells.cell, '[,;|\n]|\s/\s') as numbers (written_number)
    left join countries
        on cells.country_code = countries.country_code

),

final as (

    select distinct
        customer_key,
        country_code,
        written_number
    from numbers

)

select * from final
