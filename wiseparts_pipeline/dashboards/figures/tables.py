"""Tables, with headings for people, that can be sorted by a click on a heading."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import pandas as pd
from dash import get_relative_path, html
from markupsafe import Markup

from wiseparts_pipeline.dashboards.figures.formats import Unit, written_in_table
from wiseparts_pipeline.dashboards.figures.kinds import kind
from wiseparts_pipeline.dashboards.figures.markup import markup, tag
from wiseparts_pipeline.dashboards.figures.panel import panel
from wiseparts_pipeline.dashboards.service import Shown, shown_in

_NUMBERS = {Unit.MONEY, Unit.COUNT, Unit.RATE, Unit.DAYS, Unit.SECONDS}
_DAYS = {Unit.DAY, Unit.MOMENT}
_TEXT_PIXELS = 110


@dataclass(frozen=True)
class Column:
    """A column of a table. `about`: `mart.column`, whose description the heading shows.

    `customer`: the column with the customer's key, to whose page the name leads. `width`: of a text, at least, in
    pixels. `words`: what its codes are called. `is_mixed`: its amounts are of several currencies, which another column
    has.
    """

    name: str
    heading: str
    unit: Unit = Unit.TEXT
    about: str = ""
    customer: str = ""
    width: int = 0
    words: Mapping[str, str] = field(default_factory=dict)
    is_mixed: bool = False

    @property
    def css(self) -> str:
        """The class of its cells: numbers are below each other, and days in one line."""
        return "number" if self.unit in _NUMBERS else "day" if self.unit in _DAYS else ""


@kind
def table(
    data_frame: pd.DataFrame,
    title: str,
    columns: list[Column],
    about: str = "",
    empty: str = "There is nothing to list.",
) -> html.Div:
    """A table of the query's rows in their order."""
    shown = shown_in(data_frame)
    if data_frame.empty:
        return panel(shown, title, about, empty, None)
    headings = Markup().join(_heading(shown, column) for column in columns)
    cells = zip(*(_cells(column, data_frame) for column in columns), strict=True)
    rows = Markup().join(tag("tr", *row) for row in cells)
    content = tag("table", tag("thead", tag("tr", headings)), tag("tbody", rows), aria_label=title)
    return panel(shown, title, about, empty, markup(content, "table-box"))


def _heading(shown: Shown, column: Column) -> Markup:
    has_currency = column.unit is Unit.MONEY and shown.currency and not column.is_mixed
    text = f"{column.heading} ({shown.currency})" if has_currency else column.heading
    return tag(
        "th",
        tag("button", text, type="button", title=shown.texts.get(column.about, "")),
        scope="col",
        class_=column.css,
        style="" if column.css else f"min-width: {column.width or _TEXT_PIXELS}px",
    )


def _cells(column: Column, frame: pd.DataFrame) -> Sequence[Markup]:
    """The column's cells; where the text does not sort as the value does, with the value to sort by."""
    values = frame[column.name]
    keys = frame[column.customer] if column.customer else [None] * len(values)
    return [_cell(column, value, key) for value, key in zip(values, keys, strict=True)]


def _cell(column: Column, value: Any, key: Any) -> Markup:
    text: str = written_in_table(column.words.get(value, value) if column.words else value, column.unit)
    if column.customer and isinstance(key, str) and key:
        text = tag("a", text, href=f"{get_relative_path('/customer')}?customer={quote(key)}")
    sorted_by = "" if column.unit is Unit.TEXT or pd.isna(value) else str(value)
    return tag("td", text, class_=column.css, data_value=sorted_by)
