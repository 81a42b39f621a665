-- Quotes of the last 365 days, open ones first.
with final as (

    select
        quotes.quote_id,
        quotes.quoted_on,
        quotes.valid_until,
        quotes.outcome,
        quotes.closed_on,
        quotes.sales_rep_name,
        quotes.quoted_amount,
        quotes.won_amount,
        quotes.open_amount,
        quotes.ordered_amount,
        count(*) over () as total_rows
    from marts.quote_documents as quotes
    where
        quotes.customer_key = %(customer)s and quotes.currency = %(currency)s and quotes.quoted_on > quotes.as_of - 365

)

select * from final
order by outcome = 'open' desc, quoted_on desc, quote_id asc
limit %(limit)s;
