"""Channels: the web against the other channels, what is not invoiced, and how the web shop's visitors fare."""

import vizro.models as vm

from wiseparts_pipeline.dashboards.figures import Card, Column, Unit, cards, divided_ranking, ranking, table
from wiseparts_pipeline.dashboards.figures.charts.stacks import BAD, OPEN, REST, Part, stacks
from wiseparts_pipeline.dashboards.layout import choice, currency, report

EXPOSURE = "channel_report"
QUESTIONS = (
    "What share of sales comes through the web shop?",
    "How far do visitors of the web shop get?",
)
_SALES, _SHOP, _TERMS = "channel_sales_monthly", "online_activity_daily", "search_terms_monthly"
_NONE = "No sales, orders or visits of the web shop are imported."
_NO_VISITS = "No visits of the web shop in this period."


def page() -> vm.Page:
    """The page at `/channels`."""
    return report(
        "channels",
        "Channels",
        description="Sales, orders and web shop of the last closed months against as many months before them.",
        questions=QUESTIONS,
        controls=[
            currency("channels"),
            choice("channels", "months", "Period", everything="Last 3 months"),
            choice("channels", "channel", "Channel of orders not invoiced", everything="All channels"),
        ],
        rows=[
            [_totals()],
            [_months(), _not_invoiced()],
            [_channels()],
            [_orders()],
            [_funnel(), _shop_months()],
            [_searches()],
        ],
    )


def _totals() -> vm.Figure:
    return vm.Figure(
        id="channels-totals",
        figure=cards(
            "channels/totals",
            empty=_NONE,
            cards=[
                _card("Sales on the web", "web_net_amount", Unit.MONEY, f"{_SALES}.net_amount"),
                _card("Web share", "web_share", Unit.RATE, f"{_SALES}.share_of_month"),
                _card("Web growth", "web_growth_rate", Unit.RATE, f"{_SALES}.growth_rate"),
                _card(
                    "Orders not invoiced",
                    "not_invoiced_ordered_amount",
                    Unit.MONEY,
                    f"{_SALES}.not_invoiced_ordered_amount",
                    good=-1,
                ),
                _card("Visits with a purchase", "purchase_rate", Unit.RATE, f"{_SHOP}.purchase_rate"),
                _card("Carts abandoned", "abandoned_cart_rate", Unit.RATE, f"{_SHOP}.abandoned_cart_rate", good=-1),
            ],
        ),
    )


def _card(title: str, value: str, unit: Unit, about: str, good: int = 1) -> Card:
    return Card(title, value, unit, about, f"previous_{value}", "the period before", good, "no whole period before")


def _months() -> vm.Figure:
    return vm.Figure(
        id="channels-by_month",
        figure=stacks(
            "channels/months",
            day="month",
            by="month",
            title="Sales by month",
            parts=[
                Part("web_net_amount", "Web", OPEN),
                Part("traditional_net_amount", "Other channels", REST),
                Part("unknown_net_amount", "Unknown", BAD),
            ],
            unit=Unit.MONEY,
            rate="web_share",
            rate_name="Web share",
            about=f"{_SALES}.net_amount",
            empty="No sales in this period.",
        ),
    )


def _funnel() -> vm.Figure:
    return vm.Figure(
        id="channels-funnel",
        figure=divided_ranking(
            "channels/funnel",
            title="From visit to invoice",
            name="step",
            parts=[Part("sessions", "Visits", OPEN)],
            unit=Unit.COUNT,
            rate="share",
            about=_SHOP,
            empty=_NO_VISITS,
        ),
    )


def _channels() -> vm.Figure:
    return vm.Figure(
        id="channels-table",
        figure=table(
            "channels/channels",
            title="Channels",
            about=_SALES,
            columns=[
                Column("channel", "Channel", about=f"{_SALES}.channel", width=110),
                Column("channel_group", "Group", about=f"{_SALES}.channel_group", width=110),
                Column("net_amount", "Sales", Unit.MONEY, f"{_SALES}.net_amount"),
                Column("share", "Share", Unit.RATE, f"{_SALES}.share_of_month"),
                Column("growth_rate", "Growth", Unit.RATE, f"{_SALES}.growth_rate"),
                Column("margin_rate", "Margin rate", Unit.RATE, f"{_SALES}.margin_rate"),
                Column("orders", "Orders", Unit.COUNT, f"{_SALES}.orders"),
                Column("ordered_amount", "Ordered", Unit.MONEY, f"{_SALES}.ordered_amount"),
                Column("cancelled_orders", "Cancelled", Unit.COUNT, f"{_SALES}.cancelled_orders"),
                Column("returned_orders", "Returned", Unit.COUNT, f"{_SALES}.returned_orders"),
                Column("not_invoiced_orders", "Not invoiced", Unit.COUNT, f"{_SALES}.not_invoiced_orders"),
            ],
            empty="No sales or orders in this period.",
        ),
    )


def _not_invoiced() -> vm.Figure:
    return vm.Figure(
        id="channels-not_invoiced",
        figure=ranking(
            "channels/not_invoiced",
            title="Orders not invoiced, by channel",
            name="channel",
            value="not_invoiced_ordered_amount",
            unit=Unit.MONEY,
            key="key",
            sets="channels-channel-list",
            about=f"{_SALES}.not_invoiced_ordered_amount",
            empty="No orders of this period wait for an invoice.",
        ),
    )


def _orders() -> vm.Figure:
    return vm.Figure(
        id="channels-orders",
        figure=table(
            "channels/orders",
            title="Orders not invoiced, the oldest first",
            about="fct_orders.is_invoiced",
            columns=[
                Column("placed_on", "Placed", Unit.DAY, "fct_orders.placed_on"),
                Column("days_waiting", "Days", Unit.COUNT),
                Column("order_id", "Order", about="fct_orders.order_id"),
                Column("customer_name", "Customer", customer="customer_key", width=200),
                Column("channel", "Channel", about="fct_orders.channel", width=110),
                Column("status", "Status", about="fct_orders.status", width=120),
                Column("not_invoiced_ordered_amount", "Amount", Unit.MONEY, "fct_orders.reported_amount"),
            ],
            empty="No orders of this period wait for an invoice.",
        ),
    )


def _shop_months() -> vm.Figure:
    return vm.Figure(
        id="channels-shop_months",
        figure=stacks(
            "channels/shop_months",
            day="month",
            by="month",
            title="Web shop by month",
            parts=[
                Part("purchase_sessions", "Visits with a purchase", OPEN),
                Part("abandoned_cart_sessions", "Carts abandoned", BAD),
            ],
            unit=Unit.COUNT,
            rate="purchase_rate",
            rate_name="Share with a purchase",
            about=f"{_SHOP}.purchase_rate",
            empty=_NO_VISITS,
        ),
    )


def _searches() -> vm.Figure:
    return vm.Figure(
        id="channels-searches",
        figure=table(
            "channels/searches",
            title="Searches without a purchase",
            about=_TERMS,
            columns=[
                Column("search_phrase", "Searched for", about=f"{_TERMS}.search_phrase", width=180),
                Column(
                    "sessions_without_purchase",
                    "Visits without a purchase",
                    Unit.COUNT,
                    f"{_TERMS}.sessions_without_purchase",
                ),
                Column("sessions", "Visits", Unit.COUNT, f"{_TERMS}.sessions"),
                Column("searches", "Searches", Unit.COUNT, f"{_TERMS}.searches"),
                Column("purchase_rate", "With a purchase", Unit.RATE, f"{_TERMS}.purchase_rate"),
            ],
            empty="Nobody searched in the web shop in this period.",
        ),
    )
