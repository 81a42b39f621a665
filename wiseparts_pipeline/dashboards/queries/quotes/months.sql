-- Quotes of 24 closed months and of the current one so far, by month of decision or, if chosen, of quoting.
with closed as (

    select date_trunc('month', as_of)::date as next_month
    from marts.last_build

),

report as (

    select
        month,
        currency,
        won_quotes,
        lost_quotes,
        expired_quotes,
        open_quotes,
        draft_quotes,
        won_amount,
        lost_amount,
        expired_amount,
        open_amount,
        draft_amount
    from marts.quote_conversion_monthly
    where coalesce(%(basis)s, 'decision') = 'quoting' and %(quotes_of)s::text is null

    union all

    select
        month,
        currency,
        won_quotes,
        lost_quotes,
        expired_quotes,
        open_quotes,
        draft_quotes,
        won_amount,
        lost_amount,
        expired_amount,
        open_amount,
        draft_amount
    from marts.quote_conversion_by_sales_rep_monthly
    where coalesce(%(basis)s, 'decision') = 'quoting' and %(quotes_of)s = 'sales_rep:' || sales_rep_id

    union all

    select
        month,
        currency,
        won_quotes,
        lost_quotes,
        expired_quotes,
        open_quotes,
        draft_quotes,
        won_amount,
        lost_amount,
        expired_amount,
        open_amount,
        draft_amount
    from marts.quote_conversion_by_customer_group_monthly
    where coalesce(%(basis)s, 'decision') = 'quoting' and %(quotes_of)s = 'customer_group:' || customer_group

    union all

    select
        month,
        currency,
        won_quotes,
        lost_quotes,
        expired_quotes,
        open_quotes,
        draft_quotes,
        won_amount,
        lost_amount,
        expired_amount,
        open_amount,
        draft_amount
    from marts.quote_conversion_by_brand_family_monthly
    where
        coalesce(%(basis)s, 'decision') = 'quoting'
        and level = family_level
        and %(quotes_of)s = 'family:' || family_key

    union all

    select
        month,
        currency,
        won_quotes,
        lost_quotes,
        expired_quotes,
        open_quotes,
        draft_quotes,
        won_amount,
        lost_amount,
        expired_amount,
        open_amount,
        draft_amount
    from marts.quote_decisions_monthly
    where coalesce(%(basis)s, 'decision') = 'decision' and %(quotes_of)s::text is null

    union all

    select
        month,
        currency,
        won_quotes,
        lost_quotes,
        expired_quotes,
        open_quotes,
        draft_quotes,
        won_amount,
        lost_amount,
        expired_amount,
        open_amount,
        draft_amount
    from marts.quote_decisions_by_sales_rep_monthly
    where coalesce(%(basis)s, 'decision') = 'decision' and %(quotes_of)s = 'sales_rep:' || sales_rep_id

    union all

    select
        month,
        currency,
        won_quotes,
        lost_quotes,
        expired_quotes,
        open_quotes,
        draft_quotes,
        won_amount,
        lost_amount,
        expired_amount,
        open_amount,
        draft_amount
    from marts.quote_decisions_by_customer_group_monthly
    where coalesce(%(basis)s, 'decision') = 'decision' and %(quotes_of)s = 'customer_group:' || customer_group

    union all

    select
        month,
        currency,
        won_quotes,
        lost_quotes,
        expired_quotes,
        open_quotes,
        draft_quotes,
        won_amount,
        lost_amount,
        expired_amount,
        open_amount,
        draft_amount
    from marts.quote_decisions_by_brand_family_monthly
    where
        coalesce(%(basis)s, 'decision') = 'decision'
        and level = family_level
        and %(quotes_of)s = 'family:' || family_key

)

select
    report.month,
    report.month < max(closed.next_month) as is_closed,
    sum(report.won_quotes) as won_quotes,
    sum(report.lost_quotes) as lost_quotes,
    sum(report.expired_quotes) as expired_quotes,
    sum(report.open_quotes) as open_quotes,
    sum(report.draft_quotes) as draft_quotes,
    sum(report.won_amount) as won_amount,
    sum(report.lost_amount) as lost_amount,
    sum(report.expired_amount) as expired_amount,
    sum(report.open_amount) as open_amount,
    sum(report.draft_amount) as draft_amount,
    sum(report.won_quotes)
    / nullif(sum(report.won_quotes + report.lost_quotes + report.expired_quotes), 0) as win_rate,
    sum(report.won_amount)
    / nullif(sum(report.won_amount + report.lost_amount + report.expired_amount), 0) as win_rate_by_amount
from report
cross join closed
where
    report.currency = %(currency)s
    and report.month >= closed.next_month - interval '24 months'
    and report.month <= closed.next_month
group by report.month
order by report.month;
