{# The day, in the business time zone, of a moment. #}
{% macro business_day(moment) -%}
    ({{ business_time(moment) }})::date
{%- endmacro %}

{# The wall clock's time, in the business time zone, of a moment. #}
{% macro business_time(moment) -%}
    {{ moment }} at time zone '{{ var("timezone") }}'
{%- endmacro %}

{# The day that "open", "overdue" and "expired" are told by. #}
{% macro as_of() -%}
    {%- set today = run_started_at.astimezone(modules.pytz.timezone(var('timezone'))).strftime('%Y-%m-%d') -%}
    date '{{ var("as_of") or today }}'
{%- endmacro %}

{# The first day of a day's month. #}
{% macro month_of(day) -%}
    date_trunc('month', {{ day }})::date
{%- endmacro %}

{# The month of the calendar year that is to it as a day's month is to its fiscal year: the first for the first. #}
{% macro fiscal_shift(day) -%}
    ({{ day }} - make_interval(months => {{ var('fiscal_year_start_month') }} - 1))
{%- endmacro %}

{# The days of the variable `company_days`, each with its name if it is a day off, or null if it is worked. #}
{% macro company_days() -%}
    {% for day, name in var('company_days').items() %}
    select date '{{ day }}' as date_day, {{ "'" ~ name | replace("'", "''") ~ "'" if name else "null" }} as name
    union all
    {% endfor %}
    select null::date as date_day, null::text as name where false
{%- endmacro %}

{# Whether a month, given by its first day, had ended on the day that figures are told by. #}
{% macro is_closed(month) -%}
    {{ month }} < {{ month_of(as_of()) }}
{%- endmacro %}

{# The first month of the fiscal year that a month, given by its first day, lies in. #}
{% macro fiscal_year_start(month) -%}
    (date_trunc('year', {{ fiscal_shift(month) }}) + make_interval(months => {{ var('fiscal_year_start_month') }} - 1))::date
{%- endmacro %}
