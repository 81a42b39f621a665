"""Files of a source or of this machine, as they are found: not yet in the ledger."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from wiseparts_pipeline.config.file_names import composed
from wiseparts_pipeline.config.importer import ImporterSettings
from wiseparts_pipeline.config.source import SourceSettings
from wiseparts_pipeline.importing.ledger.outcome import Status
from wiseparts_pipeline.importing.ledger.rows import LedgerFile
from wiseparts_pipeline.transport.base import FolderMissing, PermanentError, RemoteFile, Transport


def new_file(importer: ImporterSettings, source: str, remote: RemoteFile) -> LedgerFile:
    """A file that the ledger does not have yet, whose file_id is 0."""
    # A server's clock may be wrong.
    modified_on = min(remote.modified_at, datetime.now(UTC)).astimezone(importer.zone).date()
    patterns = (importer.file_names, *importer.joined_file_names)
    moment = next((moment for names in patterns if (moment := names.moment(remote.name))), None)
    return LedgerFile(
        file_id=0,
        importer=importer.name,
        source=source,
        path=remote.path,
        name=remote.name,
        size_bytes=remote.size,
        modified_at=remote.modified_at,
        file_date=next((day for names in patterns if (day := names.file_date(remote.name))), modified_on),
        file_moment=moment.replace(tzinfo=importer.zone) if moment else None,
        sha256=None,
        status=Status.DETECTED,
        attempts=0,
        detected_at=remote.modified_at,
    )


def local_file(path: Path) -> RemoteFile:
    """A file of this machine as one of a source; its path is absolute."""
    stat = path.stat()
    return RemoteFile(str(path.resolve()), stat.st_size, datetime.fromtimestamp(stat.st_mtime, UTC))


def local_files(folder: Path) -> list[RemoteFile]:
    """The files of a folder of this machine."""
    return [local_file(path) for path in folder.iterdir() if path.is_file()]


def files_in(transport: Transport, folder: str) -> list[RemoteFile]:
    """The files of a folder of the source; none when there is no such folder."""
    try:
        return transport.list(folder)
    except FolderMissing:
        return []


def files_named(
    transport: Transport, source: SourceSettings, importer: ImporterSettings, names: Sequence[str]
) -> list[RemoteFile]:
    """The files of these names in the importer's folder, its `processed/` or its `refused/`, the first that has it.

    Names are compared as patterns are. Raises PermanentError for a name that none of them has.
    """
    places: dict[str, RemoteFile] = {}
    for folder in (importer.folder, f"{importer.folder}/processed", f"{importer.folder}/refused"):
        for file in files_in(transport, folder.strip("/")):
            places.setdefault(composed(file.name), file)
    missing = [name for name in names if composed(name) not in places]
    if missing:
        raise PermanentError(
            f"{source.name}: there is no file {missing[0]!r} in {importer.folder}/, its processed/ or its refused/."
        )
    return [places[composed(name)] for name in names]
