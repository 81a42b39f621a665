"""`wiseparts doctor`: everything that `check` looks at, and how the installation is doing as a whole."""

from typing import Annotated

import typer

from wiseparts_pipeline.cli.checks import run_checks


def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="Print everything found as JSON.")] = False,
) -> None:
    """Check everything, and what grows, waits or stands still: disk, clock, feeds, deferred rows, marts, e-mails.

    Nothing is changed. Run it from cron, and have its output mailed when its exit status is not 0.

    Exit status: 0 all is well · 1 something cannot be reached or used · 3 something should be looked into ·
    2 configuration.
    """
    run_checks(with_health=True, as_json=as_json)
