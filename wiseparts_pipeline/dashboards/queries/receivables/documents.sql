-- Open documents, the longest overdue first, and disputed ones after all others.
with final as (

    select
        docs.doc_id,
        docs.doc_type,
        customers.customer_key,
        customers.name,
        nullif(branches.name, '(unknown)') as branch_name,
        docs.issued_on,
        docs.due_on,
        docs.days_overdue,
        docs.aging_bucket,
        docs.is_disputed,
        docs.reported_open_amount as open_amount,
        count(*) over () as total_rows
    from marts.fct_due_docs as docs
    inner join marts.dim_customers as customers using (customer_key)
    left join marts.dim_customer_branches as branches using (branch_key)
    where
        docs.is_open
        and docs.reported_currency = %(currency)s
        and (%(bucket)s::text is null or docs.aging_bucket = %(bucket)s)
        and (%(sales_rep)s::text is null or coalesce(customers.sales_rep_id, '(unknown)') = %(sales_rep)s)
        and (%(customer_group)s::text is null or coalesce(customers.customer_group, '(none)') = %(customer_group)s)
        and (%(customer)s::text is null or customers.customer_key = %(customer)s)

)

select * from final
order by aging_bucket = 'disputed', days_overdue desc, open_amount desc, doc_id asc
limit %(limit)s;
