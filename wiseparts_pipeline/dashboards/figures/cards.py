"""Cards with a figure each, beside that of the period before."""

from dataclasses import dataclass
from typing import Any

import pandas as pd
from dash import html

from wiseparts_pipeline.dashboards.figures.formats import Unit, written
from wiseparts_pipeline.dashboards.figures.kinds import kind
from wiseparts_pipeline.dashboards.figures.panel import information
from wiseparts_pipeline.dashboards.service import Shown, shown_in


@dataclass(frozen=True)
class Card:
    """A figure, by its column in the query's only row. `before`: the column with that of the period before.

    `about`: `mart.column`, whose description the (i) shows. `against`: what the period before is called. `good`:
    whether more is better (1), worse (-1) or neither (0). `missing`: what is written if there is nothing before, such
    as if the data do not reach back so far: a query then gives null and not what there is of the period.
    """

    title: str
    value: str
    unit: Unit
    about: str = ""
    before: str = ""
    against: str = "the year before"
    good: int = 1
    missing: str = "no full year before"


@kind
def cards(data_frame: pd.DataFrame, cards: list[Card], empty: str = "There are no figures yet.") -> html.Div:
    """A row of cards; with `empty=""` nothing at all if the query gives no row, as it is not for this user."""
    shown = shown_in(data_frame)
    if data_frame.empty:
        why = shown.why(empty)
        return html.Div(html.P(why, className="empty"), className="panel", hidden=not why)
    row = data_frame.iloc[0]
    return html.Div([_card(shown, card, row) for card in cards], className="cards")


def _card(shown: Shown, card: Card, row: Any) -> html.Div:
    value = row[card.value]
    text = written(value, card.unit, shown.currency)
    exact = f"{value:,.2f} {shown.currency}" if card.unit is Unit.MONEY and pd.notna(value) else None
    return html.Div(
        [
            html.Div([html.H4(card.title), information(shown.texts.get(card.about, ""))], className="panel-head"),
            html.Div(text, className="card-value", title=exact, style={"--letters": len(text)}),
            html.Div(_compared(shown, card, value, row[card.before]), className="card-before") if card.before else None,
        ],
        className="panel figure-card",
    )


def _compared(shown: Shown, card: Card, value: Any, before: Any) -> list[html.Span]:
    if pd.isna(before):
        return [html.Span(card.missing, className="reference")]
    reference = html.Span(f"{written(before, card.unit, shown.currency)} {card.against}", className="reference")
    change = _change(card, value, before)
    if change is None:
        return [reference]
    # As it is written; 0.0 in place of -0.0.
    change = round(change, 3) + 0.0
    sign = (change > 0) - (change < 0)
    tone = {1: "better", -1: "worse", 0: "same"}[sign * card.good]
    text = f"{change * 100:+.1f} pts" if card.unit is Unit.RATE else f"{change:+.1%}"
    return [html.Span(text, className=tone), reference]


def _change(card: Card, value: Any, before: Any) -> float | None:
    """The difference of rates, otherwise the growth, as in the marts: none if there was nothing before."""
    if pd.isna(value):
        return None
    if card.unit is Unit.RATE:
        return float(value - before)
    return float((value - before) / before) if before > 0 else None
