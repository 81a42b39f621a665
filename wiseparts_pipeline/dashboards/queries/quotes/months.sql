-- Quotes of 24 closed months and of the current one so far, by month of decision or, if chosen, of quoting.
select
    month,
    month < %(current_month)s as is_closed,
    won_quotes,
    lost_quotes,
    expired_quotes,
    open_quotes,
    draft_quotes,
    won_amount,
    lost_amount,
    expired_amount,
    open_amount,
    draft_amount,
    win_rate,
    win_rate_by_amount
from marts.quote_outcomes_monthly
where
    counted_by = %(counted_by)s
    and part = %(part)s
    and part_key is not distinct from %(part_key)s::text
    and is_own_level
    and currency = %(currency)s
    and month between %(first_shown_month)s and %(current_month)s
order by month;
