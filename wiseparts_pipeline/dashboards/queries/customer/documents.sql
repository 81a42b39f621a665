-- Open documents, the longest overdue first, and disputed ones after all others.
with final as (

    select
        docs.doc_id,
        docs.doc_type,
        nullif(branches.name, '(unknown)') as branch_name,
        docs.issued_on,
        docs.due_on,
        docs.days_overdue,
        docs.aging_bucket,
        docs.reported_open_amount as open_amount,
        count(*) over () as total_rows
    from marts.fct_due_docs as docs
    left join marts.dim_customer_branches as branches using (branch_key)
    where docs.is_open and docs.customer_key = %(customer)s and docs.reported_currency = %(currency)s

)

select * from final
order by aging_bucket = 'disputed', days_overdue desc, open_amount desc, doc_id asc
limit %(limit)s;
