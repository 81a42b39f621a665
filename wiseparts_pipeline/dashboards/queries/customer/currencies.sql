-- Those in which the customer has amounts, its main one first; of all customers if none is chosen.
select
    currency,
    currency as label
from marts.customer_360_by_currency
where currency is not null and (%(customer)s::text is null or customer_key = %(customer)s)
group by currency
order by count(*) filter (where is_main_currency) desc, currency;
