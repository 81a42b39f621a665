{{ config(materialized='table') }}

with calls as (

    select * from {{ ref('stg_calls') }}
    where not is_deleted

),

customer_phones as (

    select * from {{ ref('int_customer_phones') }}

),

countries as (

    select * from {{ ref('calling_codes') }}

),

-- Each number as received once: a year's calls have few distinct numbers.
written as (

    select
        written_number,
        country_code
    from customer_phones

    union

    select
        {{ outside_number() }} as written_number,
        '{{ var("phone_country") }}' as country_code
    from calls
    where {{ outside_number() }} is not null

),

-- Without tel: or sip:, and without anything after the number: an extension, a host, a pause.
without_extension as (

    select
        written_number,
        country_code,
        regexp_replace(
            regexp_replace(lower(written_number), '^\s*(tel|sips?):', ''),
            '(@|;|,|#|x|ext|int\.|εσωτ|ΕΣΩΤ).*$', ''
        ) as number
    from written

),

-- Without spaces and punctuation, and without the (0) of +44 (0)20, which only Italy dials.
-- Materialized, because PostgreSQL would calculate each number again wherever it is used.
compact as materialized (

    select
        written_number,
        country_code,
        regexp_replace(
            regexp_replace(number, '^\s*((\+|00)(?!\s*39|\s*378)[^(]*)\(0\)', '\1'),
            '[\s()\[\]./_~''":\u00a0\u00ad\u2000-\u206f\ufeff-]', '', 'g'
        ) as number
    from without_extension

),

home as materialized (

    select * from countries
    where country_code = '{{ var("phone_country") }}'

),

-- A number of a foreign customer that is not valid in that country may be a domestic one, and one that is longer
-- than any number of its country is treated as an international number without its sign.
international as materialized (

    select
        compact.written_number,
        compact.country_code,
        compact.number ~ '^(\+|00)' as has_sign,
        case
            when compact.number ~ '^(\+|00)'
                then regexp_replace(compact.number, '^\+?(00)?', '')
            {% for place in ['countries', 'home'] %}
            when
                length(compact.number) >= {{ place }}.shortest_number
                and length(regexp_replace(compact.number, '^' || coalesce({{ place }}.trunk_prefix, ''), ''))
                <= {{ place }}.longest_number
                then {{ place }}.calling_code || compact.number
            {% endfor %}
            when length(compact.number) > countries.longest_number
                then compact.number
        end as digits
    from compact
    inner join countries
        on compact.country_code = countries.country_code
    left join home
        on true
    where compact.number ~ '^\+?[0-9]+$'

),

-- No calling code begins with another, so the first three digits of a number determine its code.
first_digits as (

    select generate_series(100, 999)::text as first_digits

),

calling_codes as (

    select
        first_digits.first_digits,
        countries.calling_code,
        max(countries.trunk_prefix) as trunk_prefix,
        min(countries.shortest_number) as shortest_number,
        max(countries.longest_number) as longest_number
    from countries
    inner join first_digits
        on starts_with(first_digits.first_digits, countries.calling_code)
    group by first_digits.first_digits, countries.calling_code

),

national as (

    select
        international.written_number,
        international.country_code,
        international.has_sign,
        calling_codes.calling_code,
        calling_codes.trunk_prefix,
        calling_codes.shortest_number,
        calling_codes.longest_number,
        substr(international.digits, length(calling_codes.calling_code) + 1) as digits
    from international
    inner join calling_codes
        on left(international.digits, 3) = calling_codes.first_digits

),

-- A trunk prefix that begins with 0 is never part of a number; any other may be, unless the number is too long.
without_trunk_prefix as materialized (

    select
        written_number,
        country_code,
        has_sign,
        calling_code,
        shortest_number,
        longest_number,
        case
            when
                starts_with(digits, trunk_prefix)
                and (starts_with(trunk_prefix, '0') or length(digits) > longest_number)
                then substr(digits, length(trunk_prefix) + 1)
            else digits
        end as digits
    from national

),

-- A number with its sign only needs a length that is valid anywhere, in case the country has introduced longer ones.
final as (

    select
        written_number,
        country_code,
        '+' || calling_code || digits as phone_number
    from without_trunk_prefix
    where
        case
            when has_sign then length(calling_code || digits) between 7 and 15
            else length(digits) between shortest_number and longest_number
        end

)

select * from final
