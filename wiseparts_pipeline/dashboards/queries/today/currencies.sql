-- Those of sales, quotes and debts, the one of most customers first.
select
    currency,
    currency as label
from marts.customer_360_by_currency
where currency is not null
group by currency
order by count(*) filter (where is_main_currency) desc, currency;
