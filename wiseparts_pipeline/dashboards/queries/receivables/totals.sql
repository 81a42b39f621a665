-- Now, and at the end of the last month.
with aging as (

    select
        customer_key,
        currency,
        as_of,
        true as is_now,
        open_amount,
        overdue_amount,
        overdue_over_90_amount,
        disputed_amount,
        unapplied_credit_amount,
        credit_sales_amount,
        dso_days
    from marts.receivables_aging

    union all

    select
        customer_key,
        currency,
        as_of,
        false as is_now,
        open_amount,
        overdue_amount,
        overdue_over_90_amount,
        disputed_amount,
        unapplied_credit_amount,
        credit_sales_amount,
        dso_days
    from marts.receivables_aging_monthly
    where
        as_of = (
            select max(monthly.as_of)
            from marts.receivables_aging_monthly as monthly
            where monthly.as_of < (select max(receivables_aging.as_of) from marts.receivables_aging)
        )

),

final as (

    select
        max(aging.as_of) filter (where not aging.is_now) as previous_as_of,
        sum(aging.open_amount) filter (where aging.is_now) as open_amount,
        sum(aging.open_amount) filter (where not aging.is_now) as previous_open_amount,
        sum(aging.overdue_amount) filter (where aging.is_now) as overdue_amount,
        sum(aging.overdue_amount) filter (where not aging.is_now) as previous_overdue_amount,
        sum(aging.overdue_over_90_amount) filter (where aging.is_now) as overdue_over_90_amount,
        sum(aging.overdue_over_90_amount) filter (where not aging.is_now) as previous_overdue_over_90_amount,
        sum(aging.disputed_amount) filter (where aging.is_now) as disputed_amount,
        sum(aging.disputed_amount) filter (where not aging.is_now) as previous_disputed_amount,
        sum(aging.unapplied_credit_amount) filter (where aging.is_now) as unapplied_credit_amount,
        sum(aging.unapplied_credit_amount) filter (where not aging.is_now) as previous_unapplied_credit_amount,
        sum(aging.open_amount * aging.dso_days) filter (where aging.is_now)
        / nullif(greatest(sum(aging.credit_sales_amount) filter (where aging.is_now), 0), 0) as days_sales_outstanding,
        sum(aging.open_amount * aging.dso_days) filter (where not aging.is_now)
        / nullif(greatest(sum(aging.credit_sales_amount) filter (where not aging.is_now), 0), 0)
            as previous_days_sales_outstanding
    from aging
    inner join marts.dim_customers as customers using (customer_key)
    where
        aging.currency = %(currency)s
        and (%(sales_rep)s::text is null or coalesce(customers.sales_rep_id, '(unknown)') = %(sales_rep)s)
        and (%(customer_group)s::text is null or coalesce(customers.customer_group, '(none)') = %(customer_group)s)
        and (%(customer)s::text is null or customers.customer_key = %(customer)s)

)

select * from final
where open_amount is not null or previous_open_amount is not null;
