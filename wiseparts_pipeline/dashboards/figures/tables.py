"""Tables, with headings for people, that can be sorted and filtered."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import dash_ag_grid as dag
import pandas as pd
from dash import get_relative_path, html

from wiseparts_pipeline.dashboards.figures.formats import Unit
from wiseparts_pipeline.dashboards.figures.kinds import kind
from wiseparts_pipeline.dashboards.figures.panel import panel
from wiseparts_pipeline.dashboards.service import shown_in

_RIGHT = {Unit.MONEY, Unit.COUNT, Unit.RATE, Unit.DAYS, Unit.SECONDS}
_WIDTHS = {Unit.MONEY: 112, Unit.TEXT: 132, Unit.DAY: 115, Unit.MOMENT: 170}
ROW_PIXELS, HEAD_PIXELS = 36, 44
MOST_ROWS = 12


@dataclass(frozen=True)
class Column:
    """A column of a table. `about`: `mart.column`, whose description the heading shows.

    `customer`: the column with the customer's key, to whose page the name leads. `width`: the least, in pixels.
    `words`: what its codes are called. `is_mixed`: its amounts are of several currencies, which another column has.
    """

    name: str
    heading: str
    unit: Unit = Unit.TEXT
    about: str = ""
    customer: str = ""
    width: int = 0
    words: Mapping[str, str] = field(default_factory=dict)
    is_mixed: bool = False


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
    wanted = [column.name for column in columns] + [column.customer for column in columns if column.customer]
    words = {column.name: column.words for column in columns if column.words}
    grid = dag.AgGrid(
        className="ag-theme-vizro",
        columnDefs=[_definition(column, shown.texts.get(column.about, ""), shown.currency) for column in columns],
        rowData=_records(data_frame[list(dict.fromkeys(wanted))], words),
        defaultColDef={"resizable": True, "sortable": True, "wrapHeaderText": True, "autoHeaderHeight": True},
        dashGridOptions={
            "animateRows": False,
            "rowHeight": ROW_PIXELS,
            "suppressCellFocus": True,
            "enableCellTextSelection": True,
            "tooltipShowDelay": 300,
            "theme": {"function": "vizroTheme(themeQuartz, agGrid)"},
        },
        columnSize="responsiveSizeToFit",
        style={"height": f"{min(len(data_frame), MOST_ROWS) * ROW_PIXELS + HEAD_PIXELS + 4}px", "width": "100%"},
    )
    return panel(shown, title, about, empty, grid)


def _definition(column: Column, description: str, currency: str) -> dict[str, Any]:
    heading = f"{column.heading} ({currency})" if _has_currency(column, currency) else column.heading
    is_number = column.unit in _RIGHT
    definition: dict[str, Any] = {
        "field": column.name,
        "headerName": heading,
        "headerTooltip": description or heading,
        "minWidth": column.width or _WIDTHS.get(column.unit, 90),
    }
    if column.unit is not Unit.TEXT:
        definition["valueFormatter"] = {"function": f"{column.unit.value}(params.value)"}
    if is_number:
        definition["type"] = "rightAligned"
    else:
        # Names are read whole.
        definition |= {"filter": True, "wrapText": True, "autoHeight": True}
    if column.customer:
        definition |= {
            "cellRenderer": "CustomerLink",
            "cellRendererParams": {"path": get_relative_path("/customer"), "of": column.customer},
        }
    return definition


def _has_currency(column: Column, currency: str) -> bool:
    return column.unit is Unit.MONEY and bool(currency) and not column.is_mixed


def _records(frame: pd.DataFrame, words: Mapping[str, Mapping[str, str]]) -> list[dict[str, Any]]:
    """Rows as JSON has them: moments as texts, codes as words, missing values as null."""
    return [
        {str(name): _cell(value, words.get(str(name), {})) for name, value in row.items()}
        for row in frame.to_dict(orient="records")
    ]


def _cell(value: Any, words: Mapping[str, str]) -> Any:
    if pd.isna(value):
        return None
    if isinstance(value, pd.Timestamp):
        return value.isoformat()
    return words.get(value, value) if words else value
