-- Quotes of the period by brand family: those directly below the chosen one, otherwise the topmost.
with place as (

    select
        coalesce(max(level) filter (where %(quotes_of)s = 'family:' || family_key), 0) as level,
        max(level) as deepest
    from marts.dim_brand_families

)

select
    nullif(report.part || ':' || report.part_key, %(quotes_of)s) as key,
    report.part_name as name,
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
from marts.quote_outcomes_monthly as report
where
    report.counted_by = %(counted_by)s
    and report.part = 'family'
    and report.currency = %(currency)s
    and report.month between %(first_day)s and %(last_day)s
    and report.level = (select least(place.level + 1, place.deepest) from place)
    and (
        (select place.level from place) = 0
        or report.part_key in (
            select family_key from marts.bridge_brand_families
            where %(quotes_of)s = 'family:' || ancestor_family_key
        )
    )
group by report.part, report.part_key, report.part_name
order by sum(report.quoted_amount) desc, report.part_key;
