"""Notes what the receiver has taken, from one listing of a folder a minute, and clears what is left over.

What a server refuses is tried, and told, once an hour.
"""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from psycopg.rows import kwargs_row

from wiseparts_pipeline.config.exports.exporter import Collected, ExporterSettings, Publish
from wiseparts_pipeline.exporting.log import COLUMNS, as_export
from wiseparts_pipeline.exporting.publishing import clear, clear_unsigned, left_over
from wiseparts_pipeline.transport import FolderMissing, PermanentError, Transport
from wiseparts_pipeline.warehouse import Connection

_UUID = re.compile(r"_([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})")


@dataclass
class Found:
    """How many records were collected, and what was wrong with the folders that could not be looked at."""

    collected: int = 0
    problems: list[str] = field(default_factory=list)


def is_due(connection: Connection, exporter: ExporterSettings, place: str, *, has_delivered: bool) -> bool:
    """Whether it is time to look; notes that somebody looks now. `has_delivered`: there may be something to clear."""
    if exporter.collected is Collected.REMOVED:
        _explain_elsewhere(connection, exporter, place)
    if not has_delivered:
        if exporter.collected is not Collected.REMOVED:
            return False
        query = "select from ops.exports where exporter = %s and status = 'delivered' and server = %s limit 1"
        if connection.execute(query, [exporter.name, place]).fetchone() is None:
            return False
    noted = connection.execute(
        """
        update ops.exporters set listed_at = clock_timestamp()
        where exporter = %s and (
            listed_at is null or listed_at > clock_timestamp() or listed_at <= clock_timestamp()
                - case when listing_refused then interval '1 hour' else interval '1 minute' end
        )
        """,
        [exporter.name],
    )
    return noted.rowcount > 0


def look(connection: Connection, transport: Transport, exporter: ExporterSettings, place: str) -> Found:
    """Note the exports whose folders are gone from this place, and clear what was left over.

    Of a folder that the exporter had before and that is not there any more, all were collected. Raises TransientError.
    """
    by_folder: dict[str, dict[int, str]] = defaultdict(dict)
    if exporter.collected is Collected.REMOVED:
        # Before the listing: what is delivered after it is not in it. What lies elsewhere is not gone from here.
        rows = connection.execute(
            "select export_id, path from ops.exports where exporter = %s and status = 'delivered' and server = %s",
            [exporter.name, place],
        )
        for export_id, path in rows:
            by_folder[str(PurePosixPath(path).parent)][export_id] = PurePosixPath(path).name
    own = str(PurePosixPath(exporter.folder))
    found = Found()
    for folder in dict.fromkeys([own, *by_folder]):
        names = by_folder.get(folder, {})
        try:
            there = transport.folders(folder, hidden=True)
        except FolderMissing as error:
            if folder == own:
                if names:
                    found.problems.append(str(error))
                continue
            there = ()
        except PermanentError as error:
            found.problems.append(str(error))
            continue
        left = {PurePosixPath(path).name for path in there}
        found.collected += _note(connection, [export_id for export_id, name in names.items() if name not in left])
        try:
            _clear_left_over(connection, transport, exporter, there)
            if folder == own and exporter.publish is Publish.FILES:
                _clear_unsigned(connection, transport, exporter, left)
        except PermanentError as error:
            found.problems.append(str(error))
    connection.execute(
        "update ops.exporters set listing_refused = %(refused)s"
        " where exporter = %(exporter)s and listing_refused <> %(refused)s",
        {"exporter": exporter.name, "refused": bool(found.problems)},
    )
    return found


def _note(connection: Connection, gone: Sequence[int]) -> int:
    """Note that these were collected; returns how many had not been noted."""
    if not gone:
        return 0
    return connection.execute(
        """
        update ops.exports set status = 'collected', collected_at = clock_timestamp()
        where export_id in (
            select export_id from ops.exports where export_id = any(%s) and status = 'delivered' for update skip locked
        )
        """,
        [gone],
    ).rowcount


def _explain_elsewhere(connection: Connection, exporter: ExporterSettings, place: str) -> None:
    """Say of what was delivered to another place that nobody sees whether it is collected there."""
    connection.execute(
        """
        update ops.exports set error = case when server <> %(place)s then format(
            'It was delivered to %%s, where nobody looks any more, as the exporter delivers elsewhere now. If it was'
            ' not taken there, `wiseparts export %%s --record KEY --again` delivers it to the new place.',
            server, exporter
        ) end
        where export_id in (
            select export_id from ops.exports
            where exporter = %(exporter)s and status = 'delivered' and code is null
                and (server <> %(place)s) = (error is null)
            for update skip locked
        )
        """,
        {"exporter": exporter.name, "place": place},
    )


def _clear_left_over(
    connection: Connection, transport: Transport, exporter: ExporterSettings, folders: Iterable[str]
) -> None:
    """Clear the hidden folders of records that are not being delivered: of our own, and of no other installation."""
    for folder, (record_uuid, version) in left_over(exporter, folders).items():
        with connection.transaction():
            idle = connection.execute(
                """
                select from ops.exports where exporter = %s and record_uuid = %s and version = %s
                    and status not in ('waiting', 'held') for update skip locked
                """,
                [exporter.name, record_uuid, version],
            ).fetchone()
            if idle is not None:
                clear(transport, folder)


def _clear_unsigned(
    connection: Connection, transport: Transport, exporter: ExporterSettings, names: Collection[str]
) -> None:
    """Clear the folders of records that need not go any more, or were given up, before all their files were there."""
    uuids = [match[1] for name in names if (match := _UUID.search(name))]
    found = connection.execute(
        "select export_id from ops.exports"
        " where exporter = %s and record_uuid = any(%s::uuid[]) and status in ('cancelled', 'given_up')"
        " and %s || '_' || record_uuid || case when version > 1 then '_' || version else '' end = any(%s)",
        [exporter.name, uuids, exporter.noun, list(names)],
    ).fetchall()
    lock = f"""
        select {", ".join(COLUMNS)} from ops.exports
        where export_id = %s and status in ('cancelled', 'given_up') for update skip locked
    """  # noqa: S608
    for (export_id,) in found:
        with connection.transaction(), connection.cursor(row_factory=kwargs_row(as_export)) as cursor:
            export = cursor.execute(lock.encode(), [export_id]).fetchone()
            if export is not None:
                clear_unsigned(transport, exporter, export)
