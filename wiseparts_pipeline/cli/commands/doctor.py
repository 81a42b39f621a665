"""`wiseparts doctor`: everything that `check` looks at, and how the installation is doing as a whole."""

from typing import Annotated

import typer

from wiseparts_pipeline.cli.checks import run_checks


def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="Print everything found as JSON.")] = False,
) -> None:
    """Check everything, and what grows, waits or stands still: disk, clock, logins, feeds, builds, e-mails.

    Nothing is changed. The component `Alerts` names those who are told by e-mail, see `alert`.

    Exit status: 0 all is well · 1 something cannot be reached or used · 3 something should be looked into ·
    2 configuration.
    """
    run_checks(with_health=True, as_json=as_json)
