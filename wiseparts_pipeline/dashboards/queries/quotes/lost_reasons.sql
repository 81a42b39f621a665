-- Why lines were lost in the period, including those of quotes that were won in part, the largest amount first.
with families as (

    select family_key
    from marts.bridge_brand_families
    where %(part)s = 'family' and ancestor_family_key = %(part_key)s

),

reasons as (

    select
        month,
        lost_reason,
        lost_lines,
        lost_amount
    from marts.quote_lost_reasons_monthly
    where currency = %(currency)s and %(part)s = 'all'

    union all

    select
        date_trunc('month', lines.closed_on)::date as month,
        coalesce(lines.lost_reason, '(unknown)') as lost_reason,
        1 as lost_lines,
        lines.reported_amount as lost_amount
    from marts.fct_quotes as lines
    inner join marts.dim_customers as customers on lines.customer_key = customers.customer_key
    inner join marts.dim_products as products on lines.product_key = products.product_key
    where
        lines.outcome = 'lost'
        and lines.reported_currency = %(currency)s
        and (
            (%(part)s = 'sales_rep' and %(part_key)s = lines.sales_rep_id)
            or (%(part)s = 'customer_group' and %(part_key)s = coalesce(customers.customer_group, '(unknown)'))
            or products.family_key in (select families.family_key from families)
        )

)

select
    nullif(reasons.lost_reason, %(lost_reason)s) as key,
    reasons.lost_reason,
    sum(reasons.lost_lines) as lost_lines,
    coalesce(sum(reasons.lost_amount), 0) as lost_amount
from reasons
where reasons.month between %(first_day)s and %(last_day)s
group by reasons.lost_reason
order by sum(reasons.lost_amount) desc nulls last, reasons.lost_reason asc;
