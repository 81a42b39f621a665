-- Lost calls of the last 90 days, those that nobody has returned first.
with final as (

    select
        lost.started_at,
        lost.queue,
        lost.wait_seconds,
        lost.caller_number,
        lost.follow_up,
        lost.reached_at,
        count(*) over () as total_rows
    from marts.lost_calls as lost
    inner join marts.customer_360 as customers using (customer_key)
    where
        lost.customer_key = %(customer)s
        and lost.started_on > customers.as_of - 90
        and lost.started_on <= customers.as_of

)

select * from final
order by follow_up = 'open' desc, started_at desc
limit %(limit)s;
