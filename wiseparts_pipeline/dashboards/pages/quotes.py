"""Quotes: what is quoted and won, why the rest is lost, and which quotes to follow up."""

import vizro.models as vm

from wiseparts_pipeline.dashboards.figures import Card, Column, Unit, cards, divided_ranking, ranking, steps, table
from wiseparts_pipeline.dashboards.figures.charts.stacks import BAD, GOOD, LAPSED, OPEN, REST, Part, stacks
from wiseparts_pipeline.dashboards.layout import choice, clicked, currency, report

EXPOSURE = "quote_report"
QUESTIONS = (
    "Which sales representatives win most of their quotes?",
    "Which quotes expire in the next 14 days?",
    "Why are quotes lost?",
)
_DECIDED, _DOCUMENTS = "quote_decisions_monthly", "quote_documents"
OUTCOMES = {"open": "Open", "won": "Won", "lost": "Lost", "expired": "Expired", "draft": "Draft"}
_NONE = "No quotes are imported in this currency."
_NOT_THEN = "No quotes in this period."


def page() -> vm.Page:
    """The page at `/quotes`."""
    return report(
        "quotes",
        "Quotes",
        description=(
            "Quotes of the last closed months against as many months before them, and those that are open now. "
            "A click on a representative, a customer group or a brand family shows the quotes of it alone."
        ),
        questions=QUESTIONS,
        controls=[
            currency("quotes"),
            choice("quotes", "months", "Period", everything="Last 3 months"),
            choice("quotes", "basis", "Quotes count in the", everything="Month of decision"),
            choice("quotes", "expires", "Open, in the list", everything="All open quotes"),
            choice("quotes", "lost_reason", "Lost for, in the list", everything="All reasons"),
            clicked("quotes", "quotes_of"),
        ],
        rows=[
            [_totals()],
            [_way()],
            [_amounts(), _counts()],
            [_representatives(), _families()],
            [_groups(), _lost_reasons()],
            [_open("open_ages", "Open quotes by age"), _open("open_expiries", "Open quotes by expiry")],
            [_open_quotes()],
            [_decided_quotes()],
        ],
    )


def _totals() -> vm.Figure:
    return vm.Figure(
        id="quotes-totals",
        figure=cards(
            "quotes/totals",
            empty=_NONE,
            cards=[
                _card("Quoted in the period", "quoted_amount", Unit.MONEY),
                _card("Won", "won_amount", Unit.MONEY),
                _card("Win rate", "win_rate", Unit.RATE),
                _card("Win rate by amount", "win_rate_by_amount", Unit.RATE),
                _card("Days to decision", "median_days_to_decision", Unit.DAYS, good=-1),
                Card("Open now", "open_amount", Unit.MONEY, f"{_DOCUMENTS}.open_amount"),
            ],
        ),
    )


def _card(title: str, value: str, unit: Unit, good: int = 1) -> Card:
    about = f"{_DECIDED}.{value}"
    return Card(title, value, unit, about, f"previous_{value}", "the period before", good, "no whole period before")


def _way() -> vm.Figure:
    return vm.Figure(id="quotes-way", figure=steps("quotes/way", sets="quotes-quotes_of-value", top="All quotes"))


def _amounts() -> vm.Figure:
    return vm.Figure(
        id="quotes-amounts",
        figure=stacks(
            "quotes/months",
            day="month",
            by="month",
            title="Amounts by outcome",
            parts=_parts("amount"),
            unit=Unit.MONEY,
            rate="win_rate_by_amount",
            rate_name="Win rate",
            about=f"{_DECIDED}.win_rate_by_amount",
            empty=_NOT_THEN,
        ),
    )


def _counts() -> vm.Figure:
    return vm.Figure(
        id="quotes-counts",
        figure=stacks(
            "quotes/months",
            day="month",
            by="month",
            title="Quotes by outcome",
            parts=_parts("quotes"),
            unit=Unit.COUNT,
            rate="win_rate",
            rate_name="Win rate",
            about=f"{_DECIDED}.win_rate",
            empty=_NOT_THEN,
        ),
    )


def _parts(measure: str) -> list[Part]:
    return [
        Part(f"won_{measure}", "Won", GOOD),
        Part(f"lost_{measure}", "Lost", BAD),
        Part(f"expired_{measure}", "Expired", LAPSED),
        Part(f"open_{measure}", "Open", OPEN),
        Part(f"draft_{measure}", "Draft", REST),
    ]


