{{ config(materialized='table') }}

with lines as (

    select * from {{ ref('fct_orders') }}

),

final as (

    select
        order_id,
        min(placed_on) as placed_on,
        (array_agg(channel order by line_no))[1] as channel,
        case
            when bool_and(status = 'cancelled') then 'cancelled'
            when bool_and(status in ('cancelled', 'returned')) then 'returned'
            when bool_and(status = 'shipped') filter (where status not in ('cancelled', 'returned')) then 'shipped'
            when bool_or(status in ('confirmed', 'shipped')) then 'confirmed'
            else 'draft'
        end as status,
        coalesce(
            (array_agg(customer_key order by line_no) filter (where customer_key <> {{ unknown() }}))[1],
            {{ unknown() }}
        ) as customer_key,
        bool_or(is_invoiced) as is_invoiced,
        min(invoiced_on) as invoiced_on,
        count(*) as order_lines
    from lines
    group by order_id

)

select * from final
