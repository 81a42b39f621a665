-- The country that national numbers are read in; with a misspelt one no number would be understood.
select '{{ var("phone_country") }}' as phone_country
where not exists (
    select 1
    from {{ ref('calling_codes') }}
    where country_code = '{{ var("phone_country") }}'
)
