{{ config(meta={'dagster': {'ref': {'name': 'dim_dates'}}}) }}

-- depends_on: {{ ref('dim_dates') }}
-- Returns the variable `country` if the seed has no holidays for it.
select '{{ var("country") }}' as country_code
where
    {{ var('country') is not none }}
    and not exists (
        select 1
        from {{ ref('public_holidays') }}
        where country_code = '{{ var("country") }}'
    )
