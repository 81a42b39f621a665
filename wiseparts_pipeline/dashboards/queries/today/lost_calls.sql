-- Lost calls that nobody has returned, of the last seven days, beside those of the week before; no row if
-- there never were any calls.
with lost_calls as (

    select
        count(*) filter (where lost.started_on >= %(first_day_of_week)s) as open_lost_calls,
        count(*) filter (where lost.started_on < %(first_day_of_week)s) as previous_open_lost_calls
    from marts.lost_calls as lost
    inner join marts.dim_customers as customers on lost.customer_key = customers.customer_key
    where
        lost.is_open
        and lost.started_on between %(first_day_of_week)s::date - 7 and %(as_of)s
        and (%(sales_rep)s::text is null or coalesce(customers.sales_rep_id, '(unknown)') = %(sales_rep)s)

)

select
    open_lost_calls,
    previous_open_lost_calls
from lost_calls
where 'call_centre' <> all(%(hidden)s::text[]) and exists (select from marts.fct_calls);
