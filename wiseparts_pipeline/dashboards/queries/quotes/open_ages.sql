-- Open quotes by the days since they were made.
with bins as (

    select *
    from (
        values
        ('up to 7 days', 0, 7),
        ('8 to 14 days', 8, 14),
        ('15 to 30 days', 15, 30),
        ('31 to 60 days', 31, 60),
        ('over 60 days', 61, null)
    ) as bins (label, from_days, to_days)

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

open_quotes as (

    select
        greatest(quotes.as_of - quotes.quoted_on, 0) as days,
        case when %(part)s = 'family' then coalesce(parts.open_amount, 0) else quotes.open_amount end
            as open_amount
    from marts.quote_documents as quotes
    left join parts on quotes.quote_id = parts.quote_id and quotes.currency = parts.currency
    where
        quotes.outcome = 'open'
        and quotes.currency = %(currency)s
        and (
            %(part)s = 'all'
            or (%(part)s = 'sales_rep' and %(part_key)s = quotes.sales_rep_id)
            or (%(part)s = 'customer_group' and %(part_key)s = quotes.customer_group)
            or parts.open_lines > 0
        )

)

select
    bins.label,
    count(quotes.days) as open_quotes,
    coalesce(sum(quotes.open_amount), 0) as open_amount
from bins
left join open_quotes as quotes on bins.from_days <= quotes.days and coalesce(bins.to_days >= quotes.days, true)
where exists (select from open_quotes)
group by bins.label, bins.from_days
order by bins.from_days;
