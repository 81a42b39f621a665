"""Today: how things stand, and what needs attention."""

import vizro.models as vm

from wiseparts_pipeline.dashboards.figures import Card, Column, Line, Unit, cards, lines, table
from wiseparts_pipeline.dashboards.layout import choice, clicked, currency, report

EXPOSURE = "today"
QUESTIONS = (
    "What should a sales representative call about today?",
    "Which 20 customers' sales fell most against last year?",
    "Which lost calls has no one returned?",
    "Who has overdue debts and owes more than the credit limit?",
    "Which quotes expire in the next 14 days?",
    "Which feed has stopped?",
)
_SALES = "sales_by_sales_rep_monthly"
_REASONS = {
    "falling": Line(
        "class A customers whose sales fall",
        none="no class A customer's sales fall",
        missing="no sales are imported",
        page="sales",
        given={"sales-currency": "{currency}", "sales-trend": "falling"},
    ),
    "lost_calls": Line(
        "lost calls that nobody has returned",
        none="every lost call was returned",
        missing="no calls are imported",
        page="call_centre",
        given={"call_centre-days": "7"},
    ),
    "over_limit": Line(
        "customers overdue and over the credit limit",
        none="nobody who is overdue is over the credit limit",
        missing="no receivables are imported",
        page="receivables",
        given={
            "receivables-currency": "{currency}",
            "receivables-sales_rep": "{sales_rep}",
            "receivables-over": "overdue",
        },
    ),
    "quotes": Line(
        "quotes that expire within 7 days",
        none="no quote expires within 7 days",
        missing="no quotes are imported",
        page="quotes",
        given={"quotes-currency": "{currency}", "quotes-quotes_of": "sales_rep:{sales_rep}", "quotes-expires": "7"},
    ),
}
_IMPORT_REASONS = {
    "feeds": Line("feeds that have stopped", none="no feed has stopped", missing="no feed is known", page="imports"),
    "files": Line(
        "files refused or failed within 7 days",
        none="no file was refused or failed within 7 days",
        missing="no file is imported",
        page="imports",
        given={"imports-status": "refused"},
    ),
}
_NAMES = {
    "falling": "Sales fall",
    "lost_calls": "Lost call",
    "over_limit": "Over the limit",
    "quotes": "Quote expires",
}


def page() -> vm.Page:
    """The page at `/today`."""
    return report(
        "today",
        "Today",
        description="How things stand, and what needs attention: choose a line to list whom and what it is about.",
        questions=QUESTIONS,
        controls=[
            currency("today"),
            choice("today", "sales_rep", "Representative"),
            clicked("today", "reason"),
        ],
        rows=[[_sales()], [_quotes(), _debts(), _lost_calls(), _imports()], [_lines(), _import_lines()], [_list()]],
    )


def _sales() -> vm.Figure:
    return vm.Figure(
        id="today-sales",
        figure=cards(
            "today/sales",
            empty="",
            cards=[
                Card("Last closed month", "net_amount", Unit.MONEY, f"{_SALES}.net_amount", "previous_year_net_amount"),
                Card(
                    "Year to date, closed months",
                    "year_to_date_net_amount",
                    Unit.MONEY,
                    f"{_SALES}.year_to_date_net_amount",
                    "previous_year_to_date_net_amount",
                ),
                Card(
                    "Margin rate, year to date",
                    "margin_rate",
                    Unit.RATE,
                    f"{_SALES}.margin_rate",
                    "previous_margin_rate",
                ),
            ],
        ),
    )


def _quotes() -> vm.Figure:
    return vm.Figure(
        id="today-quotes",
        figure=cards(
            "today/quotes",
            empty="",
            cards=[
                Card(
                    "Quotes open",
                    "open_quotes",
                    Unit.COUNT,
                    "quote_documents.outcome",
                    "previous_open_quotes",
                    "were open 30 days before",
                    good=0,
                ),
            ],
        ),
    )


def _debts() -> vm.Figure:
    return vm.Figure(
        id="today-debts",
        figure=cards(
            "today/debts",
            empty="",
            cards=[
                Card(
                    "Overdue",
                    "overdue_amount",
                    Unit.MONEY,
                    "receivables_aging.overdue_amount",
                    "previous_overdue_amount",
                    "at the last month end",
                    good=-1,
                    missing="nothing known at a month end",
                ),
            ],
        ),
    )


def _lost_calls() -> vm.Figure:
    return vm.Figure(
        id="today-lost-calls",
        figure=cards(
            "today/lost_calls",
            empty="",
            cards=[
                Card(
                    "Lost calls not returned, 7 days",
                    "open_lost_calls",
                    Unit.COUNT,
                    "lost_calls.is_open",
                    "previous_open_lost_calls",
                    "in the week before",
                    good=-1,
                ),
            ],
        ),
    )


def _imports() -> vm.Figure:
    return vm.Figure(
        id="today-feeds",
        figure=cards(
            "today/feeds",
            empty="",
            cards=[
                Card("Feeds stopped", "stopped_feeds", Unit.COUNT, "import_freshness.due_at"),
                Card(
                    "Files refused or failed, 7 days",
                    "refused_files",
                    Unit.COUNT,
                    "import_log.status",
                    "previous_refused_files",
                    "in the week before",
                    good=-1,
                    missing="nothing as long before",
                ),
            ],
        ),
    )


def _lines() -> vm.Figure:
    return vm.Figure(
        id="today-reasons",
        figure=lines("today/reasons", title="What needs attention", lines=_REASONS, sets="today-reason-value"),
    )


def _import_lines() -> vm.Figure:
    return vm.Figure(
        id="today-import-reasons",
        figure=lines("today/import_reasons", title="Of the imports", lines=_IMPORT_REASONS),
    )


def _list() -> vm.Figure:
    return vm.Figure(
        id="today-attention",
        figure=table(
            "today/attention",
            title="Whom and what it is about",
            columns=[
                Column("reason", "Why", words=_NAMES, width=120),
                Column("subject", "Customer or caller", customer="customer_key", width=200),
                Column("detail", "What", width=220),
                Column("amount", "Amount", Unit.MONEY),
                Column("since", "Since", Unit.DAY),
                Column("sales_rep_name", "Representative", about="customer_360.sales_rep_name"),
            ],
            empty="Nothing of what you may see needs attention.",
        ),
    )
