-- Who has an open document, by name: the 1,000 who owe most, and whoever is chosen.
with debtors as (

    select
        customer_key,
        row_number() over (order by max(open_amount) desc, customer_key asc) as place
    from marts.receivables_aging
    where open_documents > 0
    group by customer_key

)

select
    customers.customer_key,
    customers.name
from marts.dim_customers as customers
left join debtors on customers.customer_key = debtors.customer_key
where debtors.place <= 1000 or customers.customer_key = %(customer)s
order by customers.name, customers.customer_key;
