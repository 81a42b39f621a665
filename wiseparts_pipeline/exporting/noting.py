"""Notes in ops.exports which records are to be exported, in the transaction that creates or changes them.

What is noted is decided from the database: the records that the transaction has changed, what they are now, and the
last version of each that was noted.
"""

from collections.abc import Collection, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime

from psycopg import errors, sql

from wiseparts_pipeline.config.exports.exporter import Changes, ExporterSettings
from wiseparts_pipeline.errors import WisepartsError
from wiseparts_pipeline.exporting import wanted
from wiseparts_pipeline.exporting.export import Code, Status
from wiseparts_pipeline.exporting.versions import NewVersion, Version, Versions
from wiseparts_pipeline.exporting.wanted import Record
from wiseparts_pipeline.warehouse import Connection


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
            _note_first(connection, exporter, versions, until=since[exporter.entity])
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


def note_earlier(connection: Connection, exporter: ExporterSettings, since: date) -> int:
    """Has the records go that were there before the exporter was started, from a day on; returns how many.

    In a transaction of its own. Those that do not fulfil the exporter's conditions any more stay as they are.
    """
    start(connection, [exporter], wait=True)
    with connection.transaction():
        versions = Versions(connection, exporter)
        versions.lock()
        return sum(
            versions.make_due([last.export_id for _, last in versions.last(records) if last and _is_before_start(last)])
            for records in wanted.wanted_records(connection, exporter, since=since)
        )


@dataclass(frozen=True)
class Asked:
    """Records that were asked for. `due`: their exports that are due now.

    `delivered`: the keys of those that were delivered before and not asked for again.
    """

    due: list[int]
    delivered: list[str]


def repeat(connection: Connection, exporter: ExporterSettings, keys: Sequence[str], *, again: bool = False) -> Asked:
    """Makes the exports of records due now, whatever they wait for, in a transaction of its own.

    `again`: of records that were delivered, the next version goes under the same UUID, unless one is waiting already.
    Raises WisepartsError, with nothing changed, for a key of no record that the exporter exports.
    """
    start(connection, [exporter], wait=True)
    with connection.transaction():
        versions = Versions(connection, exporter)
        versions.lock()
        found = versions.last(wanted.records_with_keys(connection, exporter, keys))
        problems = [wanted.why_not(connection, exporter, key) for key in set(keys) - {each.key for each, _ in found}]
        when = "".join(f"; {column}: {', '.join(values)}" for column, values in exporter.when.items())
        problems += [
            f"{exporter.noun.capitalize()} {record.key!r} was deleted, or does not fulfil `when`{when}."
            for record, last in found
            if not record.is_wanted and (last is None or last.status is Status.CANCELLED)
        ]
        if problems:
            raise WisepartsError("\n".join(sorted(problems)))
        delivered = [(record, last) for record, last in found if last is not None and last.is_delivered]
        asked = found if again else [each for each in found if each not in delivered]
        _take_up(versions, asked, again=again)
        due = versions.last(wanted.records_with_keys(connection, exporter, [str(record.key) for record, _ in asked]))
        return Asked(
            [last.export_id for _, last in due if last is not None],
            [] if again else [str(record.key) for record, _ in delivered],
        )


def _note_changed(exporter: ExporterSettings, versions: Versions, records: Sequence[Record]) -> None:
    found = versions.last(records)
    _take_up(versions, [(record, last) for record, last in found if _goes(exporter, record, last)])
    versions.cancel(
        [last.export_id for record, last in found if last is not None and last.is_open and not record.is_wanted],
        Code.NOT_WANTED,
        "It does not fulfil the conditions of the exporter any more.",
    )
    # The key of a forgotten person's record stays out.
    versions.rename(
        [record for record, last in found if last is not None and last.record_key not in (record.key, None)]
    )


def _goes(exporter: ExporterSettings, record: Record, last: Version | None) -> bool:
    """Whether a record that has changed is to be delivered, or to be delivered again, and is not waiting for it."""
    if not record.is_wanted or last is None:
        return record.is_wanted
    if last.is_open or _is_before_start(last):
        return last.status in (Status.HELD, Status.GIVEN_UP)
    is_first = last.version == 1 and not last.is_delivered
    return is_first or (exporter.changes is Changes.VERSION and record.is_news)


def _take_up(versions: Versions, found: Iterable[tuple[Record, Version | None]], *, again: bool = False) -> None:
    """Has records go: in the last version, or the next one where that was delivered."""
    new: list[NewVersion] = []
    due: list[int] = []
    for record, last in found:
        if last is None:
            new.append(NewVersion(record, again=again))
        elif last.status in (Status.DELIVERED, Status.COLLECTED):
            new.append(NewVersion(record, last.version + 1, again=again))
        else:
            due.append(last.export_id)
    if new:
        versions.add(new)
    versions.make_due(due, again=again)


def _is_before_start(last: Version) -> bool:
    return last.code == Code.BEFORE_START


def _note_first(
    connection: Connection, exporter: ExporterSettings, versions: Versions, *, until: datetime | None = None
) -> None:
    """Notes the records that were there before the exporter: created until a moment, if one is given."""
    day = exporter.start if isinstance(exporter.start, date) else {"all": date.min, "now": date.max}[exporter.start]
    # One that is known was noted for an exporter of the same name, whose row in ops.exporters was removed.
    for records in wanted.wanted_records(connection, exporter, until=until, since=day):
        versions.add(NewVersion(each) for each in records if not each.is_known)
    for records in wanted.wanted_records(connection, exporter, until=until, before=day):
        versions.add(
            NewVersion(each, status=Status.CANCELLED, code=Code.BEFORE_START) for each in records if not each.is_known
        )


def _started(connection: Connection, exporters: Iterable[ExporterSettings]) -> set[str]:
    names = [each.name for each in exporters]
    rows = connection.execute("select exporter from ops.exporters where exporter = any(%s)", [names])
    return {name for (name,) in rows}
