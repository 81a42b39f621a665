-- Who has an open document, by name.
select
    customers.customer_key,
    customers.name
from marts.dim_customers as customers
where
    exists (
        select from marts.fct_due_docs as docs
        where docs.is_open and docs.customer_key = customers.customer_key
    )
order by customers.name, customers.customer_key;
