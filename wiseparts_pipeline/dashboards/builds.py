"""Which build of the marts is shown, and its results, which all workers of the server share.

While a build runs the marts are partly of the one and partly of the other. What is shown then is what has been kept of
the last complete build.
"""

import json
import os
import shutil
import threading
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

from cachelib.file import FileSystemCache

from wiseparts_pipeline.dashboards.marts import LIMIT, READ_SECONDS, TOTAL, Marts, Query, ReportError, Result, query
from wiseparts_pipeline.home import private, subfolder

# How many results are kept of a build; none has more rows than its query's limit. Whatever is chosen makes others, so
# that the oldest are dropped. The cache loses count when several workers write, until it counts again.
RESULTS = 2_000
RESULTS_UNTIL_COUNTED = 100
KEPT_SECONDS = 30 * 24 * 60 * 60
WAIT_SECONDS = 5
POLL_SECONDS = 0.2
_STATE = """
    select version, built_at, as_of, is_demo, reporting_currency, timezone, failures, marts_of_other_days, is_running
    from marts.last_build
"""
_DESCRIPTIONS = """
    select relname || coalesce('.' || attname, ''), description
    from pg_description
    inner join pg_class on pg_class.oid = objoid
    left join pg_attribute on attrelid = objoid and attnum = objsubid and attnum > 0
    where classoid = 'pg_class'::regclass and relnamespace = 'marts'::regnamespace
"""


class BuildChangedError(ReportError):
    """The marts were built while they were read: what is shown together has to be read again."""


@dataclass(frozen=True)
class Build:
    """The marts as a build has left them, complete or not.

    `is_demo`: as of the last day of the sample. `failures`: the models and tests that failed in it. `others`: how many
    marts are as of another day.
    """

    id: str
    built_at: datetime
    as_of: date
    is_demo: bool
    reporting_currency: str | None
    timezone: str
    failures: int
    others: int


@dataclass
class Reading:
    """What is shown together, in an answer of the server: all of one build.

    `until`: when all of it has to be read. `wait_until`: for a running build.
    """

    build: Build
    until: float
    wait_until: float = field(default_factory=lambda: time.monotonic() + WAIT_SECONDS)


