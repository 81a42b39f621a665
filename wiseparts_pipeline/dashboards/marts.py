"""Queries of the marts, one file each in `queries`, run as the read-only analyst."""

import atexit
import csv
import io
import re
import threading
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from time import monotonic
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
import psycopg

from wiseparts_pipeline.errors import WarehouseError, WisepartsError
from wiseparts_pipeline.formulas import escape
from wiseparts_pipeline.warehouse import Connection, Role, Warehouse

QUERIES = Path(__file__).parent / "queries"
# For all that a request reads.
READ_SECONDS = 15
# Views that are always up to date, so that what is read from them alone is not kept.
BUILDS = "last_build"
LIVE = {"import_log", "import_freshness", "export_log", BUILDS}
# What a query binds that does not list all its rows, and its column that says how many there are.
LIMIT = "limit"
TOTAL = "total_rows"
# Of a page's queries, the one that says what the values of its controls stand for.
SCOPE = "scope"

_PARAMETER = re.compile(r"%\((\w+)\)s")
_MART = re.compile(r"\bmarts\.(\w+)")
_TOO_LONG = f"This takes longer than {READ_SECONDS} s: open it again, or choose a part of it with the filters."


class ReportError(WisepartsError):
    """Why there are no figures, in a sentence for whoever looks at a page."""


@dataclass(frozen=True)
class Query:
    """A query by its name, `page/figure`, which is its path in `queries` without the extension."""

    name: str
    text: str

    @property
    def page(self) -> str:
        return self.name.partition("/")[0]

    @property
    def parameters(self) -> list[str]:
        """The names of what is bound."""
        return sorted(set(_PARAMETER.findall(self.text)))

    @property
    def followed(self) -> set[str]:
        """The names of what may change it: what it binds, and what that depends on."""
        scope = scope_of(self.page)
        return {*self.parameters, *(scope.parameters if scope else ())}

    @property
    def marts(self) -> set[str]:
        """What it reads."""
        return set(_MART.findall(self.text))

    @property
    def is_live(self) -> bool:
        """Whether it reads nothing else: what is read of both is kept, as all of it has to be of one build."""
        return self.marts <= LIVE


@dataclass(frozen=True)
class Result:
    """The rows of a query, with exact decimals. `total`: how many there are; more than these, if there is a limit."""

    columns: tuple[str, ...]
    rows: list[tuple[Any, ...]]
    total: int
    timezone: str = "UTC"

    def __deepcopy__(self, memo: object) -> "Result":
        # pandas copies what is attached to a data frame; nobody changes this.
        return self

    def frame(self) -> pd.DataFrame:
        """For a figure: amounts as floats, days and moments as datetime64, moments in the business time zone."""
        zone = ZoneInfo(self.timezone)
        rows = [[_for_figure(value, zone) for value in row] for row in self.rows]
        return pd.DataFrame(rows, columns=list(self.columns)).infer_objects()

    def csv(self) -> str:
        """With exact decimals, and moments in the business time zone; what a spreadsheet would run is made a text."""
        zone = ZoneInfo(self.timezone)
        text = io.StringIO()
        writer = csv.writer(text)
        writer.writerow(self.columns)
        writer.writerows([_for_file(value, zone) for value in row] for row in self.rows)
        return text.getvalue()


def _for_figure(value: Any, zone: ZoneInfo) -> Any:
    match value:
        case Decimal():
            return float(value)
        case datetime():
            return pd.Timestamp(value.astimezone(zone).replace(tzinfo=None))
        case date():
            return pd.Timestamp(value)
        case _:
            return value


def _for_file(value: Any, zone: ZoneInfo) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(zone).isoformat(sep=" ", timespec="seconds")
    return escape(value) if isinstance(value, str) else value


def pages() -> list[str]:
    """The names of the pages that have queries."""
    return sorted(path.name for path in QUERIES.iterdir() if path.is_dir())


@cache
def query(name: str) -> Query:
    """The query of this name. Raises KeyError if there is none."""
    path = QUERIES / f"{name}.sql"
    if not path.is_file():
        raise KeyError(name)
    return Query(name, path.read_text(encoding="utf-8"))


def scope_of(page: str) -> Query | None:
    """The page's query `scope`: one row, whose columns its other queries bind, such as the days of its period.

    A column `nothing` is written where a figure has no rows, unless it is null.
    """
    try:
        return query(f"{page}/{SCOPE}")
    except KeyError:
        return None


class Marts:
    """The marts of a warehouse, which is opened when it is needed and stays open; for several threads at a time."""

    def __init__(self, warehouse: Warehouse | None = None) -> None:
        self._warehouse = warehouse
        self._opening = threading.Lock()
        # Those that nobody uses at the moment.
        self._connections: deque[Connection] = deque()

    def run(
        self, text: str, parameters: Mapping[str, Any] | Sequence[Any] = (), until: float | None = None
    ) -> tuple[tuple[str, ...], list[Any]]:
        """The columns and rows. `until`: when it has to end, as `monotonic` has it. Raises ReportError."""
        ends = monotonic() + READ_SECONDS if until is None else until
        try:
            try:
                return self._run(text, parameters, ends)
            except (psycopg.OperationalError, WarehouseError) as error:
                if isinstance(error, psycopg.errors.QueryCanceled):
                    raise
                # The server may have been started again since, which the other connections have not noticed either.
                self.close()
                return self._run(text, parameters, ends)
        except psycopg.errors.QueryCanceled as error:
            raise ReportError(_TOO_LONG) from error
        except psycopg.errors.UndefinedTable as error:
            missing = _MART.search(error.diag.message_primary or "")
            if missing is None or missing[1] == BUILDS:
                raise ReportError("The marts are not built yet: run `wiseparts build`.") from error
            raise ReportError(f"{missing[1]} is not built: run `wiseparts build`.") from error
        except psycopg.errors.UndefinedColumn as error:
            raise ReportError("The marts are those of another release: run `wiseparts build`.") from error
        except (psycopg.OperationalError, WarehouseError) as error:
            raise ReportError("The database cannot be reached at the moment. Try again in a minute.") from error
        except psycopg.Error as error:
            raise ReportError(
                "This cannot be shown with these filters: reset them. If that does not help, the log of the dashboards"
                " says why."
            ) from error

    def close(self) -> None:
        """Close the connections that are not in use."""
        while self._connections:
            self._connections.pop().close()

    def _run(
        self, text: str, parameters: Mapping[str, Any] | Sequence[Any], until: float
    ) -> tuple[tuple[str, ...], list[Any]]:
        with self._connection() as connection:
            left = int(1000 * (until - monotonic()))
            if left <= 0:
                raise ReportError(_TOO_LONG)
            connection.execute("select set_config('statement_timeout', %s, false)", [f"{left}ms"])
            cursor = connection.execute(text.encode(), parameters)
            return tuple(column.name for column in cursor.description or ()), cursor.fetchall()

    @contextmanager
    def _connection(self) -> Iterator[Connection]:
        try:
            connection = self._connections.pop()
        except IndexError:
            connection = self._opened().connect(autocommit=True, read_only_analyst=True)
        try:
            yield connection
        except psycopg.OperationalError:
            connection.close()
            raise
        finally:
            if not connection.closed:
                self._connections.append(connection)

    def _opened(self) -> Warehouse:
        with self._opening:
            if self._warehouse is None:
                stack = ExitStack()
                self._warehouse = stack.enter_context(Warehouse.open(role=Role.ANALYST))
                atexit.register(stack.close)
            return self._warehouse
