-- What became of the lost calls of the period.
select
    case lost.follow_up
        when 'reached' then 'Reached'
        when 'tried' then 'Called back in vain'
        when 'called again' then 'Called again in vain'
        when 'open' then 'Not called back'
    end as follow_up,
    count(*) as lost_calls
from marts.lost_calls as lost
where
    lost.started_on between %(first_day)s and %(last_day)s
    and (%(queue)s::text is null or lost.queue = %(queue)s)
group by lost.follow_up
order by array_position(array['reached', 'tried', 'called again', 'open'], lost.follow_up);
