"""What the figures of a page are given: rows of one build, or the sentence that says why there are none."""

import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import pandas as pd
from flask import current_app, g

from wiseparts_pipeline.dashboards.access import Access
from wiseparts_pipeline.dashboards.builds import Build, BuildChangedError, Reading, Results
from wiseparts_pipeline.dashboards.imported import kinds_of
from wiseparts_pipeline.dashboards.marts import LIMIT, READ_SECONDS, ReportError, Result, pages, query, scope_of

LOG = logging.getLogger("wiseparts.dashboards")
# How the application keeps it, and what a data frame carries.
EXTENSION = "wiseparts_dashboards"
SHOWN = "shown"
MOST_ROWS = 500
# Of a control's value.
MOST_LETTERS = 200
NOTHING_LIKE_IT = "\N{REPLACEMENT CHARACTER}"
# What queries bind: the pages that the user may not see.
HIDDEN = "hidden"
# The build that a browser shows, among the values of a page's controls; empty when it opens the page.
BUILD = "build"


@dataclass(frozen=True)
class Shown:
    """What a figure shows. `state`: the values of the page's controls, with the currency that is shown.

    `problem`: why there is no result. `nothing`: why there are no rows, if not for what is chosen. `texts`:
    descriptions of the marts and, by `mart.column`, of their columns. `is_outdated`: what else the browser shows is of
    an earlier build, so that this figure stays as it is.
    """

    name: str
    state: Mapping[str, Any]
    result: Result | None = None
    problem: str = ""
    build: Build | None = None
    texts: Mapping[str, str] = field(default_factory=dict)
    is_outdated: bool = False
    nothing: str = ""

    def __deepcopy__(self, memo: object) -> "Shown":
        # pandas copies what is attached to a data frame; nobody changes this.
        return self

    @property
    def page(self) -> str:
        return self.name.partition("/")[0]

    @property
    def currency(self) -> str:
        return str(self.state.get("currency") or "")

    def why(self, empty: str) -> str:
        """Why there is nothing to see: `empty` if figures of the kind are there, but none for what is chosen."""
        return self.problem or self.nothing or empty


