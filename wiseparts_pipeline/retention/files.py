"""Old files in the archives of sources: what has been imported or refused, and what was reported about it."""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import PurePosixPath

from wiseparts_pipeline.config.loader import Configuration
from wiseparts_pipeline.importing.discovery.kept_files import is_kept
from wiseparts_pipeline.importing.ledger import archive
from wiseparts_pipeline.transport import FileMissing, PermanentError, Transport, TransportError, connect
from wiseparts_pipeline.warehouse import Connection

# By the attribute with the age, the folder of the files.
FOLDERS = {"processed_files": "processed", "refused_files": "refused", "error_files": "errors"}
_REMOVED = "(deleted: it was older than the component Retention says)"


def delete_files(
    connection: Connection,
    configuration: Configuration,
    kind: str,
    before: datetime,
    sources: Iterable[str],
    *,
    dry_run: bool = False,
) -> int:
    """Deletes the files of a kind that were archived before a moment, on these sources; returns how many.

    Kept are files that values are looked up in, those with rows that still wait, and those that are read with a file
    whose rejected rows may come back. Raises TransportError, after everything else, where a source cannot be reached or
    does not let a file be deleted: these files are left for the next time.
    """
    count = 0
    problems: list[TransportError] = []
    for source in sources:
        paths = list(_old(connection, configuration, source, FOLDERS[kind], before))
        if dry_run or not paths:
            count += len(paths)
            continue
        try:
            with connect(configuration.sources[source]) as transport:
                count += _delete(connection, transport, source, paths, problems)
        except TransportError as error:
            problems.append(error)
    if problems:
        raise problems[0]
    return count


def _delete(
    connection: Connection, transport: Transport, source: str, paths: Iterable[str], problems: list[TransportError]
) -> int:
    """Deletes the files; returns how many. Those that cannot be deleted are added to the problems."""
    count = 0
    for path in paths:
        try:
            with suppress(FileMissing):
                transport.remove(path)
        except PermanentError as error:
            problems.append(error)
            continue
        archive.note_removed(connection, source, path, _REMOVED)
        count += 1
    return count


def _old(
    connection: Connection, configuration: Configuration, source: str, folder: str, before: datetime
) -> Iterator[str]:
    for path in archive.archived_before(connection, source, folder, before):
        place = PurePosixPath(path)
        sent_to = place.parent.parent / place.name
        if not is_kept(configuration.importers_of(source), source, str(sent_to)):
            yield path
