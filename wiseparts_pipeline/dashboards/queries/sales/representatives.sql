-- Sales by the representative of the invoice line, by the key where the name is not known.
select
    coalesce(nullif(sales_rep_name, '(unknown)'), sales_rep_id) as name,
    sales_rep_id,
    last_12_months_net_amount,
    case when %(previous_first_day)s::date is not null then previous_12_months_net_amount end
        as previous_12_months_net_amount,
    case when %(previous_first_day)s::date is not null then last_12_months_growth_rate end
        as last_12_months_growth_rate,
    case
        when exists (
            select from marts.sales_by_sales_rep_monthly as sold
            where
                sold.sales_rep_id = report.sales_rep_id
                and sold.currency = report.currency
                and sold.month between %(first_day)s and %(last_day)s
                and sold.sales_lines > sold.lines_without_cost
        ) then last_12_months_margin_amount
    end as last_12_months_margin_amount
from marts.sales_by_sales_rep_monthly as report
where
    currency = %(currency)s
    and month = %(last_month)s
    and (last_12_months_net_amount <> 0 or previous_12_months_net_amount <> 0)
order by last_12_months_net_amount desc, sales_rep_id asc;
