"""`wiseparts check`: whether everything can be reached and used, and what keeps files from being imported."""

from typing import Annotated

import typer

from wiseparts_pipeline.cli.checks import run_checks
from wiseparts_pipeline.cli.trying import try_live


def check(
    live: Annotated[
        str | None,
        typer.Option(
            "--live", metavar="CONNECTION", help="Try one service instead, of a connection or system: itscope."
        ),
    ] = None,
    no_order: Annotated[
        bool, typer.Option("--no-order", help="With `--live`: send no order to the test supplier.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print everything found as JSON.")] = False,
) -> None:
    """Connect to every source, the database and the mail server, and name the files that are not imported, and why.

    Also the records that are not delivered or collected. Nothing is changed: an empty hidden file is created in each
    folder, and a hidden folder in those of exporters, and removed at once.

    `--live` asks a service, with your account, what its description leaves open. It also sends an order to the
    supplier that is there for that, where an exporter says who orders. It prints a report without secrets, which can be
    sent to whoever maintains this.

    Exit status: 0 all is well · 1 something cannot be reached or used · 3 something is left that is not imported or
    delivered · 2 configuration.
    """
    if live is not None:
        try_live(live, with_order=not no_order, as_json=as_json)
    if no_order:
        raise typer.BadParameter("goes with --live only", param_hint="--no-order")
    run_checks(with_health=False, as_json=as_json)
