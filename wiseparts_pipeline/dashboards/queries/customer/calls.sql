-- Calls to and from the customer in each of the last 12 months, the current one included.
with months as (

    select months.month::date as month
    from (select max(as_of) as as_of from marts.customer_360) as as_of
    cross join lateral generate_series(
        date_trunc('month', as_of.as_of::timestamp) - interval '11 months', as_of.as_of, interval '1 month'
    ) as months (month)

),

final as (

    select
        months.month,
        count(calls.call_id) filter (where not calls.is_lost) as other_calls,
        count(calls.call_id) filter (where calls.is_lost) as lost_calls
    from months
    left join marts.fct_calls as calls
        on
            months.month <= calls.started_on
            and calls.started_on < months.month + interval '1 month'
            and calls.customer_key = %(customer)s
            and calls.direction <> 'internal'
    group by months.month

)

select * from final
where
    exists (
        select from marts.fct_calls as calls
        where calls.customer_key = %(customer)s
    )
order by month;
