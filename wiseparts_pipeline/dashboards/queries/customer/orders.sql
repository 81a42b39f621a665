-- Orders with confirmed lines, which are not shipped yet, the oldest first.
with final as (

    select
        order_id,
        min(placed_on) as placed_on,
        min(channel) as channel,
        count(*) as order_lines,
        sum(reported_amount) as open_amount,
        count(*) over () as total_rows
    from marts.fct_orders
    where customer_key = %(customer)s and reported_currency = %(currency)s and status = 'confirmed'
    group by order_id

)

select * from final
order by placed_on, order_id
limit %(limit)s;
