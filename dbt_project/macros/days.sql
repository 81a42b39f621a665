{# The day of a moment, in the business time zone. #}
{% macro business_day(moment) -%}
    ({{ business_time(moment) }})::date
{%- endmacro %}

{# The local time of a moment, in the business time zone. #}
{% macro business_time(moment) -%}
    {{ moment }} at time zone '{{ var("timezone") }}'
{%- endmacro %}

{# The as-of date, to which "open", "overdue" and "expired" refer. #}
{% macro as_of() -%}
    {%- set today = run_started_at.astimezone(modules.pytz.timezone(var('timezone'))).strftime('%Y-%m-%d') -%}
    date '{{ var("as_of") or today }}'
{%- endmacro %}

{# The first day of a day's month. #}
{% macro month_of(day) -%}
    date_trunc('month', {{ day }})::date
{%- endmacro %}

{# A day shifted back so that its calendar month is the month of the fiscal year of the given day. #}
{% macro fiscal_shift(day) -%}
    ({{ day }} - make_interval(months => {{ var('fiscal_year_start_month') }} - 1))
{%- endmacro %}

{# The days of the variable `company_days`: each with its name if it is a day off, or null if it is worked. #}
{% macro company_days() -%}
    {% for day, name in var('company_days').items() %}
    select date '{{ day }}' as date_day, {{ "'" ~ name | replace("'", "''") ~ "'" if name else "null" }} as name
    union all
    {% endfor %}
    select null::date as date_day, null::text as name where false
{%- endmacro %}

{# Whether a month, given by its first day, had ended on the as-of date. #}
{% macro is_closed(month) -%}
    {{ month }} < {{ month_of(as_of()) }}
{%- endmacro %}

{# The number of months from one month to another, both given by their first days. #}
{% macro months_between(first, last) -%}
    ((extract(year from {{ last }}) - extract(year from {{ first }})) * 12
    + extract(month from {{ last }}) - extract(month from {{ first }}))::int
{%- endmacro %}

{# The first month of the fiscal year of a month, given by its first day. #}
{% macro fiscal_year_start(month) -%}
    (date_trunc('year', {{ fiscal_shift(month) }}) + make_interval(months => {{ var('fiscal_year_start_month') }} - 1))::date
{%- endmacro %}
