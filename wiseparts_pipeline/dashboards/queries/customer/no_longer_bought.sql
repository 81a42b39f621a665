-- Brand families that were bought before the last 12 closed months and not since, the one with the highest net sales
-- first, in the currency of the sales.
with totals as (

    select
        sales.family_key,
        sales.currency,
        count(distinct sales.invoice_id) as invoices,
        sum(sales.net_amount) as net_amount,
        max(sales.invoice_date) as last_invoice_date
    from marts.fct_sales as sales
    where sales.customer_key = %(customer)s
    group by sales.family_key, sales.currency

),

final as (

    select
        totals.family_key,
        families.path as family_path,
        totals.invoices,
        totals.net_amount,
        totals.last_invoice_date,
        totals.currency,
        count(*) over () as total_rows
    from totals
    inner join marts.dim_brand_families as families using (family_key)
    where totals.last_invoice_date < %(first_day)s and totals.net_amount > 0

)

select * from final
order by net_amount desc, family_key asc, currency asc
limit %(limit)s;
