"""Deletes what is older than the ages of the settings."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from wiseparts_pipeline.config.loader import Configuration
from wiseparts_pipeline.config.operations.ages import as_timedelta
from wiseparts_pipeline.home import home
from wiseparts_pipeline.retention.database import STATEMENTS, delete
from wiseparts_pipeline.retention.files import FOLDERS, delete_files
from wiseparts_pipeline.retention.logs import delete_logs
from wiseparts_pipeline.transport import TransportError
from wiseparts_pipeline.warehouse import Warehouse
from wiseparts_pipeline.warehouse.connection import current_time


@dataclass(frozen=True)
class Pruned:
    """How much of a kind, an attribute of the settings, was deleted because it was from before a moment.

    `connection`: the one over which it was pulled, of files that were.
    """

    kind: str
    before: datetime
    count: int
    connection: str | None = None

    @property
    def name(self) -> str:
        """In words."""
        return self.kind.replace("_", " ") + (f" of connection {self.connection}" if self.connection else "")

    def __str__(self) -> str:
        return f"{self.name}: {self.count:,} from before {self.before:%Y-%m-%d %H:%M} UTC were deleted."


def prune(warehouse: Warehouse, configuration: Configuration, *, dry_run: bool = False) -> Iterator[Pruned]:
    """Deletes what is old in the database, the state folder and the archives of sources, one kind after the other.

    What is kept for ever is left out. With `dry_run` nothing is deleted. Dagster's runs are not among it. Raises
    TransportError for a source that cannot be reached, after everything else.
    """
    problems: list[TransportError] = []
    with warehouse.connect(autocommit=True) as connection:
        now = current_time(connection)
        for kind in (*STATEMENTS, "logs"):
            age = as_timedelta(getattr(configuration.retention, kind))
            if age is None:
                continue
            before = now - age
            if kind == "logs":
                count = delete_logs(home(), before, dry_run=dry_run)
            else:
                count = delete(connection, kind, before, dry_run=dry_run)
            yield Pruned(kind, before, count)
        for kind, length, sources, connection_name in _ages_of_files(configuration):
            age = as_timedelta(length)
            if age is None:
                continue
            try:
                count = delete_files(connection, configuration, kind, now - age, sources, dry_run=dry_run)
            except TransportError as error:
                problems.append(error)
                continue
            yield Pruned(kind, now - age, count, connection_name)
    if problems:
        raise problems[0]


def _ages_of_files(configuration: Configuration) -> Iterator[tuple[str, str, list[str], str | None]]:
    """The kinds of files with the age at which they are deleted, of which sources, and over which connection."""
    for kind in FOLDERS:
        yield kind, getattr(configuration.retention, kind), [source.name for source in configuration.file_sources], None
    for connection in configuration.connections.values():
        for kind in FOLDERS:
            yield kind, connection.keep_pulls, [connection.name], connection.name
