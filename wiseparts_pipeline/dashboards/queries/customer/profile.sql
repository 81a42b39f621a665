-- Who it is.
select
    customers.customer_key,
    customers.customer_id,
    customers.name,
    customers.customer_group,
    initcap(customers.status) as status,
    customers.is_deleted,
    customers.sales_rep_name,
    concat_ws(', ', details.city, details.country_code) as place,
    details.phone,
    details.mobile,
    details.email,
    details.tax_id,
    details.payment_terms_days,
    details.price_list_id,
    customers.abc_class,
    initcap(nullif(customers.trend, 'none')) as trend,
    customers.last_contact_on,
    initcap(customers.last_contact_by) as last_contact_by,
    customers.last_invoice_date,
    customers.other_currencies
from marts.customer_360 as customers
inner join marts.dim_customers as details on customers.customer_key = details.customer_key
where customers.customer_key = %(customer)s;