def _breakdown(name: str, title: str, about: str) -> vm.Figure:
    return vm.Figure(
        id=f"quotes-{name}",
        figure=divided_ranking(
            f"quotes/{name}",
            title=title,
            name="name",
            parts=_parts("amount")[:-1],
            unit=Unit.MONEY,
            rate="win_rate_by_amount",
            key="key",
            sets="quotes-quotes_of-value",
            about=about,
            empty=_NOT_THEN,
        ),
    )


def _representatives() -> vm.Figure:
    return _breakdown(
        "representatives",
        "By representative, with win rate by amount",
        "quote_decisions_by_sales_rep_monthly.win_rate_by_amount",
    )


def _groups() -> vm.Figure:
    return _breakdown(
        "groups",
        "By customer group, with win rate by amount",
        "quote_decisions_by_customer_group_monthly.win_rate_by_amount",
    )


def _families() -> vm.Figure:
    return _breakdown(
        "families",
        "By brand family, with win rate by amount",
        "quote_decisions_by_brand_family_monthly.win_rate_by_amount",
    )


def _lost_reasons() -> vm.Figure:
    return vm.Figure(
        id="quotes-lost_reasons",
        figure=ranking(
            "quotes/lost_reasons",
            title="Lost, by reason",
            name="lost_reason",
            value="lost_amount",
            unit=Unit.MONEY,
            key="key",
            sets="quotes-lost_reason-list",
            about="quote_lost_reasons_monthly.lost_amount",
            empty="No line was lost in this period.",
        ),
    )


def _open(name: str, title: str) -> vm.Figure:
    return vm.Figure(
        id=f"quotes-{name}",
        figure=ranking(
            f"quotes/{name}",
            title=title,
            name="label",
            value="open_amount",
            unit=Unit.MONEY,
            about=f"{_DOCUMENTS}.open_amount",
            empty="No quote is open.",
        ),
    )


def _open_quotes() -> vm.Figure:
    return vm.Figure(
        id="quotes-open_quotes",
        figure=table(
            "quotes/open_quotes",
            title="Open quotes, the next to expire first",
            about=_DOCUMENTS,
            columns=[
                Column("valid_until", "Valid until", Unit.DAY, f"{_DOCUMENTS}.valid_until"),
                Column("days_left", "Days left", Unit.COUNT),
                Column("quote_id", "Quote", about=f"{_DOCUMENTS}.quote_id", width=140),
                Column("customer_name", "Customer", customer="customer_key", width=200),
                Column("phone", "Telephone", about="dim_customers.phone", width=155),
                Column("sales_rep_name", "Representative", about=f"{_DOCUMENTS}.sales_rep_name", width=170),
                Column("days_open", "Days open", Unit.COUNT, f"{_DOCUMENTS}.quoted_on"),
                Column("open_amount", "Open", Unit.MONEY, f"{_DOCUMENTS}.open_amount"),
            ],
            empty="No such quote is open.",
        ),
    )


def _decided_quotes() -> vm.Figure:
    return vm.Figure(
        id="quotes-decided_quotes",
        figure=table(
            "quotes/decided_quotes",
            title="Decided in the period, the largest amount not won first",
            about=_DOCUMENTS,
            columns=[
                Column("quote_id", "Quote", about=f"{_DOCUMENTS}.quote_id", width=130),
                Column("customer_name", "Customer", customer="customer_key", width=165),
                Column("sales_rep_name", "Representative", about=f"{_DOCUMENTS}.sales_rep_name", width=140),
                Column("closed_on", "Decided", Unit.DAY, f"{_DOCUMENTS}.closed_on"),
                Column("outcome", "Outcome", about=f"{_DOCUMENTS}.outcome", words=OUTCOMES, width=95),
                Column("lost_reasons", "Reason", about="fct_quotes.lost_reason", width=110),
                Column("quoted_amount", "Quoted", Unit.MONEY, f"{_DOCUMENTS}.quoted_amount"),
                Column("won_amount", "Won", Unit.MONEY, f"{_DOCUMENTS}.won_amount"),
                Column("lost_amount", "Lost", Unit.MONEY, f"{_DOCUMENTS}.lost_amount"),
                Column("expired_amount", "Expired", Unit.MONEY, f"{_DOCUMENTS}.expired_amount"),
            ],
            empty="No quote was decided in this period.",
        ),
    )
