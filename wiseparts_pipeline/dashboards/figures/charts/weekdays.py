"""Heat maps of weekdays by hour."""

import pandas as pd
from dash import html
from markupsafe import Markup

from wiseparts_pipeline.dashboards.figures.formats import Unit, written
from wiseparts_pipeline.dashboards.figures.kinds import kind
from wiseparts_pipeline.dashboards.figures.markup import markup, tag
from wiseparts_pipeline.dashboards.figures.panel import panel
from wiseparts_pipeline.dashboards.service import shown_in

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


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
    """A table of weekdays, 1 for Monday, by hour; the higher its number, the darker is a cell.

    Days at the end of the week without any row are left out.
    """
    shown = shown_in(data_frame)
    if data_frame.empty:
        return panel(shown, title, about, empty, None)
    values = {(int(row[weekday]), int(row[hour])): row[value] for _, row in data_frame.iterrows()}
    hours = range(min(each for _, each in values), max(each for _, each in values) + 1)
    numbers = [float(each) for each in values.values() if pd.notna(each)] or [0.0]
    low, high = min(numbers), max(numbers)

    def cell(day: int, hour: int) -> Markup:
        number = values.get((day, hour))
        if number is None or pd.isna(number):
            return tag("td")
        text = written(number, unit, shown.currency)
        heat = (float(number) - low) / ((high - low) or 1.0)
        return tag("td", text, title=f"{WEEKDAYS[day - 1]} {hour}:00: {text}", style=f"--heat: {heat:.0%}")

    head = tag("tr", tag("td"), *(tag("th", f"{each}:00", scope="col") for each in hours))
    rows = [
        tag("tr", tag("th", name, scope="row"), *(cell(day, each) for each in hours))
        for day, name in enumerate(WEEKDAYS[: max(day for day, _ in values)], start=1)
    ]
    content = tag("table", tag("thead", head), tag("tbody", *rows), aria_label=title, style=f"--hours: {len(hours)}")
    return panel(shown, title, about, empty, markup(content, "heat-box"))
