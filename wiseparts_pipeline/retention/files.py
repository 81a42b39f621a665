"""Old files in the archives of sources: what has been imported or refused, and what was reported about it."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime

from wiseparts_pipeline.config.loader import Configuration
from wiseparts_pipeline.importing.discovery.kept_files import is_kept
from wiseparts_pipeline.importing.ledger import archive
from wiseparts_pipeline.transport import FileMissing, connect
from wiseparts_pipeline.warehouse import Connection

# By the attribute with the age, the folder of the files.
FOLDERS = {"processed_files": "processed", "refused_files": "refused", "error_files": "errors"}
_REMOVED = "(deleted: it was older than the component Retention says)"


def delete_files(
    connection: Connection, configuration: Configuration, kind: str, before: datetime, *, dry_run: bool = False
) -> int:
    """Deletes the files of a kind that were archived before a moment, on all sources; returns how many.

    Kept are files that values are looked up in, and those with rows that still wait. Raises TransportError for a source
    that cannot be reached: its files are left for the next time.
    """
    count = 0
    for source in configuration.sources:
        paths = list(_old(connection, configuration, source, FOLDERS[kind], before))
        count += len(paths)
        if paths and not dry_run:
            with connect(configuration.sources[source]) as transport:
                for path in paths:
                    with suppress(FileMissing):
                        transport.remove(path)
                    archive.note_removed(connection, source, path, _REMOVED)
    return count


def _old(
    connection: Connection, configuration: Configuration, source: str, folder: str, before: datetime
) -> Iterator[str]:
    for path in archive.archived_before(connection, source, folder, before):
        sent_to = path.rsplit("/", 2)[0] + "/" + path.rpartition("/")[2]
        if not is_kept(configuration.importers_of(source), source, sent_to):
            yield path
