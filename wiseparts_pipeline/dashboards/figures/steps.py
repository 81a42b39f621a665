"""The way down a hierarchy, to click up again."""

import pandas as pd
from dash import html

from wiseparts_pipeline.dashboards.figures.kinds import kind
from wiseparts_pipeline.dashboards.figures.markup import pick
from wiseparts_pipeline.dashboards.service import shown_in


@kind
def steps(data_frame: pd.DataFrame, sets: str, top: str, key: str = "key", name: str = "name") -> html.Nav:
    """The query's rows from the top down, each a button that gives the control `sets` its key; the last is the place.

    `top`: what is above all of them.
    """
    shown = shown_in(data_frame)
    if shown.problem:
        return html.Nav(className="steps")
    way = [("", top), *(zip(data_frame[key], data_frame[name], strict=True) if not data_frame.empty else ())]
    parts: list[html.Button | html.Span] = []
    for place, (value, label) in enumerate(way):
        if place == len(way) - 1:
            parts.append(html.Span(label, className="step-here"))
        else:
            parts += [
                html.Button(label, className="step", **pick(sets, value)),
                html.Span("›", className="step-between"),
            ]
    return html.Nav(parts, className="steps", **{"aria-label": "Path"})
