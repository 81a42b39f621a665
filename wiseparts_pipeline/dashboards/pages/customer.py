"""Customer: one customer at a glance, before a call or visit."""

import vizro.models as vm

from wiseparts_pipeline.dashboards.figures import (
    Card,
    Column,
    Fact,
    Part,
    Unit,
    cards,
    profile,
    stacks,
    table,
)
from wiseparts_pipeline.dashboards.figures.charts.stacks import OPEN, REST
from wiseparts_pipeline.dashboards.layout import choice, currency, report
from wiseparts_pipeline.dashboards.pages.quotes import OUTCOMES
from wiseparts_pipeline.dashboards.pages.receivables import BUCKETS, DOCUMENTS

EXPOSURE = "customer_overview"
QUESTIONS = (
    "Who has not ordered for twice the usual interval?",
    "What should a sales representative call about today?",
)
_AMOUNTS, _CUSTOMER = "customer_360_by_currency", "customer_360"
_CHOOSE = "Choose a customer, or click one's name on another page."
_FOLLOW_UPS = {
    "open": "Not returned",
    "reached": "Reached",
    "tried": "Called back in vain",
    "called again": "Called again in vain",
}


def page() -> vm.Page:
    """The page at `/customer`."""
    return report(
        "customer",
        "Customer",
        description="One customer at a glance, before a call or visit.",
        questions=QUESTIONS,
        controls=[
            choice(
                "customer",
                "customer",
                "Customer, the first 1,000 by sales",
                everything="Choose a customer",
                id="customer",
            ),
            currency("customer"),
        ],
        rows=[
            [_profile()],
            [_totals()],
            [_months(), _calls()],
            [_families(), _no_longer_bought()],
            [_documents()],
            [_quotes()],
            [_orders(), _lost_calls()],
        ],
    )


def _profile() -> vm.Figure:
    return vm.Figure(
        id="customer-profile",
        figure=profile(
            "customer/profile",
            name="name",
            empty=_CHOOSE,
            facts=[
                Fact("customer_id", "Number"),
                Fact("customer_group", "Group"),
                Fact("status", "Status"),
                Fact("abc_class", "ABC class"),
                Fact("trend", "Trend"),
                Fact("sales_rep_name", "Representative"),
                Fact("place", "Place"),
                Fact("phone", "Phone"),
                Fact("mobile", "Mobile"),
                Fact("email", "E-mail"),
                Fact("payment_terms_days", "Payment, days", Unit.COUNT),
                Fact("last_invoice_date", "Last invoice", Unit.DAY),
                Fact("last_contact_on", "Last contact", Unit.DAY),
                Fact("last_contact_by", "Contact by"),
                Fact("other_currencies", "Also buys in"),
            ],
        ),
    )


def _totals() -> vm.Figure:
    return vm.Figure(
        id="customer-totals",
        figure=cards(
            "customer/totals",
            empty="There are no amounts of this customer in this currency.",
            cards=[
                Card(
                    "Last 12 months",
                    "last_12_months_net_amount",
                    Unit.MONEY,
                    f"{_AMOUNTS}.last_12_months_net_amount",
                    "previous_12_months_net_amount",
                ),
                Card(
                    "Year to date, closed months",
                    "year_to_date_net_amount",
                    Unit.MONEY,
                    "sales_by_customer_monthly.year_to_date_net_amount",
                    "previous_year_to_date_net_amount",
                ),
                Card(
                    "Margin rate, 12 months",
                    "last_12_months_margin_rate",
                    Unit.RATE,
                    f"{_AMOUNTS}.last_12_months_margin_rate",
                ),
                Card(
                    "Days since the last order",
                    "days_since_last_order",
                    Unit.DAYS,
                    f"{_CUSTOMER}.last_order_on",
                    "average_days_between_orders",
                    "between orders",
                    good=-1,
                    missing="fewer than two orders",
                ),
                Card("Open", "open_amount", Unit.MONEY, f"{_AMOUNTS}.open_amount"),
                Card("Overdue", "overdue_amount", Unit.MONEY, f"{_AMOUNTS}.overdue_amount"),
                Card("Credit limit used", "credit_limit_used", Unit.RATE, f"{_CUSTOMER}.credit_limit_used"),
                Card("Open quotes", "open_quotes_amount", Unit.MONEY, f"{_AMOUNTS}.open_quotes_amount"),
                Card(
                    "Quotes won, 365 days",
                    "win_rate",
                    Unit.RATE,
                    "quote_documents.outcome",
                    "previous_win_rate",
                ),
                Card("Calls, 90 days", "last_90_days_calls", Unit.COUNT, f"{_CUSTOMER}.last_90_days_calls"),
                Card(
                    "Lost calls, 90 days", "last_90_days_lost_calls", Unit.COUNT, f"{_CUSTOMER}.last_90_days_lost_calls"
                ),
            ],
        ),
    )


def _months() -> vm.Figure:
    return vm.Figure(
        id="customer-months",
        figure=stacks(
            "customer/months",
            title="Sales of the last 12 months",
            day="month",
            by="month",
            parts=[Part("previous_year_net_amount", "The year before", REST), Part("net_amount", "This year", OPEN)],
            is_grouped=True,
            unit=Unit.MONEY,
            about="sales_by_customer_monthly.net_amount",
            empty="Nothing was sold to this customer in this currency.",
        ),
    )


