{{ config(indexes=[{'columns': ['date_day']}]) }}

with days as (

    select * from {{ ref('int_days') }}

),

public_holidays as (

    select * from {{ ref('public_holidays') }}
    where country_code = '{{ var("country") }}'

),

company_days as (

    {{ company_days() }}

),

-- A day may be two holidays.
holidays as (

    select
        day::date as date_day,
        string_agg(public_holidays.name, '; ' order by public_holidays.name) as name
    from public_holidays
    cross join string_to_table(public_holidays.days, ' ') as day
    group by date_day

),

covered as (

    select
        extract(year from min(date_day)) as first_year,
        extract(year from max(date_day)) as last_year
    from holidays

),

named as (

    select
        days.date_day,
        extract(isodow from days.date_day) >= 6 as is_weekend,
        company_days.date_day is not null and company_days.name is null as is_worked,
        case when company_days.date_day is null then holidays.name else company_days.name end as holiday_name,
        extract(year from days.date_day) between covered.first_year and covered.last_year as is_covered
    from days
    cross join covered
    left join holidays
        on days.date_day = holidays.date_day
    left join company_days
        on days.date_day = company_days.date_day

),

holiday_or_not as (

    select
        *,
        case
            when holiday_name is not null then true
            when is_worked or is_covered then false
        end as is_holiday
    from named

),

-- A weekend is never a working day, even if the holidays are unknown: null or true is true.
worked_or_not as (

    select
        *,
        is_worked or not (is_weekend or is_holiday) as is_working_day
    from holiday_or_not

),

final as (

    select
        date_day,
        extract(year from date_day)::int as year,
        extract(quarter from date_day)::int as quarter,
        extract(month from date_day)::int as month,
        extract(day from date_day)::int as day_of_month,
        {{ month_of('date_day') }} as month_start,
        to_char(date_day, 'YYYY-MM') as year_month,
        to_char(date_day, 'FMMonth') as month_name,
        extract(isoyear from date_day)::int as iso_year,
        extract(week from date_day)::int as iso_week,
        date_trunc('week', date_day)::date as iso_week_start,
        to_char(date_day, 'IYYY"-W"IW') as iso_year_week,
        extract(isodow from date_day)::int as iso_day_of_week,
        to_char(date_day, 'FMDay') as day_name,
        is_weekend,
        extract(year from {{ fiscal_shift('date_day') }})::int
        + ({{ var('fiscal_year_start_month') }} > 1)::int as fiscal_year,
        extract(quarter from {{ fiscal_shift('date_day') }})::int as fiscal_quarter,
        extract(month from {{ fiscal_shift('date_day') }})::int as fiscal_month,
        is_holiday,
        holiday_name,
        is_working_day,
        case
            when bool_and(is_working_day is not null) over month_so_far
                then count(*) filter (where is_working_day) over month_so_far
        end::int as working_day_of_month,
        case
            when bool_and(is_working_day is not null) over whole_month
                then count(*) filter (where is_working_day) over whole_month
        end::int as working_days_in_month
    from worked_or_not
    window
        whole_month as (partition by {{ month_of('date_day') }}),
        month_so_far as (partition by {{ month_of('date_day') }} order by date_day)

)

select * from final
