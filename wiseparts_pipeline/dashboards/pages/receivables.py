"""Receivables: who owes how much, since when, and over which limit."""

import vizro.models as vm

from wiseparts_pipeline.dashboards.figures import Card, Column, Part, Unit, cards, stacks, table
from wiseparts_pipeline.dashboards.layout import choice, currency, report

EXPOSURE = "receivables_report"
QUESTIONS = (
    "Who has overdue debts and owes more than the credit limit?",
    "How old are receivables, by sales representative?",
    "What was open and overdue at the end of each month?",
)
_AGING = "receivables_aging"
_MONTH_END = "at the last month end"
_MISSING = "nothing known at a month end"
_NONE = "No receivables are imported in this currency."
BUCKETS = {
    "not_due": "Not due",
    "overdue_1_30": "1–30 days",
    "overdue_31_60": "31–60 days",
    "overdue_61_90": "61–90 days",
    "overdue_over_90": "Over 90 days",
    "disputed": "Disputed",
    "unapplied_credit": "Credits",
}
DOCUMENTS = {"invoice": "Invoice", "credit_note": "Credit note", "payment": "Payment"}
_COLOURS = ("#9CC7F5", "#F5C26B", "#EE9A4D", "#E06A4A", "#B3322E", "#9AA3B2", "#2E9E6B")


def page() -> vm.Page:
    """The page at `/receivables`."""
    return report(
        "receivables",
        "Receivables",
        description="What customers owe at the end of the day that is shown, and since when it has been overdue.",
        questions=QUESTIONS,
        controls=[
            currency("receivables"),
            choice("receivables", "sales_rep", "Representative"),
            choice("receivables", "customer_group", "Customer group"),
            choice("receivables", "customer", "Customer, first 1,000 by debts"),
            choice("receivables", "over", "Over the credit limit"),
            choice("receivables", "bucket", "Documents"),
        ],
        rows=[[_totals()], [_months()], [_debtors()], [_over_limit()], [_representatives()], [_documents()]],
    )


def _card(title: str, value: str, good: int) -> Card:
    return Card(title, value, Unit.MONEY, f"{_AGING}.{value}", f"previous_{value}", _MONTH_END, good, _MISSING)


def _buckets() -> list[Column]:
    return [
        Column(f"{bucket}_amount", name.removesuffix(" days"), Unit.MONEY, f"{_AGING}.{bucket}_amount")
        for bucket, name in BUCKETS.items()
    ]


def _totals() -> vm.Figure:
    return vm.Figure(
        id="receivables-totals",
        figure=cards(
            "receivables/totals",
            empty=_NONE,
            cards=[
                _card("Open", "open_amount", good=0),
                _card("Overdue", "overdue_amount", good=-1),
                _card("Over 90 days", "overdue_over_90_amount", good=-1),
                _card("Disputed", "disputed_amount", good=-1),
                _card("Unapplied credits", "unapplied_credit_amount", good=0),
                Card(
                    "Days sales outstanding",
                    "days_sales_outstanding",
                    Unit.DAYS,
                    f"{_AGING}.days_sales_outstanding",
                    "previous_days_sales_outstanding",
                    _MONTH_END,
                    good=-1,
                    missing=_MISSING,
                ),
            ],
        ),
    )


def _months() -> vm.Figure:
    parts = zip(BUCKETS.items(), _COLOURS, strict=True)
    return vm.Figure(
        id="receivables-months",
        figure=stacks(
            "receivables/months",
            title="What was open at the ends of the last 24 months",
            about="receivables_aging_monthly",
            day="month",
            by="month",
            written_day="end of %B %Y",
            parts=[Part(f"{bucket}_amount", name, colour) for (bucket, name), colour in parts],
            unit=Unit.MONEY,
            empty=_NONE,
        ),
    )


