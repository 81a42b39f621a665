"""Records that somebody asks for: again, at once, or although they were there before the exporter was started."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from wiseparts_pipeline.config.exports.exporter import ExporterSettings
from wiseparts_pipeline.errors import WisepartsError
from wiseparts_pipeline.exporting.export import Status
from wiseparts_pipeline.exporting.noting import wanted
from wiseparts_pipeline.exporting.noting.changes import start
from wiseparts_pipeline.exporting.noting.versions import NewVersion, Versions
from wiseparts_pipeline.warehouse import Connection


def note_earlier(connection: Connection, exporter: ExporterSettings, since: date) -> int:
    """Has the records go that were there before the exporter was started, from a day on; returns how many.

    In a transaction of its own. So do those that it did not export before its settings were changed; those that do not
    fulfil its conditions any more stay as they are.
    """
    start(connection, [exporter], wait=True)
    with connection.transaction():
        versions = Versions(connection, exporter)
        versions.lock()
        count = 0
        for records in wanted.wanted_records(connection, exporter, since=since):
            new = [NewVersion(record) for record in records if not record.is_known]
            versions.add(new)
            before = [last.export_id for _, last in versions.last(records) if last.is_before_start]
            count += len(new) + versions.make_due(before)
        return count


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
        records = wanted.records_with_keys(connection, exporter, keys)
        found = versions.last(records)
        new = [record for record in records if not record.is_known]
        # What was delivered goes again whatever has become of it; a first version was not.
        judged = [
            record for record, last in found if last.status is Status.CANCELLED and not (again and last.version > 1)
        ]
        problems = [wanted.why_not(connection, exporter, key) for key in set(keys) - {each.key for each in records}]
        when = "".join(f"; {column}: {', '.join(values)}" for column, values in exporter.when.items())
        problems += [
            f"{exporter.noun.capitalize()} {record.key!r} was deleted, or does not fulfil `when`{when}."
            for record in (*new, *judged)
            if not record.is_wanted
        ]
        if problems:
            raise WisepartsError("\n".join(sorted(problems)))
        delivered = [] if again else [record for record, last in found if last.is_delivered]
        asked = [(record, last) for record, last in found if record not in delivered]
        versions.add([NewVersion(record, again=again) for record in new])
        versions.take_up(asked, again=again)
        keys = [str(record.key) for record in (*new, *(record for record, _ in asked))]
        due = versions.last(wanted.records_with_keys(connection, exporter, keys))
        return Asked([last.export_id for _, last in due], [str(record.key) for record in delivered])
