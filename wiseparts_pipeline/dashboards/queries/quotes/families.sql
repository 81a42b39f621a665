-- Quotes of the period by brand family: those directly below the chosen one, otherwise the topmost.
with closed as (

    select
        date_trunc('month', last_build.as_of)::date as next_month,
        choices.months * interval '1 month' as length
    from marts.last_build
    inner join (values (1), (3), (6), (12), (24)) as choices (months)
        on choices.months::text = coalesce(%(months)s::text, '3')

),

place as (

    select
        coalesce(max(level) filter (where %(quotes_of)s = 'family:' || family_key), 0) as level,
        max(level) as deepest
    from marts.dim_brand_families

),

below as (

    select family_key
    from marts.bridge_brand_families
    where %(quotes_of)s = 'family:' || ancestor_family_key

),

report as (

    select
        month,
        currency,
        family_key,
        family_name,
        quotes,
        won_quotes,
        lost_quotes,
        expired_quotes,
        open_quotes,
        quoted_amount,
        won_amount,
        lost_amount,
        expired_amount,
        open_amount
    from marts.quote_conversion_by_brand_family_monthly
    where
        coalesce(%(basis)s, 'decision') = 'quoting'
        and level = (select least(place.level + 1, place.deepest) from place)
        and ((select place.level from place) = 0 or family_key in (select below.family_key from below))

    union all

    select
        month,
        currency,
        family_key,
        family_name,
        quotes,
        won_quotes,
        lost_quotes,
        expired_quotes,
        open_quotes,
        quoted_amount,
        won_amount,
        lost_amount,
        expired_amount,
        open_amount
    from marts.quote_decisions_by_brand_family_monthly
    where
        coalesce(%(basis)s, 'decision') = 'decision'
        and level = (select least(place.level + 1, place.deepest) from place)
        and ((select place.level from place) = 0 or family_key in (select below.family_key from below))

)

select
    nullif('family:' || report.family_key, %(quotes_of)s) as key,
    report.family_name as name,
    sum(report.quotes) as quotes,
    sum(report.won_quotes) as won_quotes,
    sum(report.lost_quotes) as lost_quotes,
    sum(report.expired_quotes) as expired_quotes,
    sum(report.open_quotes) as open_quotes,
    sum(report.quoted_amount) as quoted_amount,
    sum(report.won_amount) as won_amount,
    sum(report.lost_amount) as lost_amount,
    sum(report.expired_amount) as expired_amount,
    sum(report.open_amount) as open_amount,
    sum(report.won_quotes)
    / nullif(sum(report.won_quotes + report.lost_quotes + report.expired_quotes), 0) as win_rate,
    sum(report.won_amount)
    / nullif(sum(report.won_amount + report.lost_amount + report.expired_amount), 0) as win_rate_by_amount
from report
cross join closed
where
    report.currency = %(currency)s
    and report.month < closed.next_month
    and report.month >= closed.next_month - closed.length
group by report.family_key, report.family_name
order by sum(report.quoted_amount) desc, report.family_key;
