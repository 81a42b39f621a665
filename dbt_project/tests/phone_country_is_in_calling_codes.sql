-- The country in which national numbers are interpreted; if it were misspelt, no number would be valid.
select '{{ var("phone_country") }}' as phone_country
where not exists (
    select 1
    from {{ ref('calling_codes') }}
    where country_code = '{{ var("phone_country") }}'
)
