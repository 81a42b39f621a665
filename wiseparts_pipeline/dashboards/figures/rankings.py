"""Lists of names with a bar each, to compare and to click down; what can be clicked is a button."""

from urllib.parse import urlencode

import pandas as pd
from dash import get_relative_path, html
from markupsafe import Markup

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
        if sets and key and isinstance(row[key], str) and row[key]:
            return tag("button", *parts, title=hint, class_="row", **pick(sets, row[key]))
        return tag("div", *parts, title=hint, class_="row")

    lines = markup(Markup().join(line(row) for _, row in data_frame.iterrows()), "ranking")
    return panel(
        shown,
        title,
        about,
        empty,
        lines,
        note=f"line: {against}" if before and data_frame[before].notna().any() else "",
    )
