"""Lists of names with a bar each, to compare and to click down; what can be clicked is a button."""

from urllib.parse import urlencode

import pandas as pd
from dash import get_relative_path, html
from dash.development.base_component import Component

from wiseparts_pipeline.dashboards.figures.formats import Unit, written
from wiseparts_pipeline.dashboards.figures.kinds import kind
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

    def part(kind: str, start: float, end: float) -> Component:
        """Of a bar, between two numbers."""
        left, right = (100 * (number - low) / ((high - low) or 1.0) for number in (start, end))
        return html.Span(className=kind, style={"left": f"{left:.2f}%", "width": f"{right - left:.2f}%"})

    def bar(row: pd.Series) -> Component:
        number = 0.0 if pd.isna(row[value]) else float(row[value])
        parts = [part("falling" if number < 0 else "rising", min(number, 0.0), max(number, 0.0))]
        if before and pd.notna(row[before]):
            parts.append(part("before", row[before], row[before]))
        return html.Span(parts, className="bar")

    def line(row: pd.Series) -> Component:
        hint = f"{row[name]}: {written(row[value], unit, shown.currency)}"
        if before and pd.notna(row[before]):
            hint += f", {against} {written(row[before], unit, shown.currency)}"
        number = html.Span(written(row[value], unit), className="number")
        label: Component | str = str(row[name])
        if customer:
            label = html.A(label, href=f"{get_relative_path('/customer')}?{urlencode({'customer': row[customer]})}")
        parts = [html.Span(label, className="name"), bar(row), number]
        if sets and key and isinstance(row[key], str) and row[key]:
            identity = {"type": "pick", "sets": sets, "key": row[key], "of": shown.name}
            return html.Button(parts, id=identity, title=hint, className="row")
        return html.Div(parts, title=hint, className="row")

    lines = html.Div([line(row) for _, row in data_frame.iterrows()], className="ranking")
    return panel(
        shown,
        title,
        about,
        empty,
        lines,
        note=f"line: {against}" if before and data_frame[before].notna().any() else "",
    )
