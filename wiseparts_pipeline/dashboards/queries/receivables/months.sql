-- At the ends of the last months, as known on those days.
select
    aging.month,
    aging.as_of,
    sum(aging.not_due_amount) as not_due_amount,
    sum(aging.overdue_1_30_amount) as overdue_1_30_amount,
    sum(aging.overdue_31_60_amount) as overdue_31_60_amount,
    sum(aging.overdue_61_90_amount) as overdue_61_90_amount,
    sum(aging.overdue_over_90_amount) as overdue_over_90_amount,
    sum(aging.disputed_amount) as disputed_amount,
    sum(aging.unapplied_credit_amount) as unapplied_credit_amount,
    sum(aging.open_amount) as open_amount,
    sum(aging.overdue_amount) as overdue_amount
from marts.receivables_aging_monthly as aging
inner join marts.dim_customers as customers using (customer_key)
where
    aging.currency = %(currency)s
    and (%(sales_rep)s::text is null or coalesce(customers.sales_rep_id, '(unknown)') = %(sales_rep)s)
    and (%(customer_group)s::text is null or coalesce(customers.customer_group, '(none)') = %(customer_group)s)
    and (%(customer)s::text is null or customers.customer_key = %(customer)s)
group by aging.month, aging.as_of
order by aging.as_of;
