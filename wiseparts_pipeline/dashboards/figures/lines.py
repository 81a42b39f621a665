"""Lines that say how many there are of something, each leading to where one sees more."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from string import Formatter
from typing import Any
from urllib.parse import urlencode

import pandas as pd
from dash import get_relative_path, html

from wiseparts_pipeline.dashboards.figures.formats import Unit, written
from wiseparts_pipeline.dashboards.figures.kinds import kind
from wiseparts_pipeline.dashboards.figures.markup import pick
from wiseparts_pipeline.dashboards.figures.panel import panel
from wiseparts_pipeline.dashboards.service import Shown, shown_in


@dataclass(frozen=True)
class Line:
    """What the rows of a key are written as.

    `text`: what there are some of. `none`: what is written if there are none, `missing` if nothing of the kind is
    known. `page` and `given`: the page that it leads to, with these values of its controls; `{name}` in one stands for
    the value that this page's control of that name has, without which theirs is not set.
    """

    text: str
    none: str
    missing: str
    page: str
    given: Mapping[str, str] = field(default_factory=dict)


@kind
def lines(
    data_frame: pd.DataFrame,
    title: str,
    lines: dict[str, Line],
    sets: str = "",
    about: str = "",
    key: str = "reason",
    count: str = "items",
    amount: str = "amount",
) -> html.Div:
    """A line for each row of the query, with its count and amount; no rows are none that this user may see.

    With `sets`, the id of a control, a click on a line gives it the row's key.
    """
    shown = shown_in(data_frame)
    if data_frame.empty:
        return panel(shown, title, about, "", None) if shown.problem else html.Div(hidden=True)
    rows = data_frame.to_dict(orient="records")
    return panel(
        shown,
        title,
        about,
        "",
        html.Ul(
            [_line(shown, lines[row[key]], row[key], row[count], row[amount], sets) for row in rows], className="lines"
        ),
    )


def _line(shown: Shown, line: Line, key: str, count: float, amount: float, sets: str) -> html.Li:
    is_known = pd.notna(count)
    if not is_known or not count:
        why = line.none if is_known else line.missing
        return html.Li([html.Span("0" if is_known else "–", className="line-count none"), html.Span(why)])
    money = f" · {written(amount, Unit.MONEY, shown.currency)}" if pd.notna(amount) else ""
    query = urlencode(_filled(line.given, shown.state))
    href = get_relative_path(f"/{line.page}") + (f"?{query}" if query else "")
    text = [line.text, html.Span(money, className="reference")]
    return html.Li(
        [
            html.Span(written(count, Unit.COUNT), className="line-count some"),
            html.Button(text, className="step", title="List them below", **pick(sets, key))
            if sets
            else html.Span(text),
            html.A([line.page.replace("_", " ").capitalize(), " ›"], href=href, className="line-link"),
        ]
    )


def _filled(given: Mapping[str, str], state: Mapping[str, Any]) -> dict[str, str]:
    """The values of controls that can be filled in with what is chosen."""
    chosen = {name: value for name, value in state.items() if value}
    return {control: value.format_map(chosen) for control, value in given.items() if _names(value) <= chosen.keys()}


def _names(template: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(template) if name}
