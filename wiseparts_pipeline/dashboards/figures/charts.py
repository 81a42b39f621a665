"""Charts: months against the year before, weekday by hour.

They are what plotly.js takes, without plotly's Python classes, which take longer to make than all of the rest.
"""

from typing import Any

import pandas as pd
from dash import dcc, html

from wiseparts_pipeline.dashboards.figures.formats import Unit, written
from wiseparts_pipeline.dashboards.figures.kinds import kind
from wiseparts_pipeline.dashboards.figures.panel import panel
from wiseparts_pipeline.dashboards.service import shown_in

NOW, BEFORE = "#097DFE", "#9AA3B2"
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
CHART_PIXELS = 300
_CONFIG = {"displayModeBar": False, "displaylogo": False, "showTips": False, "responsive": True}
AXIS_FORMATS = {Unit.SECONDS: ",~g", Unit.RATE: ",.0%", Unit.COUNT: ",d"}


@kind
def months(
    data_frame: pd.DataFrame,
    title: str,
    value: str,
    unit: Unit,
    about: str,
    month: str = "month",
    before: str = "",
    names: tuple[str, str] = ("This year", "The year before"),
    empty: str = "There is nothing in these months.",
) -> html.Div:
    """Bars of months, each beside the same month a year before if `before` names the column with it."""
    shown = shown_in(data_frame)
    if data_frame.empty:
        return panel(shown, title, about, empty, None)
    series = [(value, names[0], NOW)]
    if before:
        series.insert(0, (before, names[1], BEFORE))
    days = [f"{each:%Y-%m-%d}" for each in data_frame[month]]
    traces = [
        {
            "type": "bar",
            "x": days,
            "y": numbers(data_frame[column]),
            "name": name,
            "marker": {"color": colour},
            "customdata": [written(each, unit, shown.currency) for each in data_frame[column]],
            "hovertemplate": "%{x|%B %Y}<br>" + name + ": %{customdata}<extra></extra>",
        }
        for column, name, colour in series
    ]
    layout = {
        "barmode": "group",
        "bargap": 0.25,
        "showlegend": bool(before),
        "legend": {"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
        "margin": {"l": 0, "r": 0, "t": 24 if before else 8, "b": 0},
        "xaxis": axis(tickformat="%b\n%Y"),
        "yaxis": axis(tickformat=AXIS_FORMATS.get(unit, "~s")),
    }
    return panel(shown, title, about, empty, chart(title, traces, layout))


@kind
def weekdays(
    data_frame: pd.DataFrame,
    title: str,
    value: str,
    unit: Unit,
    about: str,
    weekday: str = "weekday",
    hour: str = "hour",
    empty: str = "There is nothing in these days.",
) -> html.Div:
    """A heat map of weekdays, 1 for Monday, by hour."""
    shown = shown_in(data_frame)
    if data_frame.empty:
        return panel(shown, title, about, empty, None)
    values = {(int(row[weekday]), int(row[hour])): row[value] for _, row in data_frame.iterrows()}
    hours = range(min(each for _, each in values), max(each for _, each in values) + 1)
    cells = [[values.get((day, each)) for each in hours] for day in range(1, len(WEEKDAYS) + 1)]
    traces = [
        {
            "type": "heatmap",
            "z": [numbers(row) for row in cells],
            "x": [f"{each}:00" for each in hours],
            "y": WEEKDAYS,
            "text": [["" if each is None else written(each, unit, shown.currency) for each in row] for row in cells],
            "texttemplate": "%{text}",
            "hovertemplate": "%{y} %{x}<br>%{text}<extra></extra>",
            "colorscale": [[0, "#E8F1FE"], [1, NOW]],
            "showscale": False,
            "xgap": 2,
            "ygap": 2,
        }
    ]
    layout = {
        "margin": {"l": 0, "r": 0, "t": 0, "b": 0},
        "xaxis": axis(),
        "yaxis": axis(autorange="reversed"),
    }
    return panel(shown, title, about, empty, chart(title, traces, layout))


def chart(title: str, traces: list[dict[str, Any]], layout: dict[str, Any], height: int = CHART_PIXELS) -> html.Div:
    """A chart; `assets/style.css` gives its texts and lines the colours of the theme."""
    clear = {"paper_bgcolor": "transparent", "plot_bgcolor": "transparent", "font": {"family": "inherit"}}
    graph = dcc.Graph(
        figure={"data": traces, "layout": clear | layout}, config=_CONFIG, style={"height": f"{height}px"}
    )
    return html.Div(graph, className="chart", role="img", **{"aria-label": title})


def numbers(values: Any) -> list[float | None]:
    return [None if value is None or pd.isna(value) else float(value) for value in values]


def axis(**settings: Any) -> dict[str, Any]:
    return {"automargin": True, "title": {"text": ""}} | settings
