"""Records that somebody asks for: again, at once, or although they were there before the exporter was started."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from wiseparts_pipeline.config.exports.exporter import ExporterSettings
from wiseparts_pipeline.errors import WisepartsError
from wiseparts_pipeline.exporting.export import Status
from wiseparts_pipeline.exporting.noting import wanted
from wiseparts_pipeline.exporting.noting.changes import start
from wiseparts_pipeline.exporting.noting.versions import Versions
from wiseparts_pipeline.warehouse import Connection


def note_earlier(connection: Connection, exporter: ExporterSettings, since: date) -> int:
    """Has the records go that were there before the exporter was started, from a day on; returns how many.

    In a transaction of its own. Those that do not fulfil the exporter's conditions any more stay as they are.
    """
    start(connection, [exporter], wait=True)
    with connection.transaction():
        versions = Versions(connection, exporter)
        versions.lock()
        return sum(
            versions.make_due([last.export_id for _, last in versions.last(records) if last and last.is_before_start])
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
        versions.take_up(asked, again=again)
        due = versions.last(wanted.records_with_keys(connection, exporter, [str(record.key) for record, _ in asked]))
        return Asked(
            [last.export_id for _, last in due if last is not None],
            [] if again else [str(record.key) for record, _ in delivered],
        )
