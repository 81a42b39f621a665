"""Output of commands: results on stdout, as tables or JSON; progress and errors on stderr."""

import json
import re
import shutil
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console, JustifyMethod
from rich.measure import Measurement
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

Row = Mapping[str, Any]

# Of typer: errors are single lines without a box around them, so that they can be searched for.
PLAIN: dict[str, Any] = {"add_completion": False, "pretty_exceptions_enable": False, "rich_markup_mode": None}

# Files and pipes have no width: one line per row, however long.
WIDTH_OF_NO_TERMINAL = 10_000

_CONTROL_CHARACTERS = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


def _console(*, stderr: bool) -> Console:
    width = None if (sys.stderr if stderr else sys.stdout).isatty() else WIDTH_OF_NO_TERMINAL
    return Console(stderr=stderr, width=width, markup=False, emoji=False, highlight=False)


out = _console(stderr=False)
err = _console(stderr=True)


def complain(message: str) -> None:
    """Print an error on stderr."""
    err.print(_text(message), style="red", soft_wrap=True)


def program() -> str:
    """How to call `wiseparts` from the current folder."""
    if shutil.which("wiseparts"):
        return "wiseparts"
    here, path = Path.cwd(), Path(sys.argv[0]).absolute()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)


def print_json(value: Any) -> None:
    """One JSON document: decimals as strings, dates and times in ISO 8601."""
    sys.stdout.write(json.dumps(value, default=_plain, ensure_ascii=False, indent=2) + "\n")


def _plain(value: Any) -> str:
    return value.isoformat() if isinstance(value, date | datetime) else str(value)


def print_report(rows: Sequence[Row], columns: Iterable[str] | None = None, *, title: str | None = None) -> None:
    """Print rows, with digits grouped. `columns`: only these, in this order, instead of those of the first row."""
    table = Table(title=title, title_justify="left", title_style="bold", box=SIMPLE_HEAD, show_edge=False, padding=0)
    names = list(columns if columns is not None else rows[0] if rows else [])
    for name in names:
        table.add_column(name.replace("_", " "), justify=_justify(rows, name), overflow="fold")
    for row in rows:
        table.add_row(*(_text(_grouped(row[name])) for name in names))
    out.print(table)
    out.print()


def print_rows(rows: Sequence[Row]) -> None:
    """Print rows unchanged; one column per line if they are wider than the screen."""
    names = list(rows[0]) if rows else []
    table = Table(box=SIMPLE_HEAD, show_edge=False)
    for name in names:
        table.add_column(_text(name), justify=_justify(rows, name))
    for row in rows:
        table.add_row(*(_text(_plain_text(row[name])) for name in names))
    unbounded = out.options.update(max_width=WIDTH_OF_NO_TERMINAL)
    if Measurement.get(out, unbounded, table).maximum <= out.width:
        out.print(table)
        return
    for number, row in enumerate(rows, 1):
        record = Table.grid(padding=(0, 2))
        for name in names:
            record.add_row(_text(name), _text(_plain_text(row[name])))
        out.print(Rule(f"row {number}", align="left", characters="-"), record)


def print_record(values: Row, *, title: str | None = None) -> None:
    """Print what one thing has, a value a line, with digits grouped."""
    record = Table.grid(padding=(0, 2))
    for name, value in values.items():
        record.add_row(name.replace("_", " "), _text(_grouped(value)))
    if title:
        out.print(title, style="bold")
    out.print(record)
    out.print()


def _justify(rows: Sequence[Row], name: str) -> JustifyMethod:
    return "right" if any(isinstance(row[name], int | float | Decimal) for row in rows) else "left"


def _grouped(value: Any) -> str:
    match value:
        case int() | Decimal() if not isinstance(value, bool):
            return f"{value:,}"
        case dict():
            return ", ".join(f"{name} {count:,}" for name, count in value.items())
    return _plain_text(value)


def _plain_text(value: Any) -> str:
    match value:
        case None:
            return ""
        case bool():
            return str(value).lower()
        case datetime():
            return value.strftime("%Y-%m-%d %H:%M:%S %Z")
        case dict() | list():
            return json.dumps(value, default=_plain, ensure_ascii=False)
    return str(value)


def _text(text: str) -> Text:
    return Text(printable(text))


def printable(text: str) -> str:
    """The text with control characters, which a terminal would interpret, written out."""
    return _CONTROL_CHARACTERS.sub(lambda found: f"\\x{ord(found[0]):02x}", text)
