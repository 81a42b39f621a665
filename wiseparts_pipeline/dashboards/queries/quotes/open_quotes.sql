-- Open quotes, those that expire first on top; of a brand family, with its lines only.
with parts as (

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

)

select
    quotes.quote_id,
    customers.name as customer_name,
    quotes.customer_key,
    customers.phone,
    coalesce(nullif(quotes.sales_rep_name, '(unknown)'), quotes.sales_rep_id) as sales_rep_name,
    quotes.quoted_on,
    quotes.as_of - quotes.quoted_on as days_open,
    quotes.valid_until,
    quotes.valid_until - quotes.as_of as days_left,
    case when %(part)s = 'family' then coalesce(parts.open_amount, 0) else quotes.open_amount end
        as open_amount,
    quotes.currency,
    count(*) over () as total_rows
from marts.quote_documents as quotes
inner join marts.dim_customers as customers on quotes.customer_key = customers.customer_key
left join parts on quotes.quote_id = parts.quote_id and quotes.currency = parts.currency
where
    quotes.outcome = 'open'
    and quotes.currency = %(currency)s
    and (%(expires)s::text is null or (%(expires)s = '7' and quotes.valid_until <= quotes.as_of + 7))
    and (
        %(part)s = 'all'
        or (%(part)s = 'sales_rep' and %(part_key)s = quotes.sales_rep_id)
        or (%(part)s = 'customer_group' and %(part_key)s = quotes.customer_group)
        or parts.open_lines > 0
    )
order by quotes.valid_until asc nulls last, open_amount desc, quotes.quote_id asc
limit %(limit)s;
