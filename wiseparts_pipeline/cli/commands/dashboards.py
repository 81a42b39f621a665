"""`wiseparts dashboards`: pages on the marts, for a browser, until stopped."""

import os
import signal
import time
from typing import Annotated

import typer

from wiseparts_pipeline.cli.output import err, out
from wiseparts_pipeline.cli.ports import is_loopback, refuse_taken
from wiseparts_pipeline.cli.servers.dashboards import are_installed, running_dashboards
from wiseparts_pipeline.errors import ConfigurationError, WisepartsError
from wiseparts_pipeline.warehouse import Role, Warehouse

USER_HEADER = "WISEPARTS_DASHBOARDS_USER_HEADER"
CHECK_SECONDS = 1


def dashboards(
    port: Annotated[int, typer.Option(min=1, max=65535, help="The port of the pages.")] = 8050,
    host: Annotated[str, typer.Option(help="The address to listen at; others than this machine's need a login.")] = (
        "127.0.0.1"
    ),
) -> None:
    """Show what the marts say as pages for a browser, until Ctrl-C.

    They read the marts as the read-only analyst. Whoever can open the address sees everything, unless a reverse proxy
    names the user in the header of WISEPARTS_DASHBOARDS_USER_HEADER.
    """
    if not are_installed():
        raise WisepartsError(
            "The dashboards are an optional part that is not installed here:"
            " pip install 'wiseparts-pipeline[dashboards]'"
        )
    if not (is_loopback(host) or os.environ.get(USER_HEADER)):
        raise ConfigurationError(
            f"--host {host} would show everything to everybody who can reach it: put a reverse proxy with a login"
            f" before it, and set {USER_HEADER} to the header in which that names the user."
        )
    refuse_taken(port, host, "the dashboards")
    # Shut down properly on either signal.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with Warehouse.open(role=Role.ANALYST) as warehouse:
            err.print("Starting the dashboards")
            with running_dashboards(warehouse, host, port) as running:
                out.print(f"Dashboards  {running.url}", style="bold")
                out.print("Stop with   Ctrl-C")
                while not running.has_ended():
                    time.sleep(CHECK_SECONDS)
                raise WisepartsError("The server of the dashboards has ended.")
    except KeyboardInterrupt:
        err.print("Stopped")
