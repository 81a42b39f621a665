"""Notes what the receiver has taken, from one listing of a folder a minute, and clears what is left over."""

from collections import defaultdict
from collections.abc import Iterable
from pathlib import PurePosixPath

from wiseparts_pipeline.config.exports.exporter import Collected, ExporterSettings
from wiseparts_pipeline.exporting.publishing import clear, left_over
from wiseparts_pipeline.transport import Transport
from wiseparts_pipeline.warehouse import Connection


def is_due(connection: Connection, exporter: ExporterSettings, *, has_delivered: bool) -> bool:
    """Whether it is time to look; notes that somebody looks now. `has_delivered`: there may be something to clear."""
    if not has_delivered:
        if exporter.collected is not Collected.REMOVED:
            return False
        query = "select from ops.exports where exporter = %s and status = 'delivered' limit 1"
        if connection.execute(query, [exporter.name]).fetchone() is None:
            return False
    noted = connection.execute(
        """
        update ops.exporters set listed_at = clock_timestamp()
        where exporter = %s and (
            listed_at is null or listed_at > clock_timestamp() or listed_at <= clock_timestamp() - interval '1 minute'
        )
        """,
        [exporter.name],
    )
    return noted.rowcount > 0


def look(connection: Connection, transport: Transport, exporter: ExporterSettings) -> list[int]:
    """Note the exports whose folders are gone, and return them; clear what was left over. Raises TransportError."""
    # Before the listing: what is delivered after it is not in it.
    rows = connection.execute(
        "select export_id, path from ops.exports where exporter = %s and status = 'delivered'", [exporter.name]
    )
    by_folder: dict[str, dict[int, str]] = defaultdict(dict)
    for export_id, path in rows if exporter.collected is Collected.REMOVED else ():
        # The exporter may have had another one.
        by_folder[str(PurePosixPath(path).parent)][export_id] = PurePosixPath(path).name
    gone: list[int] = []
    for folder in {str(PurePosixPath(exporter.folder)), *by_folder}:
        there = transport.folders(folder, hidden=True)
        names = {PurePosixPath(path).name for path in there}
        gone += [export_id for export_id, name in by_folder[folder].items() if name not in names]
        _clear_left_over(connection, transport, exporter, there)
    connection.execute(
        """
        update ops.exports set status = 'collected', collected_at = clock_timestamp()
        where export_id in (
            select export_id from ops.exports where export_id = any(%s) and status = 'delivered' for update skip locked
        )
        """,
        [gone],
    )
    return gone


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
