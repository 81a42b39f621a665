-- The queues in which calls have been offered.
select
    queue,
    queue as label
from marts.call_center_by_queue_daily
group by queue
having sum(offered_calls) > 0
order by queue;
