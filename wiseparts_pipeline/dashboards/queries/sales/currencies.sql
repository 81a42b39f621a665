-- The currencies of sales, that of most lines first.
select
    currency,
    currency as label
from marts.sales_by_customer_monthly
group by currency
order by sum(sales_lines) desc, currency;
