"""Who a page is about."""

from dataclasses import dataclass

import pandas as pd
from dash import html

from wiseparts_pipeline.dashboards.figures.formats import Unit, written
from wiseparts_pipeline.dashboards.figures.kinds import kind
from wiseparts_pipeline.dashboards.service import shown_in


@dataclass(frozen=True)
class Fact:
    """A column of the query with its name; what has no value is left out."""

    value: str
    name: str
    unit: Unit = Unit.TEXT


@kind
def profile(
    data_frame: pd.DataFrame,
    name: str,
    facts: list[Fact],
    empty: str,
) -> html.Div:
    """The query's only row: its `name` and below it the facts."""
    shown = shown_in(data_frame)
    if data_frame.empty:
        return html.Div(html.P(shown.why(empty), className="empty"), className="panel")
    row = data_frame.iloc[0]
    shown_facts = [fact for fact in facts if pd.notna(row[fact.value]) and row[fact.value] != ""]
    return html.Div(
        [
            html.H2(row[name], className="profile-name"),
            html.Dl(
                [
                    html.Div([html.Dt(fact.name), html.Dd(written(row[fact.value], fact.unit, shown.currency))])
                    for fact in shown_facts
                ],
                className="profile",
            ),
        ],
        className="panel",
    )
