-- Customers that owe more than their limit, who exceeds it most first.
with final as (

    select
        customers.customer_key,
        customers.name,
        customers.sales_rep_name,
        sum(aging.open_amount) as open_amount,
        max(aging.credit_limit) as credit_limit,
        sum(aging.open_amount) - max(aging.credit_limit) as over_limit_amount,
        max(aging.credit_limit_used) as credit_limit_used,
        sum(aging.overdue_amount) as overdue_amount,
        max(customers.open_orders_amount) filter (where customers.currency = aging.currency)
            as open_orders_amount,
        count(*) over () as total_rows
    from marts.receivables_aging as aging
    inner join marts.customer_360 as customers using (customer_key)
    where
        aging.currency = %(currency)s
        and (%(sales_rep)s::text is null or coalesce(customers.sales_rep_id, '(unknown)') = %(sales_rep)s)
        and (%(customer_group)s::text is null or coalesce(customers.customer_group, '(none)') = %(customer_group)s)
        and (%(customer)s::text is null or customers.customer_key = %(customer)s)
    group by customers.customer_key, customers.name, customers.sales_rep_name
    having
        sum(aging.open_amount) > max(aging.credit_limit)
        and (%(over)s::text is null or (%(over)s = 'overdue' and sum(aging.overdue_amount) > 0))

)

select * from final
order by over_limit_amount desc, customer_key asc
limit %(limit)s;
