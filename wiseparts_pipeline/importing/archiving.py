"""What happens on the file server after the commit: the file moves away, and its error file is uploaded."""

import hashlib
from contextlib import suppress
from pathlib import Path, PurePosixPath

from wiseparts_pipeline.config.importer import ImporterSettings
from wiseparts_pipeline.importing.error_files import write_error_file
from wiseparts_pipeline.importing.ledger import table as ledger
from wiseparts_pipeline.importing.ledger.outcome import Status
from wiseparts_pipeline.importing.ledger.rows import REMOVED, REPLACED, LedgerFile
from wiseparts_pipeline.importing.workspace import workspace
from wiseparts_pipeline.transport.base import RemoteFile, TargetExists, Transport
from wiseparts_pipeline.warehouse import Connection


def archive(
    transport: Transport,
    connection: Connection,
    importer: ImporterSettings,
    file: LedgerFile,
    status: Status,
    columns: list[str] | None = None,
) -> str:
    """Moves a finished file to `processed/` or `refused/` and puts its error file into `errors/`; returns its new path.

    May be called again after a crash at any point of it. Never overwrites: a name that is taken gets the file's id.
    """
    folder = PurePosixPath(importer.folder)
    place = folder / ("refused" if status is Status.REFUSED else "processed")
    name = file.name if file.name.isprintable() else f"file-{file.file_id}"
    found = transport.stat(file.path)
    target = _target(transport, file, found, folder / "processed", place, name)
    error_file = None
    if _has_rejects(connection, file.file_id):
        named = name if target in (REPLACED, REMOVED) else PurePosixPath(target).name
        error_file = _put_error_file(transport, connection, importer, file.file_id, folder / "errors", named, columns)
    if found is not None and target not in (file.path, REPLACED):
        transport.move(file.path, target)
    ledger.note_archived(connection, file.file_id, target, error_file)
    return target


def _target(
    transport: Transport,
    file: LedgerFile,
    found: RemoteFile | None,
    processed: PurePosixPath,
    place: PurePosixPath,
    name: str,
) -> str:
    """Where the file is to be, or has been since before a crash."""
    plain, numbered = place / name, place / _with_id(name, file.file_id)
    if found is None:
        return next((str(path) for path in (numbered, plain) if transport.exists(str(path))), REMOVED)
    if (found.size, found.modified_at) != (file.size_bytes, file.modified_at):
        return REPLACED
    if PurePosixPath(file.path).parent in (processed, place):
        return file.path
    return str(numbered if transport.exists(str(plain)) else plain)


def _put_error_file(
    transport: Transport,
    connection: Connection,
    importer: ImporterSettings,
    file_id: int,
    folder: PurePosixPath,
    name: str,
    columns: list[str] | None,
) -> str:
    """Returns the error file's path."""
    with workspace() as temporary:
        local = temporary / "errors.csv"
        write_error_file(connection, file_id, local, importer.file, columns)
        plain, numbered = (str(folder / f"{stem}.errors.csv") for stem in (name, _with_id(name, file_id)))
        try:
            transport.upload(local, plain)
        except TargetExists:
            if not _is_same(transport, plain, local):
                with suppress(TargetExists):  # the numbered one can only be ours, from before a crash
                    transport.upload(local, numbered)
                return numbered
        return plain


def _is_same(transport: Transport, path: str, local: Path) -> bool:
    with local.open("rb") as opened:
        expected = hashlib.file_digest(opened, "sha256").hexdigest()
    return transport.fetch(path, local.with_name("found.csv")) == expected


def _has_rejects(connection: Connection, file_id: int) -> bool:
    row = connection.execute(
        "select exists (select from ops.rejected_rows where file_id = %s and status = 'rejected')", [file_id]
    ).fetchone()
    return bool(row and row[0])


def _with_id(name: str, file_id: int) -> str:
    stem, dot, suffix = name.partition(".")
    return f"{stem}.{file_id}{dot}{suffix}"
