{# The name of the missing queue or agent in reports by queue and agent. #}
{% macro none_given() -%}
    '(none)'
{%- endmacro %}

{# Whole seconds from a moment to a later one; null if one is missing or they are reversed, as when clocks go back. #}
{% macro seconds_between(start, end) -%}
    extract(epoch from case when {{ end }} >= {{ start }} then {{ end }} - {{ start }} end)::bigint
{%- endmacro %}

{# The number, as received, of the external party: the caller or the called. #}
{% macro outside_number() -%}
    case direction when 'inbound' then caller_number when 'outbound' then called_number end
{%- endmacro %}

{# The totals of a group of rows of fct_calls, from which `call_figures` makes the columns of a report. #}
{% macro call_totals() -%}
    count(*) as calls,
    count(*) filter (where is_offered) as offered_calls,
    count(*) filter (where is_lost) as lost_calls,
    count(*) filter (where is_short_abandon) as short_abandoned_calls,
    {% for disposition in ['answered', 'voicemail', 'busy', 'failed'] %}
    count(*) filter (where is_offered and disposition = '{{ disposition }}') as {{ disposition }}_calls,
    {% endfor %}
    count(*) filter (where is_answered_in_time) as answered_in_time_calls,
    {% for name, condition in {
        '': '',
        '_answered': " and disposition = 'answered'",
        '_lost': ' and is_lost',
    }.items() %}
    round(avg(wait_seconds) filter (where is_offered{{ condition }}), 2) as average_wait{{ name }}_seconds,
    {% endfor %}
    max(wait_seconds) filter (where is_offered) as longest_wait_seconds,
    {% for name in ['talk', 'handle'] %}
    round(avg({{ name }}_seconds) filter (where is_offered and disposition = 'answered'), 2)
        as average_{{ name }}_seconds,
    {% endfor %}
    coalesce(sum(handle_seconds), 0)::bigint as handle_seconds,
    count(*) filter (where direction = 'outbound') as outbound_calls,
    count(*) filter (where direction = 'internal') as internal_calls
{%- endmacro %}

{# The columns of a report, from a relation with the columns of `call_totals`. #}
{% macro call_figures(totals) -%}
    {{ totals }}.calls,
    {{ totals }}.offered_calls,
    {{ totals }}.answered_calls,
    {{ totals }}.lost_calls,
    {{ totals }}.short_abandoned_calls,
    {{ totals }}.voicemail_calls,
    {{ totals }}.busy_calls,
    {{ totals }}.failed_calls,
    {{ totals }}.answered_in_time_calls,
    {{ ratio(totals ~ '.answered_calls', totals ~ '.offered_calls') }} as answer_rate,
    {{ ratio(totals ~ '.lost_calls', totals ~ '.offered_calls') }} as lost_rate,
    {{ ratio(totals ~ '.answered_in_time_calls', '(' ~ totals ~ '.answered_calls + ' ~ totals ~ '.lost_calls)') }}
        as service_level,
    {{ totals }}.average_wait_seconds,
    {{ totals }}.average_wait_answered_seconds,
    {{ totals }}.average_wait_lost_seconds,
    {{ totals }}.longest_wait_seconds,
    {{ totals }}.average_talk_seconds,
    {{ totals }}.average_handle_seconds,
    {{ totals }}.handle_seconds,
    {{ totals }}.outbound_calls,
    {{ totals }}.internal_calls
{%- endmacro %}