@dataclass(frozen=True)
class Service:
    """Reads for requests: all that a request reads is of one build, and takes no longer than READ_SECONDS."""

    results: Results
    access: Access

    def reading(self) -> Reading:
        """The build that this request reads. Raises ReportError, the same one each time."""
        if "reading" not in g:
            g.until = g.get("until", time.monotonic() + READ_SECONDS)
            try:
                g.reading = self.results.begin(g.until)
            except ReportError as error:
                g.reading = error
        found: Reading | ReportError = g.reading
        if isinstance(found, ReportError):
            raise found
        return found

    def shown(self, name: str, state: Mapping[str, Any], *, limited: bool = True) -> Shown:
        """The result of a query for these values of the page's controls, or why there is none.

        `limited`: no more rows than a table can show. Raises KeyError if there is no such query.
        """
        shown = self._shown(name, state, limited=limited)
        looked_at = shown.page if limited else f"{name}.csv"
        g.setdefault("looked_at", {}).setdefault(looked_at, {}).update(shown.state)
        return shown

    def note(self) -> None:
        """Log what this request has looked at."""
        for what, state in g.pop("looked_at", {}).items():
            self.access.note(what, as_query(state))

    def _shown(self, name: str, state: Mapping[str, Any], *, limited: bool = True) -> Shown:
        page = name.partition("/")[0]
        given: dict[str, Any] = {control: _plain(value) for control, value in state.items()}
        if not self.access.may_see(page):
            return Shown(name, given, problem="You may not see this page: ask whoever runs the dashboards.")
        try:
            reading = self.reading()
            if given.pop(BUILD, None) not in (None, reading.build.id):
                return Shown(name, given, is_outdated=True)
            if "currency" in {*given, *query(name).parameters}:
                given["currency"] = given.get("currency") or next(iter(self._currencies(reading, page, given)), None)
            scope = self._scope(reading, page, given)
            bound = {LIMIT: MOST_ROWS if limited else None, HIDDEN: self.access.hidden(pages())}
            result = self.results.read(reading, name, given | scope | bound)
            nothing = "" if result.rows else scope.get("nothing") or self._never_imported(reading, name)
            texts = self.results.descriptions(reading)
            return Shown(name, given, result, "", reading.build, texts, nothing=nothing)
        except BuildChangedError as error:
            g.build_changed = True
            return Shown(name, given, problem=str(error))
        except ReportError as error:
            # The same for all figures of the page, unless it is about this query.
            if g.get("problem") != str(error):
                LOG.warning("%s: %s (%s)", name, error, " ".join(str(error.__cause__ or "").split()))
            g.problem = str(error)
            return Shown(name, given, problem=str(error))

    def options(self, name: str, state: Mapping[str, Any]) -> list[tuple[str, str]]:
        """The values and labels that a control offers, the first two columns of a query; none if it cannot be read."""
        shown = self._shown(name, state)
        return [(str(row[0]), str(row[-1])) for row in shown.result.rows] if shown.result else []

    def currencies(self, page: str) -> list[str]:
        """Those that the page offers, that which is shown at first in front; none if they cannot be read."""
        if not self.access.may_see(page):
            return []
        try:
            return self._currencies(self.reading(), page, {})
        except ReportError:
            return []

    def _scope(self, reading: Reading, page: str, given: Mapping[str, Any]) -> dict[str, Any]:
        """What these values stand for, by the names under which the page's queries bind it."""
        wanted = scope_of(page)
        if wanted is None:
            return {}
        found = self.results.read(reading, wanted.name, given)
        return dict(zip(found.columns, found.rows[0], strict=True))

    def _never_imported(self, reading: Reading, name: str) -> str:
        kinds = kinds_of(query(name).marts)
        is_any = any(not self.results.is_empty(reading, kind.mart) for kind in kinds)
        return "" if is_any else " ".join(kind.sentence for kind in kinds)

    def _currencies(self, reading: Reading, page: str, given: Mapping[str, Any]) -> list[str]:
        """The reporting currency first, then as the page's query has them, the one that is used most in front."""
        found = [str(row[0]) for row in self.results.read(reading, f"{page}/currencies", given).rows]
        return sorted(found, key=lambda currency: currency != reading.build.reporting_currency)


def service() -> Service:
    """That of the application which is answering."""
    found: Service = current_app.extensions[EXTENSION]
    return found


def load(name: str, state: Mapping[str, Any]) -> pd.DataFrame:
    """The rows of a figure as Vizro wants them, with what is shown attached; empty if there are none."""
    shown = service().shown(name, state)
    frame = shown.result.frame() if shown.result else pd.DataFrame()
    frame.attrs[SHOWN] = shown
    return frame


def shown_in(frame: pd.DataFrame) -> Shown:
    """What `load` has attached."""
    found: Shown = frame.attrs[SHOWN]
    return found


def as_query(state: Mapping[str, Any]) -> str:
    """What is chosen on a page, as the query of an address."""
    return urlencode([(control, value) for control, value in state.items() if value])


def _plain(value: Any) -> str | None:
    """A control's value as text; an address may have anything in its place, which then finds nothing."""
    if value is None or value in ("", []):
        return None
    text = str(value) if isinstance(value, str | int | float) else NOTHING_LIKE_IT
    # What the database cannot have in a text: NUL, and half of a pair of surrogates.
    can_be = len(text) <= MOST_LETTERS and "\0" not in text and text.encode(errors="ignore").decode() == text
    return text if can_be else NOTHING_LIKE_IT


def begin() -> None:
    """Read the build of now from here on in this request."""
    g.pop("reading", None)
    g.build_changed = False


def has_changed() -> bool:
    """Whether something could not be read of the same build as the rest."""
    return bool(g.get("build_changed"))
