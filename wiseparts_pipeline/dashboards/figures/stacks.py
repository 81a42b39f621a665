"""Stacked bars: what the total of each day or month consists of, with a rate."""

from dataclasses import dataclass
from typing import Any

import pandas as pd
from dash import html

from wiseparts_pipeline.dashboards.figures.charts import (
    AXIS_FORMATS,
    BEFORE,
    NOW,
    axis,
    chart,
    numbers,
)
from wiseparts_pipeline.dashboards.figures.formats import Unit, written
from wiseparts_pipeline.dashboards.figures.kinds import kind
from wiseparts_pipeline.dashboards.figures.panel import panel
from wiseparts_pipeline.dashboards.service import shown_in

GOOD, BAD, LAPSED, OPEN, REST = "#2E9E6B", "#D9534F", "#E3A008", NOW, BEFORE
RATE_COLOUR = "#7A5AF8"
# Of what has not ended yet.
_PALE = 0.45
_LEGEND = {"orientation": "h", "yanchor": "bottom", "x": 0, "traceorder": "normal", "font": {"size": 12}}


@dataclass(frozen=True)
class Part:
    """A column of the query, its name in the legend and its colour."""

    value: str
    name: str
    colour: str


@kind
def stacks(
    data_frame: pd.DataFrame,
    title: str,
    day: str,
    parts: list[Part],
    unit: Unit,
    about: str = "",
    written_day: str = "%-d %B %Y",
    tick: str = "%-d %b\n%Y",
    mode: str = "relative",
    rate: str = "",
    rate_name: str = "",
    empty: str = "There is nothing in this time.",
) -> html.Div:
    """A bar for each row, at the day in the column `day`, of these parts from the bottom up; those below 0 hang down.

    `written_day`, `tick`: how a day is written when one points at its bar, and below it. `mode`: `group` for bars
    beside each other, where the parts are no total. `rate`: the column of a line above the bars, with its own axis.
    A bar is pale if the query has a column `is_closed`, which is false.
    """
    shown = shown_in(data_frame)
    if data_frame.empty:
        return panel(shown, title, about, empty, None)
    days = [f"{each:%Y-%m-%d}" for each in data_frame[day]]
    closed = data_frame["is_closed"] if "is_closed" in data_frame else [True] * len(days)
    traces = [
        {
            "type": "bar",
            "x": days,
            "y": numbers(data_frame[part.value]),
            "name": part.name,
            "marker": {"color": part.colour, "opacity": [1 if each else _PALE for each in closed]},
            "customdata": [written(each, unit, shown.currency) for each in data_frame[part.value]],
            "hovertemplate": f"%{{x|{written_day}}}<br>{part.name}: %{{customdata}}<extra></extra>",
        }
        for part in parts
    ]
    if rate:
        traces.append(_line(data_frame[rate], rate_name, days, written_day))
    layout = {
        "barmode": mode,
        "bargap": 0.25,
        "showlegend": len(traces) > 1,
        "legend": _LEGEND | {"y": 1.02},
        "margin": {"l": 0, "r": 0, "t": 24, "b": 0},
        "xaxis": axis(tickformat=tick),
        "yaxis": axis(tickformat=AXIS_FORMATS.get(unit, "~s")),
        "yaxis2": axis(
            overlaying="y", side="right", tickformat=",.0%", rangemode="tozero", showgrid=False, tickmode="auto"
        ),
    }
    return panel(shown, title, about, empty, chart(title, traces, layout))


def _line(rates: Any, name: str, days: list[str], written_day: str) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "yaxis": "y2",
        "x": days,
        "y": numbers(rates),
        "name": name,
        "line": {"color": RATE_COLOUR, "width": 2},
        "marker": {"size": 5},
        "customdata": [written(each, Unit.RATE) for each in rates],
        "hovertemplate": f"%{{x|{written_day}}}<br>{name}: %{{customdata}}<extra></extra>",
    }
