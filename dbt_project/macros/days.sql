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
