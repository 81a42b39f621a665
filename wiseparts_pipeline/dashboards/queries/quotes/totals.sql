-- One row: what was quoted in the period, what was decided in it or, if chosen, became of what was quoted, what is open
-- now; and the same of the period before, if all of it is in the data. A period ends with the last closed month.
with periods as (

    select *
    from (
        values
        (true, %(first_day)s::date, %(last_day)s::date),
        (false, %(previous_first_day)s::date, %(first_day)s::date - 1)
    ) as periods (is_current, first_day, last_day)
    where first_day is not null

),

reports as (

    select *
    from marts.quote_outcomes_monthly
    where part = %(part)s and part_key is not distinct from %(part_key)s::text and is_own_level

),

-- Of a quote, the lines of the chosen family.
parts as (

    select
        lines.quote_id,
        lines.reported_currency as currency,
        count(*) filter (where lines.outcome = 'open') as open_lines,
        sum(lines.reported_amount) filter (where lines.outcome = 'open') as open_amount
    from marts.fct_quotes as lines
    inner join marts.dim_products as products on lines.product_key = products.product_key
    inner join marts.bridge_brand_families as families on products.family_key = families.family_key
    where %(part)s = 'family' and families.ancestor_family_key = %(part_key)s
    group by lines.quote_id, lines.reported_currency

),

documents as (

    select
        quotes.outcome = 'open' and coalesce(parts.open_lines > 0, true) as is_open,
        quotes.days_to_decision,
        quotes.is_decided_before_quoted,
        case when %(counted_by)s = 'quoting' then quotes.quoted_on else quotes.closed_on end as counted_on,
        case when %(part)s = 'family' then coalesce(parts.open_amount, 0) else quotes.open_amount end
            as open_amount
    from marts.quote_documents as quotes
    left join parts on quotes.quote_id = parts.quote_id and quotes.currency = parts.currency
    where
        quotes.currency = %(currency)s
        and (
            %(part)s = 'all'
            or (%(part)s = 'sales_rep' and %(part_key)s = quotes.sales_rep_id)
            or (%(part)s = 'customer_group' and %(part_key)s = quotes.customer_group)
            or parts.quote_id is not null
        )

),

quoted_totals as (

    select
        periods.is_current,
        sum(quoted.quotes) as quotes,
        sum(quoted.quoted_amount) as quoted_amount
    from periods
    inner join reports as quoted on quoted.month between periods.first_day and periods.last_day
    where quoted.currency = %(currency)s and quoted.counted_by = 'quoting'
    group by periods.is_current

),

decided_totals as (

    select
        periods.is_current,
        sum(decided.won_quotes) as won_quotes,
        sum(decided.won_amount) as won_amount,
        sum(decided.won_quotes)
        / nullif(sum(decided.won_quotes + decided.lost_quotes + decided.expired_quotes), 0) as win_rate,
        sum(decided.won_amount)
        / nullif(sum(decided.won_amount + decided.lost_amount + decided.expired_amount), 0) as win_rate_by_amount
    from periods
    inner join reports as decided on decided.month between periods.first_day and periods.last_day
    where decided.currency = %(currency)s and decided.counted_by = %(counted_by)s
    group by periods.is_current

),

times as (

    select
        periods.is_current,
        percentile_cont(0.5) within group (order by documents.days_to_decision) as median_days_to_decision
    from periods
    inner join documents on documents.counted_on between periods.first_day and periods.last_day
    where not documents.is_decided_before_quoted
    group by periods.is_current

),

totals as (

    select
        periods.is_current,
        coalesce(quoted_totals.quotes, 0) as quotes,
        coalesce(quoted_totals.quoted_amount, 0) as quoted_amount,
        coalesce(decided_totals.won_quotes, 0) as won_quotes,
        coalesce(decided_totals.won_amount, 0) as won_amount,
        decided_totals.win_rate,
        decided_totals.win_rate_by_amount,
        times.median_days_to_decision
    from periods
    left join quoted_totals on periods.is_current = quoted_totals.is_current
    left join decided_totals on periods.is_current = decided_totals.is_current
    left join times on periods.is_current = times.is_current

),

open_now as (

    select
        count(*) as open_quotes,
        coalesce(sum(open_amount), 0) as open_amount
    from documents
    where is_open

)

select
    now.quotes,
    before.quotes as previous_quotes,
    now.quoted_amount,
    before.quoted_amount as previous_quoted_amount,
    now.won_quotes,
    before.won_quotes as previous_won_quotes,
    now.won_amount,
    before.won_amount as previous_won_amount,
    now.win_rate,
    before.win_rate as previous_win_rate,
    now.win_rate_by_amount,
    before.win_rate_by_amount as previous_win_rate_by_amount,
    now.median_days_to_decision,
    before.median_days_to_decision as previous_median_days_to_decision,
    open_now.open_quotes,
    open_now.open_amount
from totals as now
left join totals as before on not before.is_current
cross join open_now
where now.is_current and exists (select from reports);
