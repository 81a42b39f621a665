"""Which feeds have stopped: importers that have not imported a file for longer than their cadence allows."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from wiseparts_pipeline.config.importer import ImporterSettings
from wiseparts_pipeline.config.loader import Configuration
from wiseparts_pipeline.config.operations.cadence import stale_after
from wiseparts_pipeline.diagnostics.kept_back import kept_back
from wiseparts_pipeline.importing.ledger.history import LastImport, last_imports
from wiseparts_pipeline.pulling import log as pulls
from wiseparts_pipeline.warehouse import Connection
from wiseparts_pipeline.warehouse.connection import current_time


class Freshness(StrEnum):
    FRESH = "fresh"
    STALE = "stale"
    NOT_EXPECTED = "not_expected"


@dataclass(frozen=True)
class Feed:
    """An importer and its last imported file, which may have changed nothing.

    `held_up`: later files that could not be imported. `kept_back`: why its files are imported and change nothing.
    """

    importer: str
    entity: str
    schedule: str | None
    stale_after: timedelta | None
    last_file: str | None
    last_imported_at: datetime | None
    held_up: int
    kept_back: str | None = None

    @property
    def due_at(self) -> datetime | None:
        """When the next file has to be imported; None if none is expected, or none has been imported yet."""
        if self.last_imported_at is None or self.stale_after is None:
            return None
        return self.last_imported_at + self.stale_after

    def freshness(self, at: datetime) -> Freshness:
        if self.kept_back:
            return Freshness.STALE
        if self.stale_after is None:
            return Freshness.NOT_EXPECTED
        return Freshness.STALE if self.due_at is None or self.due_at < at else Freshness.FRESH


def feeds(configuration: Configuration, connection: Connection) -> list[Feed]:
    """All importers, each with its last import."""
    last, last_pulls = last_imports(connection), pulls.last_imports(connection)
    importers = configuration.importers.values()
    changes_nothing = kept_back(connection, importers, current_time(connection))
    return [
        _feed(importer, last.get(importer.name), last_pulls.get(importer.name), changes_nothing.get(importer.name))
        for importer in importers
    ]


def feeds_variable(importers: Iterable[ImporterSettings]) -> dict[str, dict[str, int | None]]:
    """The variable `feeds` of the dbt project: by entity and importer, the minutes after which its feed is stale."""
    by_entity: dict[str, dict[str, int | None]] = {}
    for importer in importers:
        age = stale_after(importer)
        minutes = age // timedelta(minutes=1) if age else None
        by_entity.setdefault(importer.entity, {})[importer.name] = minutes
    return by_entity


def _feed(
    importer: ImporterSettings, last: LastImport | None, last_pull: datetime | None, kept_back: str | None
) -> Feed:
    # A pull that finds nothing new writes no file.
    moments = [moment for moment in (last and last.last_imported_at, last_pull) if moment]
    return Feed(
        importer=importer.name,
        entity=importer.entity,
        schedule=importer.schedule,
        stale_after=stale_after(importer),
        last_file=last.last_file if last else None,
        last_imported_at=max(moments, default=None),
        held_up=last.held_up if last else 0,
        kept_back=kept_back,
    )
