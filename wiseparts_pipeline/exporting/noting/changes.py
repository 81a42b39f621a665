"""Notes in ops.exports which records are to be exported, in the transaction that creates or changes them.

What is noted is decided from the database: the records that the transaction has changed, what they are now, and the
last version of each that was noted.
"""

from collections.abc import Collection, Iterable, Sequence
from contextlib import suppress
from datetime import date, datetime

from psycopg import errors, sql

from wiseparts_pipeline.config.exports.exporter import Changes, ExporterSettings
from wiseparts_pipeline.exporting.export import Code, Status
from wiseparts_pipeline.exporting.noting import wanted
from wiseparts_pipeline.exporting.noting.versions import NewVersion, Version, Versions
from wiseparts_pipeline.exporting.noting.wanted import Record
from wiseparts_pipeline.warehouse import Connection

_NOT_WANTED = "It does not fulfil the conditions of the exporter any more."


def note(connection: Connection, exporters: Iterable[ExporterSettings], entities: Collection[str]) -> None:
    """Notes what the caller's transaction, an import, has changed: rows of these entities, which it has locked.

    Call it last, and before the import notes that it has changed these entities. Waits for those of the changed
    records that are being delivered.
    """
    for exporter in sorted(exporters, key=lambda each: each.name):
        changed = wanted.concerning(exporter) & set(entities)
        if not changed or (exporter.entity not in changed and not _started(connection, [exporter])):
            # What is there already is noted when the exporter is started.
            continue
        since = wanted.last_changes(connection, changed)
        versions = Versions(connection, exporter)
        if not versions.lock():
            # Where no import is known to have changed them before, what was there was there before this transaction.
            until = since[exporter.entity] or _before_transaction(connection)
            _note_first(connection, exporter, versions, until=until)
        for records in wanted.changed_records(connection, exporter, since):
            _note_changed(exporter, versions, records)


def start(connection: Connection, exporters: Iterable[ExporterSettings], *, wait: bool = False) -> None:
    """Starts those of the exporters that have not been: notes which records are there already, and whether they go.

    Each in a transaction, while no import changes its records. Without `wait`, one whose records an import is changing
    is left: that import starts it, or somebody does later.
    """
    exporters = list(exporters)
    started = _started(connection, exporters)
    for exporter in (each for each in exporters if each.name not in started):
        with suppress(errors.LockNotAvailable), connection.transaction():
            lock = "lock table {} in share mode" if wait else "lock table {} in share mode nowait"
            connection.execute(sql.SQL(lock).format(sql.Identifier("raw", exporter.entity)))
            connection.execute("set local jit = off")
            versions = Versions(connection, exporter)
            if not versions.lock():
                _note_first(connection, exporter, versions)


def _note_changed(exporter: ExporterSettings, versions: Versions, records: Sequence[Record]) -> None:
    """Notes records that go, and what has become of those that are known."""
    versions.add([NewVersion(record) for record in records if not record.is_known])
    found = versions.last(records)
    versions.take_up([(record, last) for record, last in found if record.is_wanted and _goes(exporter, record, last)])
    unwanted = [(record, last) for record, last in found if not record.is_wanted]
    changed = [(record, last) for record, last in unwanted if last.is_delivered and _is_version(exporter, record)]
    # A change that goes as soon as the record is wanted again; not one that comes with the person's being forgotten.
    versions.add(
        [
            NewVersion(record, last.version + 1, Status.CANCELLED, Code.NOT_WANTED)
            for record, last in changed
            if last.status is not Status.CANCELLED and last.record_key is not None
        ]
    )
    versions.cancel(
        [last.export_id for _, last in unwanted if last.is_open]
        + [last.export_id for _, last in changed if last.status is Status.CANCELLED],
        Code.NOT_WANTED,
        _NOT_WANTED,
    )
    versions.explain(
        [
            last.export_id
            for record, last in found
            if record.has_other_rows and last.is_at_receiver and exporter.changes is Changes.IGNORE
        ],
        Code.CHANGED_AFTER_DELIVERY,
        "Lines were added or deleted since, which the receiver does not know of. "
        + (
            f"Change the order in {exporter.to} as well: it is never created there once more."
            if exporter.is_creating
            else f"Tell it, or deliver the order again: `wiseparts export {exporter.name} --record KEY --again`."
        ),
    )
    # The key of a forgotten person's record stays out.
    versions.rename([record for record, last in found if last.record_key not in (record.key, None)])


def _goes(exporter: ExporterSettings, record: Record, last: Version) -> bool:
    """Whether a wanted record that has changed is to be delivered, or once more, and is not waiting for that yet."""
    if last.is_open or last.is_before_start:
        return last.status in (Status.HELD, Status.GIVEN_UP)
    # What was not delivered as it was not wanted, goes now, whoever has changed the record back.
    return not last.is_delivered or _is_version(exporter, record)


def _is_version(exporter: ExporterSettings, record: Record) -> bool:
    """Whether what has changed of a delivered record is another version of it."""
    return exporter.changes is Changes.VERSION and record.is_news


def _note_first(
    connection: Connection, exporter: ExporterSettings, versions: Versions, *, until: datetime | None = None
) -> None:
    """Notes the records that were there before the exporter: created until a moment, if one is given."""
    day = exporter.start if isinstance(exporter.start, date) else None
    # One that is known was noted for an exporter of the same name, whose row in ops.exporters was removed.
    if exporter.start != "now":
        for records in wanted.wanted_records(connection, exporter, until=until, since=day):
            versions.add([NewVersion(each) for each in records if not each.is_known])
    if exporter.start != "all":
        for records in wanted.wanted_records(connection, exporter, until=until, before=day):
            new = [each for each in records if not each.is_known]
            versions.add([NewVersion(each, status=Status.CANCELLED, code=Code.BEFORE_START) for each in new])


def _before_transaction(connection: Connection) -> datetime:
    row = connection.execute("select now() - interval '1 microsecond'").fetchone()
    assert row is not None
    moment: datetime = row[0]
    return moment


def _started(connection: Connection, exporters: Iterable[ExporterSettings]) -> set[str]:
    names = [each.name for each in exporters]
    known = "select exporter from ops.exporters where exporter = any(%s)"
    return {name for (name,) in connection.execute(known, [names])} if names else set()
