-- Whom one can choose, by name: the 1,000 with the highest sales of those with sales in 24 months or debts, and whoever
-- is chosen.
with customers as (

    select
        customer_key,
        name || coalesce(', ' || city, '') as label,
        row_number() over (
            order by last_12_months_net_amount desc nulls last, open_amount desc nulls last, customer_key asc
        ) as place
    from marts.customer_360
    where
        not is_unknown
        and (
            last_12_months_net_amount <> 0
            or previous_12_months_net_amount <> 0
            or open_amount <> 0
            or customer_key = %(customer)s
        )

)

select
    customer_key,
    label
from customers
where place <= 1000 or customer_key = %(customer)s
order by label, customer_key;
