"""Bars of days or months, on top of each other or side by side, with a rate as a line over them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
from dash import html
from markupsafe import Markup

from wiseparts_pipeline.dashboards.figures.charts.axes import Axis, By, Time, axis_for, second_axis
from wiseparts_pipeline.dashboards.figures.formats import Unit, written
from wiseparts_pipeline.dashboards.figures.kinds import kind
from wiseparts_pipeline.dashboards.figures.markup import markup, tag
from wiseparts_pipeline.dashboards.figures.panel import panel
from wiseparts_pipeline.dashboards.service import shown_in

GOOD, BAD, LAPSED, OPEN, REST = "#2E9E6B", "#D9534F", "#E3A008", "#097DFE", "#9AA3B2"
RATE_COLOUR = "#7A5AF8"
_SAID: dict[By, str] = {"day": "%-d %B %Y", "month": "%B %Y"}


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
    by: By = "day",
    written_day: str = "",
    is_grouped: bool = False,
    rate: str = "",
    rate_name: str = "",
    empty: str = "There is nothing in this time.",
) -> html.Div:
    """Bars of these parts for each row, at its day or month, from the bottom up; those below 0 hang down.

    `written_day`: how the day is written when one points at it. `is_grouped`: the bars are beside each other, as the
    parts are no total. `rate`: the column of a line over the bars, with an axis of its own. A row is pale if the query
    has a column `is_closed`, which is false.
    """
    shown = shown_in(data_frame)
    if data_frame.empty:
        return panel(shown, title, about, empty, None)
    rows = data_frame.to_dict(orient="records")
    time = Time([pd.Timestamp(row[day]).date() for row in rows], by)
    spans = [_spans([_number(row[part.value]) or 0.0 for part in parts], is_grouped) for row in rows]
    axis = axis_for((end for row in spans for span in row for end in span), unit)
    series = [(part, unit) for part in parts]
    rates: list[float | None] = [None] * len(rows)
    if rate:
        series.append((Part(rate, rate_name, RATE_COLOUR), Unit.RATE))
        rates = [_number(row[rate]) for row in rows]
    rate_axis = second_axis((each for each in rates if each is not None), Unit.RATE, axis)
    levels = [None if each is None else rate_axis.level(each) for each in rates]

    def slot(place: int) -> Markup:
        """What is at a row's day, and what is written when one points at it."""
        row = rows[place]
        marks = [
            _bar(axis, *span, nth if is_grouped else 0, parts[nth].colour) for nth, span in enumerate(spans[place])
        ]
        if levels[place] is not None:
            marks.append(tag("i", class_="dot", style=f"bottom: {levels[place]:.2f}%"))
        said = [
            _square(part) + tag("span", written(row[part.value], its, shown.currency), class_="number")
            for part, its in series
        ]
        states = {"pale": not row.get("is_closed", True), "late": time.middle(time.days[place]) > 50}
        heading = tag("b", time.days[place].strftime(written_day or _SAID[by]))
        return tag(
            "div",
            *marks,
            tag("div", heading, *said, class_="tip"),
            class_=" ".join(["slot", *(name for name, applies in states.items() if applies)]),
            role="listitem",
            # The arrow keys lead from the first one to the others.
            tabindex="-1" if place else "0",
            style=f"--at: {time.middle(time.days[place]):.2f}%",
        )

    # What none of the rows has is not looked for.
    legend = [part for part, _ in series if any(_number(row[part.value]) for row in rows)]
    content = [
        tag("div", *map(_square, legend), class_="legend") if len(series) > 1 else Markup(),
        tag(
            "div",
            *axis.labels(shown.currency),
            tag(
                "div",
                *axis.lines(),
                *map(slot, range(len(rows))),
                _line(time, levels),
                class_="plot",
                role="list",
                aria_label=title,
            ),
            *(rate_axis.labels(is_second=True) if rate else ()),
            tag("div", *time.labels(), class_=f"ticks by-{by}"),
            class_="axes",
            style=f"--slots: {time.count}; --beside: {len(parts) if is_grouped else 1}",
        ),
    ]
    return panel(shown, title, about, empty, markup(Markup().join(content), "chart"))


def _number(value: Any) -> float | None:
    return None if pd.isna(value) else float(value)


def _spans(values: Sequence[float], is_grouped: bool) -> list[tuple[float, float]]:
    """From where to where each bar goes."""
    spans: list[tuple[float, float]] = []
    for place, value in enumerate(values):
        on_same_side = (other for other in values[:place] if (other < 0) is (value < 0))
        start = 0.0 if is_grouped else sum(on_same_side)
        spans.append((min(start, start + value), max(start, start + value)))
    return spans


def _bar(axis: Axis, low: float, high: float, nth: int, colour: str) -> Markup:
    if low == high:
        return Markup()
    bottom, top = axis.level(low), axis.level(high)
    return tag(
        "i",
        class_="bar",
        style=f"--nth: {nth}; bottom: {bottom:.2f}%; height: {top - bottom:.2f}%; background: {colour}",
    )


def _line(time: Time, levels: Sequence[float | None]) -> Markup:
    """Through the levels, interrupted where there is none, and by months without a row."""
    path, previous = "", None
    for day, level in zip(time.days, levels, strict=True):
        if level is not None:
            path += (
                f"{'L' if previous and time.follows(day, previous) else 'M'}{time.middle(day):.2f},{100 - level:.2f}"
            )
        previous = None if level is None else day
    if not path:
        return Markup()
    drawn = tag("path", d=path, vector_effect="non-scaling-stroke", stroke=RATE_COLOUR)
    return tag("svg", drawn, viewBox="0 0 100 100", preserveAspectRatio="none", aria_hidden="true")


def _square(part: Part) -> Markup:
    css = "of-line" if part.colour == RATE_COLOUR else ""
    return tag("span", tag("i", class_=css, style=f"background: {part.colour}"), part.name, class_="name")
