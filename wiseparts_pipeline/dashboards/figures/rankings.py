"""Lists of names with a bar each, to compare and to click down. Names are whole, and what can be clicked is a button."""

import pandas as pd
from dash import html
from dash.development.base_component import Component
from vizro.models.types import capture

from wiseparts_pipeline.dashboards.figures.formats import Unit, written
from wiseparts_pipeline.dashboards.figures.panel import panel
from wiseparts_pipeline.dashboards.service import Shown, shown_in


@capture("figure")
def ranking(
    data_frame: pd.DataFrame,
    title: str,
    name: str,
    value: str,
    unit: Unit,
    about: str,
    key: str = "",
    sets: str = "",
    before: str = "",
    against: str = "the year before",
    empty: str = "There is nothing to compare.",
) -> html.Div:
    """Horizontal bars, in the order of the rows.

    With `sets`, the id of a control, a click gives it the row's `key`; a row without a key is not to be clicked.
    `before`: the column with the value of the period before, called `against`, which is drawn as a line over the bar.
    """
    shown = shown_in(data_frame)
    if data_frame.empty:
        return panel(shown, title, about, empty, None)
    columns = [column for column in (value, before) if column]
    numbers = data_frame[columns].fillna(0).to_numpy().ravel()
    low, high = min(0.0, *numbers), max(0.0, *numbers)

    def place(number: float) -> float:
        """In per cent of the width."""
        return 100 * (number - low) / ((high - low) or 1)

    def bar(row: pd.Series) -> Component:
        number = 0.0 if pd.isna(row[value]) else float(row[value])
        parts = [_part("falling" if number < 0 else "rising", place(min(number, 0)), place(max(number, 0)))]
        if before and pd.notna(row[before]):
            parts.append(_part("before", place(row[before]), place(row[before])))
        return html.Span(parts, className="bar")

    rows = [
        _row(shown, row, bar(row), name, value, unit, key, sets, before, against) for _, row in data_frame.iterrows()
    ]
    return panel(shown, title, about, empty, html.Div(rows, className="ranking"))


def _part(kind: str, start: float, end: float) -> html.Span:
    return html.Span(className=kind, style={"left": f"{start:.2f}%", "width": f"{end - start:.2f}%"})


def _row(
    shown: Shown,
    row: pd.Series,
    bar: Component,
    name: str,
    value: str,
    unit: Unit,
    key: str,
    sets: str,
    before: str,
    against: str,
) -> Component:
    label, number = str(row[name]), written(row[value], unit)
    hint = f"{label}: {written(row[value], unit, shown.currency)}"
    if before:
        hint += f", {against} {written(row[before], unit, shown.currency)}"
    parts = [html.Span(label, className="name"), bar, html.Span(number, className="number")]
    if sets and key and isinstance(row[key], str) and row[key]:
        identity = {"type": "pick", "sets": sets, "key": row[key], "of": shown.name}
        return html.Button(parts, id=identity, title=hint, className="row")
    return html.Div(parts, title=hint, className="row")