class Results:
    """The results of queries: those of the last complete build, kept in the state folder."""

    def __init__(self, marts: Marts, folder: Path | None = None) -> None:
        self._marts = marts
        self._folder = folder or subfolder("dashboards")
        self._latest: tuple[Build | None, FileSystemCache | None] = None, None
        self._uncounted = 0

    def begin(self, until: float | None = None) -> Reading:
        """The last complete build, to read from. Raises ReportError if there is none, or it cannot be known.

        `until`: when all has to be read, as `time.monotonic` has it; by default 15 s from now.
        """
        ends = time.monotonic() + READ_SECONDS if until is None else until
        build, is_running = self._state(ends)
        if is_running:
            return Reading(self._last_complete() or build, ends)
        self._note_complete(build)
        return Reading(build, ends)

    def read(self, reading: Reading, name: str, state: Mapping[str, Any]) -> Result:
        """The result of the query with those of these values that it takes; all others are null.

        Raises ReportError, and BuildChangedError if it cannot be had of the build that is read.
        """
        wanted = query(name)
        return self._read(reading, wanted, {parameter: state.get(parameter) for parameter in wanted.parameters})

    def is_empty(self, reading: Reading, mart: str) -> bool:
        """Whether the mart, a name of ours, has no rows. Raises as `read` does."""
        found = self._read(reading, Query(mart, f"select exists (select from marts.{mart})"), {})  # noqa: S608
        return not found.rows[0][0]

    def _read(self, reading: Reading, wanted: Query, parameters: Mapping[str, Any]) -> Result:
        if wanted.is_live:
            return self._run(wanted, parameters, reading)
        kept = self._kept(reading.build)
        key = json.dumps([wanted.name, wanted.text, parameters], default=str)
        result: Result | None = kept.get(key)
        if result is None:
            self._wait(reading)
            result = self._run(wanted, parameters, reading)
            if self._state(reading.until) != (reading.build, False):
                raise BuildChangedError("The marts have just been built: open the page again.")
            # Not whole lists for export, and not what anybody's made-up filters do not find.
            if result.rows and parameters.get(LIMIT, 1) is not None:
                self._keep(kept, key, result)
        return result

    def descriptions(self, reading: Reading) -> dict[str, str]:
        """Of the marts, by `mart`, and of their columns, by `mart.column`."""
        kept = self._kept(reading.build)
        found: dict[str, str] | None = kept.get("descriptions")
        if found is None:
            found = dict(self._marts.run(_DESCRIPTIONS, until=reading.until)[1])
            self._keep(kept, "descriptions", found)
        return found

    def _state(self, until: float) -> tuple[Build, bool]:
        _, rows = self._marts.run(_STATE, until=until)
        *build, is_running = rows[0]
        if build[1] is None:
            raise ReportError("The marts are not built yet: run `wiseparts build`.")
        return Build(*build), is_running

    def _wait(self, reading: Reading) -> None:
        """For a running build, but not for long. Raises BuildChangedError once it has ended."""
        while (state := self._state(reading.until)) != (reading.build, False):
            if not state[1]:
                raise BuildChangedError("The marts have just been built: open the page again.")
            if time.monotonic() > reading.wait_until:
                raise ReportError("The reports are being rebuilt. They are here again in a moment.")
            time.sleep(POLL_SECONDS)

    def _run(self, wanted: Query, parameters: Mapping[str, Any], reading: Reading) -> Result:
        columns, rows = self._marts.run(wanted.text, parameters, reading.until)
        total = len(rows)
        if TOTAL in columns:
            place = columns.index(TOTAL)
            total = rows[0][place] if rows else 0
            columns = columns[:place] + columns[place + 1 :]
            rows = [row[:place] + row[place + 1 :] for row in rows]
        return Result(columns, rows, total, reading.build.timezone)

    def _kept(self, build: Build) -> FileSystemCache:
        known, kept = self._latest
        if kept is None or known != build:
            # To make one takes longer than to read a result, as it counts the files.
            folder = private(self._results / build.id)
            kept = FileSystemCache(str(folder), threshold=RESULTS, default_timeout=KEPT_SECONDS)
            self._latest = build, kept
        return kept

    def _keep(self, kept: FileSystemCache, key: str, found: Any) -> None:
        kept.set(key, found)
        self._uncounted += 1
        if self._uncounted >= RESULTS_UNTIL_COUNTED:
            self._uncounted, self._latest = 0, (None, None)

    @property
    def _results(self) -> Path:
        return private(self._folder) / "results"

    @property
    def _complete(self) -> Path:
        return private(self._folder) / "complete.json"

    def _last_complete(self) -> Build | None:
        try:
            found = json.loads(self._complete.read_text(encoding="utf-8"))
        except (FileNotFoundError, json.JSONDecodeError):
            return None
        if found.keys() != Build.__dataclass_fields__.keys():
            # Of another release.
            return None
        moment, day = datetime.fromisoformat(found.pop("built_at")), date.fromisoformat(found.pop("as_of"))
        return Build(**found, built_at=moment, as_of=day)

    def _note_complete(self, build: Build) -> None:
        """For when the next one is running; the results of earlier ones are deleted."""
        if self._last_complete() == build:
            return
        # Other workers note it as well.
        written = self._complete.with_suffix(f".{os.getpid()}-{threading.get_ident()}")
        written.write_text(json.dumps(asdict(build), default=str), encoding="utf-8")
        written.replace(self._complete)
        for folder in self._results.glob("*"):
            if folder.name != build.id:
                shutil.rmtree(folder, ignore_errors=True)
