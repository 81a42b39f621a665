"""The page Channels, compared with the lines of invoices and orders, and with the web shop's events."""

from tests.dashboards.ties.ties import Tie
from wiseparts_pipeline.dbt.project import project_variables


def _channel(order: str, text: str) -> str:
    """A sale's channel: that of its order, otherwise what its own text means."""
    known = project_variables()["sales_channels"]
    cases = " ".join(
        f"when lower({text}) in ({', '.join(repr(each) for each in texts)}) then '{channel}'"
        for channel, texts in known.items()
    )
    return f"coalesce({order}, case {cases} when {text} is null then '(unknown)' else 'other' end)"


# Sales and orders, each with its channel, of the six closed months, and sales of the same months a year before.
_DATA = f"""
    with months as (

        select date_trunc('month', as_of)::date as until,
            (date_trunc('month', as_of) - interval '6 months')::date as since
        from marts.last_build

    ),

    orders as (

        select order_id, min(placed_on) as placed_on, (array_agg(channel order by line_no))[1] as channel,
            bool_or(is_invoiced) as is_invoiced
        from marts.fct_orders group by 1

    ),

    sales as (

        select sales.*, {_channel("orders.channel", "sales.channel")} as sold_through,
            invoice_date >= since and invoice_date < until as is_now,
            invoice_date >= since - interval '1 year' and invoice_date < until - interval '1 year' as is_year_before
        from marts.fct_sales as sales left join orders using (order_id) cross join months
        where currency = %(currency)s

    ),

    waiting as (

        select orders.order_id, orders.channel, orders.placed_on, sum(reported_amount) as amount
        from marts.fct_orders as lines inner join orders using (order_id) cross join months
        where not orders.is_invoiced and status in ('confirmed', 'shipped') and reported_currency = %(currency)s
            and orders.placed_on >= since and orders.placed_on < until
        group by 1, 2, 3

    ),

    sessions as (

        select session_key, min(occurred_on) as day, bool_or(kind = 'cart') as has_cart,
            bool_or(kind = 'purchase') as has_purchase, bool_or(kind = 'checkout') as has_checkout,
            bool_or(kind = 'view') as has_view,
            bool_or(kind = 'purchase' and order_id in (select order_id from orders)) as has_order,
            bool_or(kind = 'purchase' and order_id in (select order_id from orders where is_invoiced)) as has_invoice
        from marts.fct_online_activity group by 1

    ),

    visits as (select sessions.*, day >= since and day < until as is_now from sessions cross join months)
"""
_WEB = "sold_through in ('web', 'marketplace')"
_SIX = {"currency": "EUR", "months": "6"}

TIES = [
    Tie("channels/currencies", ("currency",), "select distinct currency from marts.fct_sales"),
    Tie(
        "channels/totals",
        (
            *("web_net_amount", "web_share", "web_growth_rate", "not_invoiced_orders", "not_invoiced_ordered_amount"),
            *("sessions", "purchase_rate", "abandoned_cart_sessions", "abandoned_cart_rate"),
        ),
        f"""
        {_DATA} select sold.*, waited.*, visited.* from (
            select sum(net_amount) filter (where is_now and {_WEB}) as web_net_amount,
                sum(net_amount) filter (where is_now and {_WEB}) / sum(net_amount) filter (where is_now) as web_share,
                sum(net_amount) filter (where is_now and {_WEB})
                / sum(net_amount) filter (where is_year_before and {_WEB}) - 1 as web_growth_rate
            from sales
        ) as sold, (
            select count(*) as not_invoiced_orders, sum(amount) as not_invoiced_ordered_amount from waiting
        ) as waited, (
            select count(*) as sessions, count(*) filter (where has_purchase)::numeric / count(*) as purchase_rate,
                count(*) filter (where has_cart and not has_purchase) as abandoned_cart_sessions,
                count(*) filter (where has_cart and not has_purchase)::numeric / count(*) filter (where has_cart)
                    as abandoned_cart_rate
            from visits where is_now
        ) as visited
        """,
        _SIX,
    ),
    Tie(
        "channels/months",
        ("month", "web_net_amount", "traditional_net_amount"),
        f"""
        {_DATA} select date_trunc('month', invoice_date)::date as month,
            sum(net_amount) filter (where {_WEB}) as web_net_amount,
            sum(net_amount) filter (where not {_WEB} and sold_through <> '(unknown)') as traditional_net_amount
        from sales cross join months
        where invoice_date >= until - interval '24 months' and invoice_date < until + interval '1 month' group by 1
        """,
    ),
    Tie(
        "channels/channels",
        ("channel", "net_amount", "previous_year_net_amount", "margin_rate"),
        f"""
        {_DATA} select sold_through as channel, coalesce(sum(net_amount) filter (where is_now), 0) as net_amount,
            coalesce(sum(net_amount) filter (where is_year_before), 0) as previous_year_net_amount,
            sum(margin_amount) filter (where is_now)
            / sum(net_amount) filter (where is_now and cost_amount is not null) as margin_rate
        from sales where is_now or is_year_before group by 1
        """,
        _SIX,
    ),
    Tie(
        "channels/not_invoiced",
        ("channel", "not_invoiced_orders", "not_invoiced_ordered_amount"),
        f"""
        {_DATA} select channel, count(*) as not_invoiced_orders, sum(amount) as not_invoiced_ordered_amount
        from waiting group by 1
        """,
        _SIX,
    ),
    Tie(
        "channels/orders",
        ("order_id", "placed_on", "not_invoiced_ordered_amount"),
        f"""
        {_DATA} select order_id, placed_on, amount as not_invoiced_ordered_amount from waiting where channel = 'web'
        """,
        _SIX | {"channel": "web"},
    ),
    Tie(
        "channels/funnel",
        ("step", "sessions"),
        f"""
        {_DATA} select steps.* from (
            select count(*) as visits, count(*) filter (where has_view) as views,
                count(*) filter (where has_cart) as carts,
                count(*) filter (where has_checkout) as checkouts, count(*) filter (where has_purchase) as purchases,
                count(*) filter (where has_order) as orders, count(*) filter (where has_invoice) as invoices
            from visits where is_now
        ) as counted cross join lateral (
            values ('All visits', visits), ('Product looked at', views), ('Into the cart', carts),
                ('Checkout', checkouts), ('Bought', purchases), ('Order arrived', orders), ('Invoiced', invoices)
        ) as steps (step, sessions)
        """,
        _SIX,
    ),
    Tie(
        "channels/shop_months",
        ("month", "sessions", "purchase_sessions", "cart_sessions", "abandoned_cart_sessions"),
        f"""
        {_DATA} select date_trunc('month', day)::date as month, count(*) as sessions,
            count(*) filter (where has_purchase) as purchase_sessions,
            count(*) filter (where has_cart) as cart_sessions,
            count(*) filter (where has_cart and not has_purchase) as abandoned_cart_sessions
        from visits cross join months
        where day >= until - interval '24 months' and day < until + interval '1 month' group by 1
        """,
    ),
    Tie(
        "channels/searches",
        ("search_phrase", "searches", "sessions", "sessions_without_purchase"),
        f"""
        {_DATA}, phrases as (

            select search_phrase, session_key, date_trunc('month', occurred_on) as month, count(*) as searches
            from marts.fct_online_activity cross join months
            where kind = 'search' and occurred_on >= since and occurred_on < until group by 1, 2, 3

        )

        select search_phrase, sum(searches)::bigint as searches, count(*) as sessions,
            count(*) filter (where not has_purchase) as sessions_without_purchase
        from phrases inner join sessions using (session_key) group by 1
        """,
        _SIX,
    ),
]
