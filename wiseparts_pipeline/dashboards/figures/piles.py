"""Lists of names with a bar of parts each, and its rate, to compare and to click down."""

import pandas as pd
from dash import html
from markupsafe import Markup

from wiseparts_pipeline.dashboards.figures.formats import Unit, written
from wiseparts_pipeline.dashboards.figures.kinds import kind
from wiseparts_pipeline.dashboards.figures.markup import markup, pick, tag
from wiseparts_pipeline.dashboards.figures.panel import panel
from wiseparts_pipeline.dashboards.figures.stacks import Part
from wiseparts_pipeline.dashboards.service import shown_in


@kind
def piles(
    data_frame: pd.DataFrame,
    title: str,
    name: str,
    parts: list[Part],
    unit: Unit,
    rate: str,
    about: str,
    key: str = "",
    sets: str = "",
    empty: str = "There is nothing to compare.",
) -> html.Div:
    """Horizontal bars of these parts, in the order of the rows, with the column `rate` beside them.

    With `sets`, the id of a control, a click gives it the row's `key`; a row without a key is not to be clicked.
    """
    shown = shown_in(data_frame)
    if data_frame.empty:
        return panel(shown, title, about, empty, None)
    amounts = data_frame[[part.value for part in parts]].fillna(0).clip(lower=0)
    longest = float(amounts.sum(axis=1).max()) or 1

    def line(row: pd.Series) -> Markup:
        texts = [f"{part.name}: {written(row[part.value], unit, shown.currency)}" for part in parts]
        hint = "\n".join([str(row[name]), *texts])
        content = [
            tag("span", str(row[name]), class_="name"),
            tag("span", *_bar(row, parts, longest), class_="bar"),
            tag("span", written(row[rate], Unit.RATE), class_="number"),
        ]
        if sets and key and isinstance(row[key], str) and row[key]:
            return tag("button", *content, title=hint, class_="row", **pick(sets, row[key]))
        return tag("div", *content, title=hint, class_="row")

    lines = markup(Markup().join(line(row) for _, row in data_frame.iterrows()), "ranking")
    return panel(shown, title, about, empty, html.Div([_legend(parts), lines] if len(parts) > 1 else lines))


def _bar(row: pd.Series, parts: list[Part], longest: float) -> list[Markup]:
    """The parts from left to right, in per cent of the longest bar."""
    spans: list[Markup] = []
    start = 0.0
    for part in parts:
        width = 0.0 if pd.isna(row[part.value]) else 100 * max(float(row[part.value]), 0) / longest
        spans.append(tag("span", style=f"left: {start:.2f}%; width: {width:.2f}%; background: {part.colour}"))
        start += width
    return spans


def _legend(parts: list[Part]) -> html.Div:
    squares = [html.Span([html.I(style={"background": part.colour}), part.name]) for part in parts]
    return html.Div(squares, className="legend")
