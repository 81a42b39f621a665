"""The command line: `wiseparts COMMAND`. Faults become one message on stderr and an exit status."""

import signal
import sys
from typing import NoReturn

import psycopg
import typer

from wiseparts_pipeline.cli.building import build
from wiseparts_pipeline.cli.check import check
from wiseparts_pipeline.cli.demo import demo
from wiseparts_pipeline.cli.dev import dev
from wiseparts_pipeline.cli.export_ids import export_ids
from wiseparts_pipeline.cli.import_command import import_command
from wiseparts_pipeline.cli.inspect import inspect
from wiseparts_pipeline.cli.log import log
from wiseparts_pipeline.cli.output import complain
from wiseparts_pipeline.cli.rejected import errors
from wiseparts_pipeline.cli.sql import sql
from wiseparts_pipeline.cli.template import template
from wiseparts_pipeline.cli.trace import trace
from wiseparts_pipeline.errors import WisepartsError

app = typer.Typer(
    help="Files of a parts distributor in, validated tables and marts out.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    # An error is one line that can be searched for, not a box.
    rich_markup_mode=None,
)
app.command("demo")(demo)
app.command("dev")(dev)
app.command("import")(import_command)
app.command("build")(build)
app.command("log")(log)
app.command("errors")(errors)
app.command("check")(check)
app.command("trace")(trace)
app.command("export-ids")(export_ids)
app.command("inspect")(inspect)
app.command("template")(template)
app.command("sql")(sql)


def main() -> None:
    """Run the command that the arguments name."""
    # What runs meanwhile is ended in order.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    try:
        app()
    except WisepartsError as error:
        _fail(str(error), error.exit_status)
    except psycopg.Error as error:
        _fail(f"The database says: {error}", 1)
    except OSError as error:
        _fail(f"The system says: {error.strerror}: {error.filename}" if error.filename else str(error), 1)


def _fail(message: str, status: int) -> NoReturn:
    complain(message)
    sys.exit(status)
