-- What was bought up to the last closed month, what is open, and how often it orders.
with sales as (

    select
        sales.year_to_date_net_amount,
        sales.previous_year_to_date_net_amount
    from marts.sales_by_customer_monthly as sales
    where sales.month = %(last_month)s and sales.customer_key = %(customer)s and sales.currency = %(currency)s

),

quote_documents as (

    select
        outcome,
        quoted_on > as_of - 365 as is_now
    from marts.quote_documents
    where customer_key = %(customer)s and currency = %(currency)s and quoted_on > as_of - 730

),

quotes as (

    select
        count(*) filter (where is_now and outcome = 'won') as won,
        count(*) filter (where is_now and outcome in ('won', 'lost', 'expired')) as decided,
        count(*) filter (where not is_now and outcome = 'won') as previous_won,
        count(*) filter (where not is_now and outcome in ('won', 'lost', 'expired')) as previous_decided
    from quote_documents

),

final as (

    select
        amounts.last_12_months_net_amount,
        case when %(previous_first_day)s::date is not null then amounts.previous_12_months_net_amount end
            as previous_12_months_net_amount,
        sales.year_to_date_net_amount,
        case when %(has_year_before)s then sales.previous_year_to_date_net_amount end
            as previous_year_to_date_net_amount,
        amounts.last_12_months_margin_rate,
        customers.as_of - customers.last_order_on as days_since_last_order,
        customers.average_days_between_orders,
        amounts.open_amount,
        amounts.overdue_amount,
        amounts.days_overdue,
        case when amounts.currency = customers.currency then customers.credit_limit end as credit_limit,
        case when amounts.currency = customers.currency then customers.credit_limit_used end as credit_limit_used,
        amounts.open_quotes,
        amounts.open_quotes_amount,
        amounts.open_orders,
        amounts.open_orders_amount,
        quotes.won / nullif(quotes.decided, 0)::numeric as win_rate,
        quotes.previous_won / nullif(quotes.previous_decided, 0)::numeric as previous_win_rate,
        customers.last_90_days_calls,
        customers.last_90_days_lost_calls
    from marts.customer_360 as customers
    inner join marts.customer_360_by_currency as amounts on customers.customer_key = amounts.customer_key
    left join sales on true
    cross join quotes
    where customers.customer_key = %(customer)s and amounts.currency = %(currency)s

)

select * from final;
