-- Quotes that are open, beside those that were open 30 days before; no row if there never were any.
with quotes as (

    select
        count(*) filter (where outcome = 'open') as open_quotes,
        count(*) filter (
            where outcome <> 'draft' and quoted_on <= as_of - 30 and (outcome = 'open' or closed_on > as_of - 30)
        ) as previous_open_quotes
    from marts.quote_documents
    where
        currency = %(currency)s
        and (%(sales_rep)s::text is null or coalesce(sales_rep_id, '(unknown)') = %(sales_rep)s)

)

select
    open_quotes,
    previous_open_quotes
from quotes
where 'quotes' <> all(%(hidden)s::text[]) and exists (select from marts.quote_documents);
