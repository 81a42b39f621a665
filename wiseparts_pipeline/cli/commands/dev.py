"""`wiseparts dev`: the database, the SFTP server and Dagster, until stopped."""

import signal
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from itertools import count
from typing import Annotated

import typer

from wiseparts_pipeline.alerts.outage import DatabaseAlert
from wiseparts_pipeline.alerts.watch import NobodyIsTold, mail_for, watch_database
from wiseparts_pipeline.cli.output import complain, err, out, program
from wiseparts_pipeline.cli.ports import refuse_taken
from wiseparts_pipeline.cli.servers import dashboards, service
from wiseparts_pipeline.cli.servers.running import Server
from wiseparts_pipeline.cli.stack import running_sources
from wiseparts_pipeline.config.loader import Configuration
from wiseparts_pipeline.dbt.dashboards_url import dashboards_url
from wiseparts_pipeline.dbt.day import about_sample_day, sample_day
from wiseparts_pipeline.errors import WisepartsError
from wiseparts_pipeline.home import home, subfolder
from wiseparts_pipeline.transport.embedded import USER, EmbeddedSftp
from wiseparts_pipeline.warehouse import Warehouse

HOST = "127.0.0.1"
CHECK_SECONDS = 1
DATABASE_SECONDS = 60
CODE_SERVER_SECONDS = 10


def dev(
    port: Annotated[int, typer.Option(min=1, max=65535, help="The port of Dagster's UI.")] = 3000,
    sftp_port: Annotated[
        int, typer.Option(min=0, max=65535, help="The port of the SFTP server, or a free one if it is in use.")
    ] = 2222,
    dashboards_port: Annotated[
        int, typer.Option(min=0, max=65535, help="The port of the dashboards where they are installed; 0 for none.")
    ] = 8050,
    service_port: Annotated[
        int,
        typer.Option(
            min=0, max=65535, help="The port of look-ups, if there are any and the service is installed; 0 for none."
        ),
    ] = 3001,
) -> None:
    """Run everything, with Dagster's UI, sensors and schedules on, until Ctrl-C.

    Nothing is left running afterwards.
    """
    # Dagster's lineage has links to it.
    dashboards_url()
    dashboards_port = dashboards_port if dashboards.are_installed() else 0
    refuse_taken(port, HOST, "Dagster's UI")
    refuse_taken(dashboards_port, HOST, "the dashboards", "--dashboards-port")
    # Shut down properly on either signal.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    # Loading Dagster takes seconds, which the other commands do not have to wait for.
    err.print("Loading Dagster")
    from wiseparts_pipeline.orchestration.runtime.stack import running_dagster

    try:
        with running_sources(port=sftp_port) as (configuration, server), Warehouse.open() as warehouse:
            service_port = service_port if configuration.live and service.is_installed() else 0
            refuse_taken(service_port, HOST, "look-ups", "--service-port")
            err.print("Starting Dagster's web server and daemon: this takes about 20 s")
            environment = server.environment() if server else {}
            with (
                running_dagster(warehouse, port, environment) as dagster,
                _others(warehouse, dashboards_port, service_port) as others,
            ):
                _describe(dagster.url, configuration, server, others)
                _tell_day_of_demo(warehouse)
                database = _database_alert(configuration)
                for seconds in count(CHECK_SECONDS, CHECK_SECONDS):
                    dagster.check()
                    time.sleep(CHECK_SECONDS)
                    if seconds % CODE_SERVER_SECONDS == 0 and dagster.revive():
                        complain("Dagster's code server had ended: it is started again.")
                    for ended in [each for each in others if each.has_ended()]:
                        complain(
                            f"The server of {ended.name} has ended; the end of {ended.log} says why. All else goes on."
                        )
                        others.remove(ended)
                    if seconds % DATABASE_SECONDS == 0:
                        for problem in watch_database(database):
                            complain(problem)
    except KeyboardInterrupt:
        err.print("Stopped")


def _database_alert(configuration: Configuration) -> DatabaseAlert | None:
    """Whom to tell that the database fails, of which Dagster, which needs it, cannot tell."""
    try:
        return DatabaseAlert(home(), configuration.alerts, mail_for(configuration))
    except NobodyIsTold:
        return None


@contextmanager
def _others(warehouse: Warehouse, dashboards_port: int, service_port: int) -> Iterator[list[Server]]:
    """The dashboards and look-ups, where they are installed and start; all else goes on without them."""
    starting: list[AbstractContextManager[Server]] = []
    if dashboards_port:
        log = subfolder("dashboards") / "dashboards.log"
        starting.append(dashboards.running_dashboards(warehouse, HOST, dashboards_port, log))
    if service_port:
        starting.append(service.running_service(warehouse, HOST, service_port, subfolder("logs") / "look-ups.log"))
    with ExitStack() as stack:
        running = []
        for each in starting:
            try:
                running.append(stack.enter_context(each))
            except WisepartsError as error:
                complain(f"{error} All else goes on.")
        yield running


def _describe(url: str, configuration: Configuration, server: EmbeddedSftp | None, others: list[Server]) -> None:
    out.print(f"\nDagster's UI     {url}", style="bold")
    for other in others:
        out.print(f"{other.name.removeprefix('the ').capitalize():<16} {other.url}", style="bold")
    if server is not None:
        options = f"-i {server.key} -o UserKnownHostsFile={server.known_hosts} -P {server.port}"
        importers = configuration.importers.values()
        folders = sorted({importer.folder for importer in importers if importer.source in configuration.sources})
        out.print(f"Drop files with  sftp {options} {USER}@{server.host}", soft_wrap=True)
        out.print(f"or into          {server.root}", soft_wrap=True)
        out.print(f"Folders          {', '.join(folders)}", soft_wrap=True)
    out.print(f"Query with       {program()} sql")
    out.print("Stop with        Ctrl-C")


def _tell_day_of_demo(warehouse: Warehouse) -> None:
    with warehouse.connect() as connection:
        day = sample_day(connection)
    out.print(f"The marts are    {about_sample_day(day)}\n" if day else "", soft_wrap=True)
