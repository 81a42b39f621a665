-- The period, which ends with the last closed month, and the months before it, if all of these are in the data; the
-- part of the quotes that is chosen, by its key; and by which month quotes count.
with closed as (

    select
        date_trunc('month', last_build.as_of)::date as next_month,
        choices.months * interval '1 month' as length
    from marts.last_build
    left join (values (1), (3), (6), (12), (24)) as choices (months)
        on choices.months::text = coalesce(%(months)s::text, '3')

),

reach as (

    select min(month) as first_month
    from marts.quote_conversion_monthly

)

select
    closed.next_month as current_month,
    (closed.next_month - interval '24 months')::date as first_shown_month,
    (closed.next_month - closed.length)::date as first_day,
    closed.next_month - 1 as last_day,
    case
        when closed.next_month - 2 * closed.length >= reach.first_month
            then (closed.next_month - 2 * closed.length)::date
    end as previous_first_day,
    coalesce(split_part(%(quotes_of)s, ':', 1), 'all') as part,
    substr(%(quotes_of)s, strpos(%(quotes_of)s, ':') + 1) as part_key,
    coalesce(%(basis)s, 'decision') as counted_by
from closed
cross join reach;
