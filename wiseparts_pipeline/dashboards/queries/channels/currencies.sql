-- The currencies of sales and orders, that of most sales lines first.
select
    currency,
    currency as label
from marts.channel_sales_monthly
group by currency
order by sum(sales_lines) desc, currency;
