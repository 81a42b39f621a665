{{ config(severity='warn', meta={'dagster': {'ref': {'name': 'dim_dates'}}}) }}

-- Returns the years of facts without known holidays, if there is a country; days before 1990 and after 2089 are typing
-- errors.
select distinct year
from {{ ref('dim_dates') }}
where
    is_working_day is null
    and year between 1990 and 2089
    and {{ var('country') is not none }}
