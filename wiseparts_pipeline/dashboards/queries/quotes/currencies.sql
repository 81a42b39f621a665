-- The currencies of quotes, that of most lines first.
select
    currency,
    currency as label
from marts.quote_conversion_monthly
group by currency
order by sum(quote_lines) desc, currency;
