-- The reasons for which lines were lost.
select distinct
    lost_reason as value,
    lost_reason as label
from marts.quote_lost_reasons_monthly
order by lost_reason;
