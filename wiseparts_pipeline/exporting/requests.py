"""What people ask for: everything that is due, some records, those from before an exporter was there, or a preview."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date

from wiseparts_pipeline.config.exports.exporter import ExporterSettings
from wiseparts_pipeline.config.loader import Configuration
from wiseparts_pipeline.errors import ConfigurationError
from wiseparts_pipeline.exporting import log
from wiseparts_pipeline.exporting.content import prepare
from wiseparts_pipeline.exporting.delivery import Delivered, deliver
from wiseparts_pipeline.exporting.export import Export, HeldRecord, Status, UnwantedRecord, WrittenFile
from wiseparts_pipeline.exporting.noting import note_earlier, repeat
from wiseparts_pipeline.warehouse import Connection, Warehouse
from wiseparts_pipeline.warehouse.errors import map_database_errors


@dataclass(frozen=True)
class Request:
    """`records`: keys of records of the only exporter, whatever their time; `again`: also those that were delivered.

    `since`: also the only exporter's records from before its `start`, from this day on.
    """

    exporters: Sequence[str]
    records: Sequence[str] = ()
    again: bool = False
    since: date | None = None

    def __post_init__(self) -> None:
        if (self.records or self.since) and len(self.exporters) != 1:
            raise ConfigurationError("Name the one exporter whose records are meant.")
        if self.again and not self.records:
            raise ConfigurationError("Name the records that are to be delivered again.")
        if self.records and self.since:
            raise ConfigurationError("Give either records or a day since when.")


@dataclass(frozen=True)
class Preview:
    """The files that a record would be delivered as, or why it would not be."""

    export: Export
    files: list[WrittenFile] = field(default_factory=list)
    kept_back: str | None = None


def carry_out(warehouse: Warehouse, configuration: Configuration, request: Request) -> Delivered:
    """Notes what is asked for, and delivers it, or all that is due, also what is not to be tried again yet.

    Raises WisepartsError for a record that the exporter does not export.
    """
    export_ids, delayed = None, []
    if request.records or request.since:
        exporter = configuration.exporter(request.exporters[0])
        with map_database_errors(), warehouse.connect(autocommit=True) as connection:
            if request.records:
                asked = repeat(connection, exporter, request.records, again=request.again)
                export_ids = asked.due
                delayed = [f"{exporter.noun.capitalize()} {key!r} was delivered before." for key in asked.delivered]
            elif request.since:
                note_earlier(connection, exporter, request.since)
    if export_ids == []:
        return Delivered(delayed=delayed)
    done = deliver(
        warehouse,
        configuration,
        request.exporters,
        seconds=float("inf"),
        everything_due=True,
        export_ids=export_ids,
    )
    done.delayed[:0] = delayed
    return done


def preview(
    connection: Connection, exporter: ExporterSettings, keys: Collection[str] = (), *, limit: int
) -> Iterator[Preview]:
    """What would be delivered of these records, or of those that wait or are held; changes nothing.

    A record that was delivered is shown as it would be now. Raises ConfigurationError for an unknown key.
    """
    if keys:
        # Of a record, the last version.
        noted = log.of_records(connection, exporter.entity, keys)
        exports = list({each.record_uuid: each for each in noted if each.exporter == exporter.name}.values())
        if unknown := sorted(set(keys) - {str(each.record_key) for each in exports}):
            raise ConfigurationError(f"{exporter.name}: no record {', '.join(unknown)} was noted for it.")
    else:
        exports = log.latest(connection, exporter=exporter.name, statuses=(Status.WAITING, Status.HELD), limit=limit)
    for export in exports[:limit]:
        try:
            yield Preview(export, prepare(connection, exporter, export))
        except (HeldRecord, UnwantedRecord) as error:
            yield Preview(export, kept_back=str(error))
