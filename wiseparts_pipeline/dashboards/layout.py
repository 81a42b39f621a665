"""What all pages have in common: heads with day, build and currency, controls in the address, rows of figures."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import pandas as pd
import vizro.models as vm
from dash import dcc, get_relative_path, html
from vizro.managers import data_manager
from vizro.models.types import capture

from wiseparts_pipeline.dashboards.controls import Choice, Clicked, CurrencyChoice
from wiseparts_pipeline.dashboards.figures.formats import Unit, written
from wiseparts_pipeline.dashboards.marts import LIMIT, query
from wiseparts_pipeline.dashboards.questions import anchor
from wiseparts_pipeline.dashboards.service import BUILD, HIDDEN, Shown, load, shown_in

_GAP = "16px"


@dataclass(frozen=True)
class Control:
    """A value of a page's queries, by the name that they bind. `id`: in the address; by default `page-name`."""

    name: str
    selector: vm.VizroBaseModel
    id: str = ""

    def identity(self, page: str) -> str:
        return self.id or f"{page}-{self.name}"


def currency(page: str) -> Control:
    """The choice of a currency, which every page with amounts has: amounts of different ones are never added up."""
    selector = CurrencyChoice(
        id=f"{page}-currency-list", query=f"{page}/currencies", title="Currency", everything="The usual one"
    )
    return Control("currency", selector)


def choice(page: str, name: str, title: str, everything: str = "All", id: str = "") -> Control:
    """The choice of one of the rows, value and label, of the query `page/{name}_options`."""
    selector = Choice(
        id=f"{page}-{name}-list",
        query=f"{page}/{name}_options",
        name=name,
        address=id or f"{page}-{name}",
        title=title,
        everything=everything,
    )
    return Control(name, selector, id)


def clicked(page: str, name: str, id: str = "") -> Control:
    """A value that clicks on figures set: their `sets` is `{page}-{name}-value`."""
    return Control(name, Clicked(id=f"{page}-{name}-value"), id)


def report(
    name: str,
    title: str,
    rows: Sequence[Sequence[vm.Figure]],
    controls: Sequence[Control],
    questions: Sequence[str] = (),
    description: str = "",
) -> vm.Page:
    """A page at `/{name}`.

    A figure follows the controls that its query binds. If there is a newer build when one of them changes, the browser
    loads the whole page again, so that all of it is of one build.

    `rows`: figures side by side. `questions`: headings in docs/marts.md that the page answers.
    """
    with_money = any(control.name == "currency" for control in controls)
    head = vm.Figure(
        id=f"{name}-head",
        figure=page_head(
            f"{name}/currencies" if with_money else f"{name}/head",
            questions=tuple(questions),
            is_live=all(query(figure["data_frame"]).is_live for row in rows for figure in row),
        ),
    )
    figures = [head, *(figure for row in rows for figure in row)]
    for source in {figure["data_frame"] for figure in figures}:
        data_manager[source] = partial(_load, source)
    names = {control.name for control in controls}
    controlled = [
        vm.Parameter(
            id=control.identity(name),
            targets=[
                f"{figure.id}.data_frame.{control.name}"
                for figure in figures
                if figure is head or control.name in _followed(figure, names)
            ],
            selector=control.selector,
            show_in_url=True,
            visible=not isinstance(control.selector, Clicked),
        )
        for control in controls
    ]
    # The browser gives it the build that it shows, see `page_head`; it refreshes nothing.
    shown = vm.Parameter(
        id=f"{name}-{BUILD}",
        targets=[f"{figure.id}.data_frame.{BUILD}" for figure in figures],
        selector=Clicked(id=f"{name}-{BUILD}-value", actions=[]),
        visible=False,
    )
    containers = [
        vm.Container(components=list(row), layout=vm.Flex(direction="row", wrap=True, gap=_GAP)) for row in rows
    ]
    return vm.Page(
        # A control may have the page's name.
        id=f"{name}-page",
        title=title,
        path=f"/{name}",
        description=description or None,
        components=[head, *containers],
        controls=[*controlled, shown],
        layout=vm.Flex(direction="column", gap=_GAP),
    )


def _followed(figure: vm.Figure, controls: set[str]) -> set[str]:
    """What may change the figure; the usual currency may depend on what is chosen, too."""
    wanted = query(figure["data_frame"])
    bound = set(wanted.parameters)
    followed = wanted.followed if bound - controls - {LIMIT, HIDDEN} else bound
    return followed | (set(query(f"{wanted.page}/currencies").parameters) if "currency" in bound else set())


def _load(source: str, **state: Any) -> pd.DataFrame:
    return load(source, state)


@capture("figure")
def page_head(data_frame: pd.DataFrame, questions: tuple[str, ...] = (), is_live: bool = False) -> html.Div:
    """What day the page is as of, when the marts were built, its currency, and the questions that it answers.

    `is_live`: whether all of the page is as of now, whenever the marts were built.
    """
    shown = shown_in(data_frame)
    if shown.is_outdated:
        return html.Div([_build(shown, ""), "The marts have just been built: the page is loaded again."])
    if shown.build is None:
        return html.Div(html.P(shown.problem, className="problem"), className="page-head")
    day = "now" if is_live else written(shown.build.as_of, Unit.DAY)
    texts = [
        f"As of {day}, the last day of the demo's sample" if shown.build.is_demo and not is_live else f"As of {day}",
        f"marts built {_moment(shown.build.built_at, shown.build.timezone)}",
    ]
    if shown.build.others:
        texts.append(f"{shown.build.others} marts are as of another day: run `wiseparts build`")
    if shown.build.failures:
        texts.append("parts of the last build have failed, so that some figures may be older")
    if shown.currency:
        texts.append(f"amounts in {shown.currency}")
    return html.Div(
        [_build(shown, shown.build.id), html.Span(" · ".join(texts)), _answers(questions) if questions else None],
        className="page-head",
    )


def _build(shown: Shown, build: str) -> dcc.Store:
    """Tells the browser which build it shows; with none, to load the page again."""
    return dcc.Store(id={"type": BUILD, "sets": f"{shown.page}-{BUILD}-value"}, data=build)


def _answers(questions: tuple[str, ...]) -> html.Details:
    links = [
        html.Li(html.A(question, href=f"{get_relative_path('/questions')}#{anchor(question)}", target="_blank"))
        for question in questions
    ]
    return html.Details([html.Summary("Questions that this page answers"), html.Ul(links)])


def _moment(moment: Any, timezone: str) -> str:
    return written(pd.Timestamp(moment).tz_convert(timezone), Unit.MOMENT)


def state_of(parameters: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """The values of a page's controls from the query of an address."""
    return {name: values[0] if len(values) == 1 else list(values) for name, values in parameters.items()}
