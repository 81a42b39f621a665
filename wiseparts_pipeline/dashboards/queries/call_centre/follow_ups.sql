-- What became of the lost calls of the period.
with complete as (

    select least(last_build.as_of, (last_build.built_at at time zone last_build.timezone)::date - 1) as last_day
    from marts.last_build

),

period as (

    select
        complete.last_day - choices.days + 1 as first_day,
        complete.last_day
    from complete
    inner join (values (7), (14), (28), (91), (364)) as choices (days)
        on choices.days::text = coalesce(%(days)s::text, '28')

)

select
    case lost.follow_up
        when 'reached' then 'Reached'
        when 'tried' then 'Called back in vain'
        when 'called again' then 'Called again in vain'
        when 'open' then 'Not called back'
    end as follow_up,
    count(*) as lost_calls
from marts.lost_calls as lost
inner join period on lost.started_on between period.first_day and period.last_day
where %(queue)s::text is null or lost.queue = %(queue)s
group by lost.follow_up
order by array_position(array['reached', 'tried', 'called again', 'open'], lost.follow_up);
