"""The frame of every figure: its title, (i), CSV, and the sentence that says why there is nothing to see."""

from dash import get_relative_path, html
from dash.development.base_component import Component

from wiseparts_pipeline.dashboards.service import Shown, as_query

# Of a table or a list: there may be more rows than it shows.
_MORE = "{shown:,} of {total:,}; the CSV has all"


def panel(shown: Shown, title: str, about: str, empty: str, content: Component | None, *, note: str = "") -> html.Div:
    """The content in its frame.

    `about`: the column, `mart.column`, or the mart whose description the (i) shows. `empty`: what is written if the
    content is None because nothing was found.
    """
    if content is None:
        content = html.P(shown.why(empty), className="empty")
    note = note or _more(shown)
    return html.Div(
        [
            html.Div(
                [
                    html.H3([title, html.Span(note, className="note")] if note else title, className="panel-title"),
                    information(shown.texts.get(about, "")),
                    download(shown) if shown.result else None,
                ],
                className="panel-head",
            ),
            content,
        ],
        className="panel",
    )


def information(text: str) -> Component | None:
    """An (i) that shows this text."""
    if not text:
        return None
    said = {"data-hint": text, "aria-label": text}
    return html.Span("info", className="material-symbols-outlined panel-icon hint", tabIndex="0", **said)


def download(shown: Shown) -> Component:
    """A link to the rows as CSV, all of them and with exact decimals."""
    return html.A(
        html.Span("download", className="material-symbols-outlined panel-icon"),
        href=f"{get_relative_path(f'/export/{shown.name}.csv')}?{as_query(shown.state)}",
        title="Export as CSV",
        **{"aria-label": "Export as CSV"},
    )


def _more(shown: Shown) -> str:
    result = shown.result
    if result is None or result.total <= len(result.rows):
        return ""
    return _MORE.format(shown=len(result.rows), total=result.total)
