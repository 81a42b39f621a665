-- By the representative that customers have now.
select
    coalesce(customers.sales_rep_id, '(unknown)') as sales_rep_id,
    max(customers.sales_rep_name) as sales_rep_name,
    sum(aging.not_due_amount) as not_due_amount,
    sum(aging.overdue_1_30_amount) as overdue_1_30_amount,
    sum(aging.overdue_31_60_amount) as overdue_31_60_amount,
    sum(aging.overdue_61_90_amount) as overdue_61_90_amount,
    sum(aging.overdue_over_90_amount) as overdue_over_90_amount,
    sum(aging.disputed_amount) as disputed_amount,
    sum(aging.unapplied_credit_amount) as unapplied_credit_amount,
    sum(aging.open_amount) as open_amount,
    sum(aging.overdue_amount) as overdue_amount,
    sum(aging.overdue_amount) / nullif(sum(aging.open_amount), 0) as overdue_share
from marts.receivables_aging as aging
inner join marts.customer_360 as customers using (customer_key)
where
    aging.currency = %(currency)s
    and aging.open_documents > 0
    and (%(sales_rep)s::text is null or coalesce(customers.sales_rep_id, '(unknown)') = %(sales_rep)s)
    and (%(customer_group)s::text is null or coalesce(customers.customer_group, '(none)') = %(customer_group)s)
    and (%(customer)s::text is null or customers.customer_key = %(customer)s)
group by coalesce(customers.sales_rep_id, '(unknown)')
order by overdue_amount desc, sales_rep_id asc;
