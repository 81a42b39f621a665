{{ config(indexes=[{'columns': ['date_day']}]) }}

with calls as (

    select * from {{ ref('fct_calls') }}

),

days as (

    select
        started_on as date_day,
        count(*) as calls,
        count(*) filter (where is_offered) as offered_calls,
        {% for disposition in ['answered', 'lost', 'voicemail', 'busy', 'failed'] %}
        count(*) filter (where is_offered and disposition = '{{ disposition }}') as {{ disposition }}_calls,
        {% endfor %}
        count(*) filter (where is_answered_in_time) as answered_in_time_calls,
        {% for disposition in ['answered', 'lost'] %}
        round(avg(wait_seconds) filter (where is_offered and disposition = '{{ disposition }}'), 2)
            as average_wait_{{ disposition }}_seconds,
        {% endfor %}
        round(avg(wait_seconds) filter (where is_offered), 2) as average_wait_seconds,
        round(avg(talk_seconds) filter (where is_offered and disposition = 'answered'), 2) as average_talk_seconds,
        count(*) filter (where direction = 'outbound') as outbound_calls,
        count(*) filter (where direction = 'internal') as internal_calls
    from calls
    group by date_day

),

final as (

    select
        date_day,
        calls,
        offered_calls,
        answered_calls,
        lost_calls,
        voicemail_calls,
        busy_calls,
        failed_calls,
        answered_in_time_calls,
        {{ ratio('answered_calls', 'offered_calls') }} as answer_rate,
        {{ ratio('lost_calls', 'offered_calls') }} as lost_rate,
        {{ ratio('answered_in_time_calls', 'offered_calls') }} as service_level,
        average_wait_seconds,
        average_wait_answered_seconds,
        average_wait_lost_seconds,
        average_talk_seconds,
        outbound_calls,
        internal_calls
    from days

)

select * from final
