{{ config(indexes=[{'columns': ['date_day', 'queue']}]) }}

with calls as (

    select
        *,
        coalesce(queue, {{ none_given() }}) as queue_name
    from {{ ref('fct_calls') }}

),

queues as (

    select
        started_on as date_day,
        queue_name as queue,
        {{ call_totals() }}
    from calls
    group by date_day, queue_name

),

final as (

    select
        queues.date_day,
        queues.queue,
        {{ call_figures('queues') }}
    from queues

)

select * from final
