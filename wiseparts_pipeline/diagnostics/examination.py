"""Everything there is to find out about an installation: for `wiseparts check` and `doctor`, and for alerts."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from wiseparts_pipeline.config.connections.connection import ConnectionSettings
from wiseparts_pipeline.config.loader import Configuration
from wiseparts_pipeline.config.source import SourceSettings
from wiseparts_pipeline.dbt.day import about_sample_day, sample_day
from wiseparts_pipeline.diagnostics.connected import check_connection, check_pulls
from wiseparts_pipeline.diagnostics.findings import Finding, HealthKind, Kind, Level, SourceCheck
from wiseparts_pipeline.diagnostics.health import check_exports, check_health
from wiseparts_pipeline.diagnostics.logins import check_logins
from wiseparts_pipeline.diagnostics.matched import check_matches
from wiseparts_pipeline.diagnostics.sources.check import check_access, check_configuration, check_feeds, check_source
from wiseparts_pipeline.errors import ConfigurationError, WisepartsError
from wiseparts_pipeline.exporting import log
from wiseparts_pipeline.notify import MailSettings, mail_settings, probe
from wiseparts_pipeline.notify.settings import SMTP_URL
from wiseparts_pipeline.notify.wording import counted
from wiseparts_pipeline.warehouse import Warehouse

DATABASE = "database"
MAIL_SERVER = "mail server"
ALERTS = "alerts"

# A source or system that is down must not make the others wait.
_PLACES_AT_A_TIME = 8
# An alert need not wait for a source as long as an import does; see TICK_TIMEOUT_SECONDS.
_SECONDS_FOR_ALERTS = 15.0

T = TypeVar("T")
Place = TypeVar("Place", SourceSettings, ConnectionSettings)


@dataclass(frozen=True)
class Examination:
    """What was found, about each source and connection and about everything else."""

    findings: list[Finding]
    sources: list[SourceCheck]
    connections: list[SourceCheck]
    has_mail: bool

    @property
    def everything(self) -> list[Finding]:
        places = [*self.sources, *self.connections]
        return [*self.findings, *(finding for place in places for finding in place.findings)]


def examine(configuration: Configuration, home: Path, *, with_health: bool) -> Examination:
    """Looks at the sources with their files, the database and the mail server; goes on if one of them is down.

    `with_health`: also at how the installation is doing as a whole. Raises ConfigurationError.
    """
    mail = mail_settings()
    findings = [*check_configuration(configuration), *_check_mail(configuration, mail)]
    with ExitStack() as stack:
        warehouse = None
        try:
            warehouse = stack.enter_context(Warehouse.open())
            findings += check_feeds(configuration, warehouse)
            findings += check_exports(configuration, warehouse)
            findings += check_pulls(configuration, warehouse)
            findings += check_changed_exports(configuration, warehouse)
            findings += check_matches(warehouse)
            if with_health:
                findings += check_health(configuration, warehouse, home)
                findings += check_logins(warehouse)
                findings += _check_demo(warehouse)
        except ConfigurationError:
            raise
        except WisepartsError as error:
            findings.append(Finding(Level.FAULT, Kind.UNREACHABLE, DATABASE, str(error)))
        if with_health:
            findings += _check_alerts(configuration, mail)
        sources = _each(
            configuration.file_sources,
            lambda each: check_source(each, configuration, warehouse, with_health=with_health),
        )
        connections = _each(
            configuration.connections.values(), lambda each: check_connection(each, configuration, warehouse)
        )
    return Examination(findings, sources, connections, has_mail=mail is not None)


def find_alerting(configuration: Configuration, warehouse: Warehouse, home: Path, now: datetime) -> list[Finding]:
    """What `doctor` finds without looking at single files or the mail server, and without contents of rows.

    Takes seconds and changes nothing. The places of findings about a source begin with its name.
    """

    def access(source: SourceSettings) -> list[Finding]:
        patient = source.model_copy(update={"timeout_seconds": min(source.timeout_seconds, _SECONDS_FOR_ALERTS)})
        found = check_access(patient, configuration)
        return [replace(each, place=f"source {source.name}, {each.place}") for each in found]

    return [
        *check_feeds(configuration, warehouse),
        *check_exports(configuration, warehouse, now=now, examples=False),
        *check_pulls(configuration, warehouse),
        *check_health(configuration, warehouse, home, now=now, examples=False),
        *check_logins(warehouse),
        *(finding for found in _each(configuration.file_sources, access) for finding in found),
    ]


def check_changed_exports(configuration: Configuration, warehouse: Warehouse) -> Iterator[Finding]:
    """The exporters that have delivered records to which lines were added since, or whose lines were deleted."""
    with warehouse.connect() as connection:
        for exporter in configuration.exporters.values():
            if found := log.changed_since(connection, exporter):
                records = counted(len(found), "record has", "records have")
                message = f"{records} other lines than were delivered, such as {found[0].record_key} ({found[0].error})"
                yield Finding(Level.WARNING, Kind.CHANGED_EXPORTS, f"exporter {exporter.name}", message)


def _each(places: Iterable[Place], look: Callable[[Place], T]) -> list[T]:
    with ThreadPoolExecutor(_PLACES_AT_A_TIME) as threads:
        return list(threads.map(look, places))


def _check_mail(configuration: Configuration, settings: MailSettings | None) -> list[Finding]:
    if settings is None:
        message = f"its `notify` sends nothing, because {SMTP_URL} names no mail server"
        notifying = [f"importer {name}" for name, importer in configuration.importers.items() if importer.notify]
        notifying += [f"exporter {name}" for name, exporter in configuration.exporters.items() if exporter.notify]
        return [Finding(Level.FAULT, Kind.NO_MAIL, who, message) for who in notifying]
    try:
        probe(settings)
    except WisepartsError as error:
        return [Finding(Level.FAULT, Kind.UNREACHABLE, MAIL_SERVER, str(error))]
    return []


def _check_demo(warehouse: Warehouse) -> Iterator[Finding]:
    with warehouse.connect() as connection:
        if day := sample_day(connection):
            yield Finding(Level.NOTE, HealthKind.DEMO, "marts", f"are built {about_sample_day(day)}")


def _check_alerts(configuration: Configuration, mail: MailSettings | None) -> list[Finding]:
    if not configuration.alerts.to:
        message = "nobody is told when something is wrong: name someone in `to` of the component Alerts"
        return [Finding(Level.NOTE, HealthKind.NO_ALERTS, ALERTS, message)]
    if mail is None:
        message = f"nobody is told when something is wrong, because {SMTP_URL} names no mail server"
        return [Finding(Level.FAULT, HealthKind.NO_ALERTS, ALERTS, message)]
    return []
