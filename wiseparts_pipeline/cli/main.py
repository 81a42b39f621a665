"""The command line: `wiseparts COMMAND`. Errors become one message on stderr and an exit status."""

import signal
import sys
from importlib import import_module
from importlib.metadata import version
from typing import Annotated, Any, NoReturn

import psycopg
import typer
import typer.main
from typer.core import TyperGroup

from wiseparts_pipeline.cli.output import PLAIN, complain
from wiseparts_pipeline.errors import WisepartsError

# Each is a function, or has commands of its own, in the module of the same name in `commands`; a name that Python
# reserves ends with `_` there.
COMMANDS = (
    "init",
    "demo",
    "dev",
    "dashboards",
    "import",
    "pull",
    "pulls",
    "matches",
    "download",
    "lookup",
    "serve",
    "api-key",
    "export",
    "exports",
    "build",
    "docs",
    "log",
    "errors",
    "check",
    "doctor",
    "alert",
    "freshness",
    "prune",
    "backup",
    "restore",
    "forget",
    "trace",
    "export-ids",
    "inspect",
    "template",
    "validate",
    "sql",
    "roles",
)


class _Commands(TyperGroup):
    """Imports a command's module only when it is used: most need much that the others do not."""

    def list_commands(self, ctx: Any) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name not in COMMANDS:
            return None
        name = {"import": "import_"}.get(cmd_name, cmd_name.replace("-", "_"))
        found = getattr(import_module(f"wiseparts_pipeline.cli.commands.{name}"), name)
        if isinstance(found, typer.Typer):
            return typer.main.get_command(found)
        app = typer.Typer(**PLAIN)
        app.command(cmd_name)(found)
        return typer.main.get_command(app)


app = typer.Typer(
    cls=_Commands,
    help="Files of a parts distributor in, validated tables and marts out.",
    no_args_is_help=True,
    **PLAIN,
)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"wiseparts {version('wiseparts-pipeline')}")
        raise typer.Exit


@app.callback()
def _wiseparts(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    pass


def main() -> None:
    """Run the command that the arguments name."""
    # So that what is running is shut down properly.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    try:
        app()
    except WisepartsError as error:
        _fail(str(error), error.exit_status)
    except psycopg.Error as error:
        _fail(f"Database error: {error}", 1)
    except OSError as error:
        _fail(f"{error.filename}: {error.strerror}" if error.filename else str(error), 1)


def _fail(message: str, status: int) -> NoReturn:
    complain(message)
    sys.exit(status)


if __name__ == "__main__":
    main()
