"""Lists of names with a bar each, whole or in parts, to compare and to click down; what can be clicked is a button."""

from urllib.parse import urlencode

import pandas as pd
from dash import get_relative_path, html
from markupsafe import Markup

from wiseparts_pipeline.dashboards.figures.charts.stacks import Part
from wiseparts_pipeline.dashboards.figures.formats import Unit, written
from wiseparts_pipeline.dashboards.figures.kinds import kind
from wiseparts_pipeline.dashboards.figures.markup import markup, pick, tag
from wiseparts_pipeline.dashboards.figures.panel import panel
from wiseparts_pipeline.dashboards.service import shown_in


@kind
def ranking(
    data_frame: pd.DataFrame,
    title: str,
    name: str,
    value: str,
    unit: Unit,
    about: str,
    key: str = "",
    sets: str = "",
    customer: str = "",
    before: str = "",
    against: str = "the year before",
    empty: str = "There is nothing to compare.",
) -> html.Div:
    """Horizontal bars, in the order of the rows.

    With `sets`, the id of a control, a click gives it the row's `key`; a row without a key is not to be clicked.
    `customer`: the column with the customer's key, to whose page the name leads. `before`: the column with the value of
    the period before, called `against`, which is drawn as a line over the bar.
    """
    shown = shown_in(data_frame)
    if data_frame.empty:
        return panel(shown, title, about, empty, None)
    numbers = [float(each) for column in (value, before) if column for each in data_frame[column].fillna(0)]
    low, high = min(0.0, *numbers), max(0.0, *numbers)

    def part(css: str, start: float, end: float) -> Markup:
        """Of a bar, between two numbers."""
        left, right = (100 * (number - low) / ((high - low) or 1.0) for number in (start, end))
        return tag("span", class_=css, style=f"left: {left:.2f}%; width: {right - left:.2f}%")

    def bar(row: pd.Series) -> Markup:
        number = 0.0 if pd.isna(row[value]) else float(row[value])
        parts = [part("falling" if number < 0 else "rising", min(number, 0.0), max(number, 0.0))]
        if before and pd.notna(row[before]):
            parts.append(part("before", row[before], row[before]))
        return tag("span", *parts, class_="bar")

    def line(row: pd.Series) -> Markup:
        hint = f"{row[name]}: {written(row[value], unit, shown.currency)}"
        if before and pd.notna(row[before]):
            hint += f", {against} {written(row[before], unit, shown.currency)}"
        label = str(row[name])
        if customer:
            label = tag("a", label, href=f"{get_relative_path('/customer')}?{urlencode({'customer': row[customer]})}")
        number = tag("span", written(row[value], unit), class_="number")
        parts = [tag("span", label, class_="name"), bar(row), number]
        return _row(parts, hint, sets, row[key] if key else None)

    lines = markup(Markup().join(line(row) for _, row in data_frame.iterrows()), "ranking")
    return panel(
        shown,
        title,
        about,
        empty,
        lines,
        note=f"line: {against}" if before and data_frame[before].notna().any() else "",
    )


@kind
def divided_ranking(
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
        return _row(content, hint, sets, row[key] if key else None)

    lines = markup(Markup().join(line(row) for _, row in data_frame.iterrows()), "ranking")
    return panel(shown, title, about, empty, html.Div([_legend(parts), lines] if len(parts) > 1 else lines))


def _row(content: list[Markup], hint: str, sets: str, key: object) -> Markup:
    """With a key, a button that gives it to the control `sets`."""
    if sets and key and isinstance(key, str):
        return tag("button", *content, title=hint, class_="row", **pick(sets, key))
    return tag("div", *content, title=hint, class_="row")


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
