-- What is overdue, beside what was overdue at the end of the last month; no row if nobody ever owed anything.
with overdue as (

    select sum(aging.overdue_amount) as overdue_amount
    from marts.receivables_aging as aging
    inner join marts.dim_customers as customers on aging.customer_key = customers.customer_key
    where
        aging.currency = %(currency)s
        and (%(sales_rep)s::text is null or coalesce(customers.sales_rep_id, '(unknown)') = %(sales_rep)s)

),

month_ends as (

    select max(monthly.as_of) as as_of
    from marts.receivables_aging_monthly as monthly
    where monthly.as_of < (select max(aging.as_of) from marts.receivables_aging as aging)

),

overdue_before as (

    select sum(aging.overdue_amount) as previous_overdue_amount
    from marts.receivables_aging_monthly as aging
    inner join month_ends on aging.as_of = month_ends.as_of
    inner join marts.dim_customers as customers on aging.customer_key = customers.customer_key
    where
        aging.currency = %(currency)s
        and (%(sales_rep)s::text is null or coalesce(customers.sales_rep_id, '(unknown)') = %(sales_rep)s)

)

select
    overdue.overdue_amount,
    overdue_before.previous_overdue_amount
from overdue
cross join overdue_before
where
    'receivables' <> all(%(hidden)s::text[])
    and (exists (select from marts.receivables_aging) or exists (select from marts.receivables_aging_monthly));
