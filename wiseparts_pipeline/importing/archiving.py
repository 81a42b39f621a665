"""What happens on the file server after the commit: the file moves away, and its error file is uploaded."""

import hashlib
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path, PurePosixPath

from wiseparts_pipeline.config.file_names import LONGEST_NAME, error_file_name, shortened_names
from wiseparts_pipeline.config.importer import ImporterSettings
from wiseparts_pipeline.importing.error_files import write_error_file
from wiseparts_pipeline.importing.ledger import shared
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
    others: Sequence[str] = (),
) -> None:
    """Moves a finished file to `processed/` or `refused/` and puts its error file into `errors/`.

    A file that `others` share, importers by name, stays until each of them has finished with it; whoever is the last
    moves it, to `refused/` only if all have refused it. May be called again after a crash at any point of it. Never
    overwrites: a name that is taken gets the file's id.
    """
    if not others:
        _Archiving(transport, connection, importer, file, columns).move(status)
        return
    with connection.transaction():
        shared.lock_file(connection, file)
        finished = shared.finished_with(file, shared.open_at(connection, file.source, [file.path]))
        if all(each.file_id != file.file_id for each in finished):
            return  # another importer has archived it meanwhile
        archiving = _Archiving(transport, connection, importer, file, columns, is_shared=True)
        is_in_folder = importer.folder_names.matches(file.folder)
        if is_in_folder and set(others) - {each.importer for each in finished} and archiving.is_there():
            archiving.leave()
            return
        is_refused = all(each.status is Status.REFUSED for each in finished)
        archiving.move(Status.REFUSED if is_refused else Status.IMPORTED)


class _Archiving:
    """The archiving of one file. `columns`: of its error file; None: not known."""

    def __init__(
        self,
        transport: Transport,
        connection: Connection,
        importer: ImporterSettings,
        file: LedgerFile,
        columns: list[str] | None,
        *,
        is_shared: bool = False,
    ) -> None:
        self._transport = transport
        self._connection = connection
        self._importer = importer
        self._file = file
        self._columns = columns
        self._is_shared = is_shared
        self._folder = PurePosixPath(importer.home_folder(file.path))
        self._name = file.name if file.name.isprintable() else f"file-{file.file_id}"

    def move(self, status: Status) -> None:
        file = self._file
        place = self._folder / ("refused" if status is Status.REFUSED else "processed")
        found = self._transport.stat(file.path)
        target = self._target(found, place)
        error_file = self._put_error_file(self._name if target in (REPLACED, REMOVED) else PurePosixPath(target).name)
        if found is not None and target not in (file.path, REPLACED):
            self._transport.move(file.path, target)
        ledger.note_archived(self._connection, file.file_id, target, error_file)
        if self._is_shared:
            shared.note_archived_with(self._connection, file, target)
            shared.note_moved(self._connection, file, target)

    def is_there(self) -> bool:
        """Whether the file is in its place, unchanged."""
        found = self._transport.stat(self._file.path)
        return found is not None and (found.size, found.modified_at) == self._file.version

    def leave(self) -> None:
        """Only puts the error file there, as the file itself stays for another importer."""
        if error_file := self._put_error_file(self._name):
            shared.note_error_file(self._connection, self._file.file_id, error_file)

    def _target(self, found: RemoteFile | None, place: PurePosixPath) -> str:
        """Where the file is to be, or has been since before a crash."""
        file = self._file
        plain, numbered = place / self._name, place / self._fitting(_with_id(self._name, file.file_id))
        if found is None:
            moved_to = shared.moved_to(self._connection, file) if self._is_shared else None
            places = [*([moved_to] if moved_to else []), str(numbered), str(plain)]
            return next((each for each in places if self._transport.exists(each)), REMOVED)
        if (found.size, found.modified_at) != file.version:
            return REPLACED
        if PurePosixPath(file.path).parent in (self._folder / "processed", place):
            return file.path
        return str(numbered if self._transport.exists(str(plain)) else plain)

    def _fitting(self, name: str, suffix: str = "") -> str:
        """The name, or one in its place that leaves room for the suffix, and that matches the importer's pattern too.

        It differs from that of any other name, and has the date of this one.
        """
        room = LONGEST_NAME - len(suffix.encode())
        if len(name.encode()) <= room:
            return name
        names = self._importer.file_names
        shortened = shortened_names(name, room)
        same = (each for each in shortened if names.matches(each) and names.named_time(each) == names.named_time(name))
        return next(same, shortened[0])

    def _put_error_file(self, name: str) -> str | None:
        """Returns the error file's path; None where no row was rejected."""
        file = self._file
        if not _has_rejects(self._connection, file.file_id):
            return None
        importer = self._importer.name if self._is_shared else ""
        suffix = error_file_name("", importer)
        plain, numbered = (
            str(self._folder / "errors" / f"{self._fitting(stem, suffix)}{suffix}")
            for stem in (name, _with_id(name, file.file_id))
        )
        with workspace() as temporary:
            local = temporary / "errors.csv"
            write_error_file(self._connection, file.file_id, local, self._importer.file, self._columns)
            try:
                self._transport.upload(local, plain)
            except TargetExists:
                if not _is_same(self._transport, plain, local):
                    with suppress(TargetExists):  # the numbered one can only be ours, from before a crash
                        self._transport.upload(local, numbered)
                    return numbered
            return plain


def _is_same(transport: Transport, path: str, local: Path) -> bool:
    with local.open("rb") as opened:
        expected = hashlib.file_digest(opened, "sha256").hexdigest()
    return transport.fetch(path, local.with_name("found.csv")) == expected


def _has_rejects(connection: Connection, file_id: int) -> bool:
    row = connection.execute(
        "select exists (select from ops.rejected_entries where file_id = %s and status = 'rejected')", [file_id]
    ).fetchone()
    return bool(row and row[0])


def _with_id(name: str, file_id: int) -> str:
    stem, dot, suffix = name.partition(".")
    return f"{stem}.{file_id}{dot}{suffix}"
