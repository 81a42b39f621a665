"""Tables, with headings for people, that can be sorted and filtered."""

from dataclasses import dataclass
from typing import Any

import dash_ag_grid as dag
import pandas as pd
from dash import get_relative_path, html

from wiseparts_pipeline.dashboards.figures.formats import Unit
from wiseparts_pipeline.dashboards.figures.kinds import kind
from wiseparts_pipeline.dashboards.figures.panel import panel
from wiseparts_pipeline.dashboards.service import shown_in

_RIGHT = {Unit.MONEY, Unit.COUNT, Unit.RATE, Unit.DAYS, Unit.SECONDS}
ROW_PIXELS, HEAD_PIXELS = 36, 44
MOST_ROWS = 12


@dataclass(frozen=True)
class Column:
    """A column of a table. `about`: `mart.column`, whose description the heading shows.

    `customer`: the column with the customer's key, to whose page the name leads. `width`: the least, in pixels.
    """

    name: str
    heading: str
    unit: Unit = Unit.TEXT
    about: str = ""
    customer: str = ""
    width: int = 0


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
    grid = dag.AgGrid(
        className="ag-theme-vizro",
        columnDefs=[_definition(column, shown.texts.get(column.about, ""), shown.currency) for column in columns],
        rowData=_records(data_frame[list(dict.fromkeys(wanted))]),
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
    heading = f"{column.heading} ({currency})" if column.unit is Unit.MONEY and currency else column.heading
    is_number = column.unit in _RIGHT
    definition: dict[str, Any] = {
        "field": column.name,
        "headerName": heading,
        "headerTooltip": description or heading,
        "minWidth": column.width or (112 if column.unit is Unit.MONEY else 90 if is_number else 132),
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


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows as JSON has them: moments as texts, missing values as null."""
    return [
        {
            str(name): None if pd.isna(value) else value.isoformat() if isinstance(value, pd.Timestamp) else value
            for name, value in row.items()
        }
        for row in frame.to_dict(orient="records")
    ]