def _calls() -> vm.Figure:
    return vm.Figure(
        id="customer-calls",
        figure=stacks(
            "customer/calls",
            title="Calls by month",
            about="fct_calls.is_lost",
            day="month",
            parts=[Part("other_calls", "Calls", "#9CC7F5"), Part("lost_calls", "Lost", "#D9534F")],
            unit=Unit.COUNT,
            by="month",
            empty="No calls of this customer are imported.",
        ),
    )


def _families() -> vm.Figure:
    return vm.Figure(
        id="customer-families",
        figure=table(
            "customer/families",
            title="What is bought most, by brand family",
            about="fct_sales.net_amount",
            columns=[
                Column("family_path", "Brand family", about="dim_brand_families.path", width=180),
                Column("net_amount", "Last 12 months", Unit.MONEY, is_mixed=True),
                Column("previous_net_amount", "The 12 before", Unit.MONEY, is_mixed=True),
                Column("currency", "Currency", about="fct_sales.currency", width=90),
            ],
            empty="Nothing was sold to this customer in the last 24 months.",
        ),
    )


def _no_longer_bought() -> vm.Figure:
    return vm.Figure(
        id="customer-no-longer-bought",
        figure=table(
            "customer/no_longer_bought",
            title="Bought before, and not in the last 12 months",
            about="fct_sales.net_amount",
            columns=[
                Column("family_path", "Brand family", about="dim_brand_families.path", width=180),
                Column("net_amount", "Bought before", Unit.MONEY, is_mixed=True),
                Column("currency", "Currency", about="fct_sales.currency", width=90),
                Column("last_invoice_date", "Last bought", Unit.DAY),
            ],
            empty="Everything that was ever bought was bought in the last 12 months as well.",
        ),
    )


def _documents() -> vm.Figure:
    return vm.Figure(
        id="customer-documents",
        figure=table(
            "customer/documents",
            title="Open documents, the longest overdue first",
            about="fct_due_docs",
            columns=[
                Column("doc_id", "Document", about="fct_due_docs.doc_id", width=120),
                Column("doc_type", "Type", about="fct_due_docs.doc_type", words=DOCUMENTS, width=110),
                Column("branch_name", "Branch", about="fct_due_docs.branch_key", width=200),
                Column("issued_on", "Issued", Unit.DAY, "fct_due_docs.issued_on"),
                Column("due_on", "Due", Unit.DAY, "fct_due_docs.due_on"),
                Column("days_overdue", "Days overdue", Unit.COUNT, "fct_due_docs.days_overdue"),
                Column("aging_bucket", "Age", about="fct_due_docs.aging_bucket", words=BUCKETS, width=110),
                Column("open_amount", "Open", Unit.MONEY, "fct_due_docs.reported_open_amount"),
            ],
            empty="Nothing is open in this currency.",
        ),
    )


def _quotes() -> vm.Figure:
    return vm.Figure(
        id="customer-quotes",
        figure=table(
            "customer/quotes",
            title="Quotes of the last 365 days",
            about="quote_documents",
            columns=[
                Column("quote_id", "Quote", about="quote_documents.quote_id", width=125),
                Column("quoted_on", "Quoted on", Unit.DAY, "quote_documents.quoted_on"),
                Column("outcome", "Outcome", about="quote_documents.outcome", words=OUTCOMES, width=100),
                Column("valid_until", "Valid until", Unit.DAY, "quote_documents.valid_until"),
                Column("quoted_amount", "Quoted", Unit.MONEY, "quote_documents.quoted_amount"),
                Column("won_amount", "Won", Unit.MONEY, "quote_documents.won_amount"),
                Column("ordered_amount", "Ordered", Unit.MONEY, "quote_documents.ordered_amount"),
            ],
            empty="There are no quotes in this currency.",
        ),
    )


def _orders() -> vm.Figure:
    return vm.Figure(
        id="customer-orders",
        figure=table(
            "customer/orders",
            title="Open orders",
            about=f"{_AMOUNTS}.open_orders_amount",
            columns=[
                Column("order_id", "Order", about="fct_orders.order_id"),
                Column("placed_on", "Placed", Unit.DAY, "fct_orders.placed_on"),
                Column("channel", "Channel", about="fct_orders.channel", width=100),
                Column("order_lines", "Lines", Unit.COUNT),
                Column("open_amount", "Amount", Unit.MONEY, "fct_orders.reported_amount"),
            ],
            empty="No order is open in this currency.",
        ),
    )


def _lost_calls() -> vm.Figure:
    return vm.Figure(
        id="customer-lost-calls",
        figure=table(
            "customer/lost_calls",
            title="Lost calls of the last 90 days",
            about="lost_calls",
            columns=[
                Column("started_at", "Called", Unit.MOMENT, "lost_calls.started_at"),
                Column("caller_number", "Number", about="lost_calls.caller_number"),
                Column("queue", "Queue", about="lost_calls.queue", width=85),
                Column("wait_seconds", "Waited (s)", Unit.SECONDS, "lost_calls.wait_seconds"),
                Column("follow_up", "What followed", about="lost_calls.follow_up", words=_FOLLOW_UPS, width=100),
                Column("reached_at", "Reached", Unit.MOMENT, "lost_calls.reached_at"),
            ],
            empty="No call of this customer was lost in the last 90 days.",
        ),
    )
