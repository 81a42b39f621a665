-- The channels of sales and orders.
select distinct
    channel as value,
    channel as label
from marts.channel_sales_monthly
order by channel;