def _debtors() -> vm.Figure:
    return vm.Figure(
        id="receivables-debtors",
        figure=table(
            "receivables/debtors",
            title="Debtors, the most overdue first",
            about=_AGING,
            columns=[
                Column("name", "Customer", customer="customer_key", width=200),
                Column("sales_rep_name", "Representative", about="customer_360.sales_rep_name", width=140),
                Column("overdue_amount", "Overdue", Unit.MONEY, f"{_AGING}.overdue_amount"),
                Column("open_amount", "Open", Unit.MONEY, f"{_AGING}.open_amount"),
                *_buckets(),
                Column("credit_limit_used", "Limit used", Unit.RATE, f"{_AGING}.credit_limit_used"),
                Column("last_contact_on", "Last contact", Unit.DAY, "customer_360.last_contact_on"),
            ],
            empty="Nobody owes anything in this currency.",
        ),
    )


def _over_limit() -> vm.Figure:
    return vm.Figure(
        id="receivables-over-limit",
        figure=table(
            "receivables/over_limit",
            title="Over the credit limit",
            about=f"{_AGING}.credit_limit",
            columns=[
                Column("name", "Customer", customer="customer_key", width=200),
                Column("over_limit_amount", "Over the limit", Unit.MONEY),
                Column("open_amount", "Open", Unit.MONEY, f"{_AGING}.open_amount"),
                Column("credit_limit", "Limit", Unit.MONEY, f"{_AGING}.credit_limit"),
                Column("credit_limit_used", "Limit used", Unit.RATE, f"{_AGING}.credit_limit_used"),
                Column("overdue_amount", "Overdue", Unit.MONEY, f"{_AGING}.overdue_amount"),
                Column("open_orders_amount", "Open orders", Unit.MONEY, "customer_360.open_orders_amount"),
                Column("sales_rep_name", "Representative", about="customer_360.sales_rep_name", width=140),
            ],
            empty="Nobody owes more than the credit limit.",
        ),
    )


def _representatives() -> vm.Figure:
    return vm.Figure(
        id="receivables-sales-reps",
        figure=table(
            "receivables/sales_reps",
            title="By representative",
            about=f"{_AGING}.overdue_amount",
            columns=[
                Column("sales_rep_name", "Representative", about="customer_360.sales_rep_name", width=140),
                Column("overdue_amount", "Overdue", Unit.MONEY, f"{_AGING}.overdue_amount"),
                Column("overdue_share", "Of open", Unit.RATE),
                Column("overdue_over_90_amount", "Over 90 days", Unit.MONEY, f"{_AGING}.overdue_over_90_amount"),
                Column("disputed_amount", "Disputed", Unit.MONEY, f"{_AGING}.disputed_amount"),
                Column("open_amount", "Open", Unit.MONEY, f"{_AGING}.open_amount"),
            ],
            empty=_NONE,
        ),
    )


def _documents() -> vm.Figure:
    return vm.Figure(
        id="receivables-documents",
        figure=table(
            "receivables/documents",
            title="Open documents, the longest overdue first",
            about="fct_due_docs",
            columns=[
                Column("doc_id", "Document", about="fct_due_docs.doc_id", width=120),
                Column("doc_type", "Type", about="fct_due_docs.doc_type", words=DOCUMENTS, width=95),
                Column("name", "Customer", customer="customer_key", width=200),
                Column("branch_name", "Branch", about="fct_due_docs.branch_key", width=180),
                Column("issued_on", "Issued", Unit.DAY, "fct_due_docs.issued_on"),
                Column("due_on", "Due", Unit.DAY, "fct_due_docs.due_on"),
                Column("days_overdue", "Days overdue", Unit.COUNT, "fct_due_docs.days_overdue"),
                Column("aging_bucket", "Age", about="fct_due_docs.aging_bucket", words=BUCKETS, width=105),
                Column("open_amount", "Open", Unit.MONEY, "fct_due_docs.reported_open_amount"),
            ],
            empty="No such document is open in this currency.",
        ),
    )
