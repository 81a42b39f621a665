-- Why lines were lost in the period, including those of quotes that were won in part, the largest amount first.
with closed as (

    select
        date_trunc('month', last_build.as_of)::date as next_month,
        choices.months * interval '1 month' as length
    from marts.last_build
    inner join (values (1), (3), (6), (12), (24)) as choices (months)
        on choices.months::text = coalesce(%(months)s::text, '3')

),

families as (

    select family_key
    from marts.bridge_brand_families
    where %(quotes_of)s = 'family:' || ancestor_family_key

),

reasons as (

    select
        month,
        lost_reason,
        lost_lines,
        lost_amount
    from marts.quote_lost_reasons_monthly
    where currency = %(currency)s and %(quotes_of)s::text is null

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
            %(quotes_of)s = 'sales_rep:' || lines.sales_rep_id
            or %(quotes_of)s = 'customer_group:' || coalesce(customers.customer_group, '(unknown)')
            or products.family_key in (select families.family_key from families)
        )

)

select
    nullif(reasons.lost_reason, %(lost_reason)s) as key,
    reasons.lost_reason,
    sum(reasons.lost_lines) as lost_lines,
    coalesce(sum(reasons.lost_amount), 0) as lost_amount
from reasons
cross join closed
where
    reasons.month < closed.next_month
    and reasons.month >= closed.next_month - closed.length
group by reasons.lost_reason
order by sum(reasons.lost_amount) desc nulls last, reasons.lost_reason asc;
