-- Quotes decided in the period, those with the largest amount not won on top; of a brand family, with
-- its lines only.
-- Of a quote, the lines of the chosen family.
with parts as (

    select
        lines.quote_id,
        lines.reported_currency as currency,
        sum(lines.reported_amount) as quoted_amount,
        sum(lines.reported_amount) filter (where lines.outcome = 'won') as won_amount,
        sum(lines.reported_amount) filter (where lines.outcome = 'lost') as lost_amount,
        sum(lines.reported_amount) filter (where lines.outcome = 'expired') as expired_amount
    from marts.fct_quotes as lines
    inner join marts.dim_products as products on lines.product_key = products.product_key
    inner join marts.bridge_brand_families as families on products.family_key = families.family_key
    where %(part)s = 'family' and families.ancestor_family_key = %(part_key)s
    group by lines.quote_id, lines.reported_currency

),

lost_lines as (

    select
        quote_id,
        reported_currency as currency,
        array_agg(distinct coalesce(lost_reason, '(unknown)')) as lost_reasons
    from marts.fct_quotes
    where outcome = 'lost'
    group by quote_id, reported_currency

)

select
    quotes.quote_id,
    customers.name as customer_name,
    quotes.customer_key,
    coalesce(nullif(quotes.sales_rep_name, '(unknown)'), quotes.sales_rep_id) as sales_rep_name,
    quotes.quoted_on,
    quotes.closed_on,
    quotes.days_to_decision,
    quotes.outcome,
    array_to_string(lost_lines.lost_reasons, ', ') as lost_reasons,
    case when %(part)s = 'family' then coalesce(parts.won_amount, 0) else quotes.won_amount end
        as won_amount,
    case when %(part)s = 'family' then coalesce(parts.lost_amount, 0) else quotes.lost_amount end
        as lost_amount,
    case when %(part)s = 'family' then coalesce(parts.expired_amount, 0) else quotes.expired_amount end
        as expired_amount,
    case when %(part)s = 'family' then coalesce(parts.quoted_amount, 0) else quotes.quoted_amount end
        as quoted_amount,
    quotes.currency,
    count(*) over () as total_rows
from marts.quote_documents as quotes
inner join marts.dim_customers as customers on quotes.customer_key = customers.customer_key
left join parts on quotes.quote_id = parts.quote_id and quotes.currency = parts.currency
left join lost_lines
    on
        quotes.quote_id = lost_lines.quote_id
        and quotes.currency = lost_lines.currency
where
    quotes.currency = %(currency)s
    and quotes.closed_on between %(first_day)s and %(last_day)s
    and (%(lost_reason)s::text is null or %(lost_reason)s = any(lost_lines.lost_reasons))
    and (
        %(part)s = 'all'
        or (%(part)s = 'sales_rep' and %(part_key)s = quotes.sales_rep_id)
        or (%(part)s = 'customer_group' and %(part_key)s = quotes.customer_group)
        or parts.quote_id is not null
    )
order by
    case
        when %(part)s = 'family' then parts.quoted_amount - coalesce(parts.won_amount, 0)
        else quotes.quoted_amount - quotes.won_amount
    end desc nulls last,
    quotes.quote_id asc
limit %(limit)s;
