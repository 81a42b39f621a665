-- Lost calls of the period, and of today, that nobody has returned: customers before strangers, class A first, and of a
-- class those who buy most, in one currency after the other, that of most calls first.
select
    customers.name as customer_name,
    lost.customer_key,
    lost.caller_number,
    lost.started_at,
    lost.wait_seconds,
    lost.queue,
    figures.sales_rep_name,
    figures.abc_class,
    figures.last_12_months_net_amount,
    figures.currency,
    count(*) over () as total_rows
from marts.lost_calls as lost
inner join marts.dim_customers as customers on lost.customer_key = customers.customer_key
left join marts.customer_360 as figures on lost.customer_key = figures.customer_key and not figures.is_unknown
where
    lost.started_on between %(first_day)s and %(as_of)s
    and lost.is_open
    and (%(queue)s::text is null or lost.queue = %(queue)s)
order by
    customers.is_unknown asc,
    figures.abc_class asc nulls last,
    count(*) over (partition by figures.currency) desc,
    figures.currency asc,
    figures.last_12_months_net_amount desc nulls last,
    lost.started_at desc,
    lost.call_id asc
limit %(limit)s;
