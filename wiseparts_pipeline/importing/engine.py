"""One file's path through the pipeline: fetch, load and write the ledger in one transaction, then archive."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from wiseparts_pipeline.errors import WisepartsError
from wiseparts_pipeline.exporting.noting import start
from wiseparts_pipeline.importing.archiving import archive
from wiseparts_pipeline.importing.discovery.file_sets import needed_by_others
from wiseparts_pipeline.importing.discovery.kept_files import kept_files
from wiseparts_pipeline.importing.discovery.matching import sharing
from wiseparts_pipeline.importing.discovery.selection import files_asked_for, pending_files
from wiseparts_pipeline.importing.faults import FailureCode, RefusedFile, WarningCode
from wiseparts_pipeline.importing.file_loading import FileLoader, LoadedFile, LocalFile
from wiseparts_pipeline.importing.importer import Importer
from wiseparts_pipeline.importing.ledger import table as ledger
from wiseparts_pipeline.importing.ledger.outcome import Outcome, Status
from wiseparts_pipeline.importing.ledger.rows import LedgerFile
from wiseparts_pipeline.importing.loading.corrections import resolve_told
from wiseparts_pipeline.importing.reading.joins import JoinedFiles
from wiseparts_pipeline.importing.rejects import first_rejected
from wiseparts_pipeline.importing.results import (
    PENDING,
    SHOWN_REJECTS,
    FileResult,
    ImportOptions,
    ImportResult,
    NoProgress,
    Progress,
)
from wiseparts_pipeline.importing.workspace import workspace
from wiseparts_pipeline.program_faults import explain
from wiseparts_pipeline.transport.base import TransientError, Transport, TransportError
from wiseparts_pipeline.warehouse import Connection, Warehouse
from wiseparts_pipeline.warehouse.errors import describe_error, map_database_errors, one_line
from wiseparts_pipeline.warehouse.locks import only_one, waiting_at_most


def run_import(
    importer: Importer,
    transport: Transport,
    warehouse: Warehouse,
    options: ImportOptions = PENDING,
    progress: Progress | None = None,
) -> ImportResult:
    """Imports an importer's pending files, or those asked for, one after the other; one import per entity at a time.

    A file that is refused or fails does not stop the next; one that matches the pattern of a competing importer too is
    left where it is, unless they share it. Raises TransportError when the source cannot be listed, LockHeld when
    another import of the entity takes longer than it is waited for, and WarehouseError when the database is lost.
    """
    progress = progress or NoProgress()
    entity = importer.settings.entity
    with (
        warehouse.connect(autocommit=True) as connection,
        map_database_errors(connection),
        waiting_at_most(connection, options.wait_seconds),
        only_one(connection, ledger.lock_name(entity), lambda holder: progress.blocked(entity, holder)),
    ):
        if options.names is None and options.local is None:
            found = pending_files(importer, transport, connection, dry_run=options.dry_run)
        else:
            asked = (options.names or (), options.local or ())
            found = files_asked_for(importer, transport, connection, *asked, dry_run=options.dry_run)
        if found.files and not options.dry_run:
            # What is there now was there before the exporter.
            exporters = [exporter for exporter in importer.exporters if exporter.entity == entity]
            start(connection, exporters, wait=True)
        result = ImportResult(unsettled=found.unsettled, incomplete=found.incomplete, problems=found.problems)
        for position, file in enumerate(found.files, 1):
            progress.file_started(file.name, position, len(found.files), file.size_bytes)
            one = _FileImport(importer, file, transport, connection, options, progress)
            finished = one.dry_run() if options.dry_run else one.run()
            progress.file_finished(finished)
            result.files.append(finished)
        return result


@dataclass(frozen=True)
class _Fetched:
    """A file on this machine."""

    file: LedgerFile
    path: Path
    sha256: str


@dataclass(frozen=True)
class _Committed:
    """A file whose outcome is in the ledger, and what is still to be archived with it.

    `companions`: those that no other file needs. `columns`: of the file itself, for its error file; None: not known.
    """

    status: Status
    companions: Sequence[LedgerFile] = ()
    columns: list[str] | None = None
    released: dict[str, int] = field(default_factory=dict)


class _FileImport:
    """The import of one file."""

    def __init__(
        self,
        importer: Importer,
        file: LedgerFile,
        transport: Transport,
        connection: Connection,
        options: ImportOptions,
        progress: Progress,
    ) -> None:
        self._importer = importer.settings
        self._with_competitors = importer
        self._siblings = importer.siblings
        self._file = file
        self._transport = transport
        self._connection = connection
        self._options = options
        self._progress = progress

    def run(self) -> FileResult:
        """Imports and archives the file, or only archives one whose import a crash cut short after the commit."""
        try:
            committed = _Committed(self._file.status) if self._file.is_finished else self._import()
        except Exception as error:  # noqa: BLE001 (whatever it is, it is this file's, and the others go on)
            return self._fail(self._failure(error))
        except BaseException as error:
            if not self._connection.closed:
                self._fail(Outcome.failed(f"{type(error).__name__}: {one_line(error)}"))
            raise
        return self._archive(committed)

    def dry_run(self) -> FileResult:
        """Does all but the commit, and leaves the file where it is."""
        sha256: str | None = None
        try:
            with workspace() as folder:
                main = self._fetch(self._file, folder / "file", self._report_fetched)
                sha256 = main.sha256
                companions = self._fetch_companions(folder)
                with self._connection.transaction(force_rollback=True):
                    loaded = self._load(main, companions, folder)
                    rejected = first_rejected(self._connection, self._file.file_id, SHOWN_REJECTS)
            row = ledger.unwritten_row(self._file, self._importer.entity, loaded.outcome, sha256)
            return FileResult(row, rejected, loaded.released)
        except RefusedFile as refused:
            outcome = Outcome.refused(refused)
        except Exception as error:  # noqa: BLE001 (as in `run`)
            outcome = self._failure(error)
        return FileResult(ledger.unwritten_row(self._file, self._importer.entity, outcome, sha256))

    def _failure(self, error: Exception) -> Outcome:
        """Why this file failed; raises an error that has ended the connection, as every other file would fail too."""
        if isinstance(error, TransportError):
            return Outcome.failed(str(error))
        if self._connection.closed:
            raise error
        if isinstance(error, psycopg.Error):
            return Outcome.failed(describe_error(error))
        if isinstance(error, WisepartsError):
            return Outcome.failed(str(error))
        about = explain(error, f"import of {self._file.path}")
        return Outcome.failed(f"Nothing of it was loaded because of {about}", FailureCode.PROGRAM_FAULT)

    def _import(self) -> _Committed:
        for each in (self._file, *self._file.companions):
            ledger.start(self._connection, each.file_id, self._options.run_id)
        try:
            with workspace() as folder:
                main = self._fetch(self._file, folder / "file", self._report_fetched)
                is_same = ledger.note_content(self._connection, self._file.file_id, main.sha256)
                companions = self._fetch_companions(folder)
                is_same &= self._note_companions(companions)
                with self._connection.transaction():
                    loaded = self._load(main, companions, folder)
                    if is_same:
                        loaded.outcome.counts.warnings[WarningCode.SAME_CONTENT] = 1
                    leaving = self._finish(loaded.outcome)
                return _Committed(loaded.outcome.status, leaving, loaded.columns, loaded.released)
        except RefusedFile as refused:
            outcome = Outcome.refused(refused)
            with self._connection.transaction():
                leaving = self._finish(outcome)
            return _Committed(outcome.status, leaving)

    def _fetch(self, file: LedgerFile, target: Path, progress: Callable[[int], None] | None = None) -> _Fetched:
        """Brings the file to the target, unless it is on this machine already."""
        if file.is_local:
            path = Path(file.path)
            with path.open("rb") as opened:
                return _Fetched(file, path, hashlib.file_digest(opened, "sha256").hexdigest())
        sha256 = self._transport.fetch(file.path, target, progress)
        if target.stat().st_size != file.size_bytes:
            raise TransientError(f"{file.path} has changed since it was listed; it is imported once it stays the same.")
        return _Fetched(file, target, sha256)

    def _fetch_companions(self, folder: Path) -> list[_Fetched]:
        companions = enumerate(self._file.companions)
        return [self._fetch(each, folder / f"companion-{number}") for number, each in companions]

    def _note_companions(self, companions: Sequence[_Fetched]) -> bool:
        """Records the companions; returns whether the importer's last file had all of the same."""
        same = [
            ledger.note_joined(self._connection, each.file.file_id, self._file.file_id, each.sha256)
            for each in companions
        ]
        return all(same)

    def _fetch_kept(self, folder: Path) -> list[tuple[str, Path]]:
        """Brings the files that values are looked up in; they stay where they are, for the next import."""
        fetched = []
        source = self._with_competitors.source
        for number, kept in enumerate(kept_files(self._transport, source, self._importer, self._file.path)):
            path = folder / f"kept-{number}"
            if self._file.is_local:
                path = Path(kept.path)
            else:
                self._transport.fetch(kept.path, path)
            fetched.append((kept.name, path))
        return fetched

    def _load(self, main: _Fetched, companions: Sequence[_Fetched], folder: Path) -> LoadedFile:
        """Loads the file's rows in the caller's transaction."""
        bytes_fetched = 0 if main.file.is_local else main.file.size_bytes
        loader = FileLoader(
            self._connection,
            self._importer,
            folder,
            lambda rows_read: self._progress.file_advanced(bytes_fetched, rows_read),
            force=self._options.force,
            new_only=self._options.new_only,
            siblings=self._siblings,
            sharing=sharing(self._with_competitors, main.file.path),
            exporters=() if self._options.dry_run else self._with_competitors.exporters,
        )
        with JoinedFiles(
            self._importer,
            [(each.file.name, each.path) for each in companions],
            folder,
            kept=self._fetch_kept(folder),
            connection=self._connection,
        ) as joined:
            loaded = loader.load(LocalFile(main.file, main.path, joined))
        if self._options.new_only:
            # They are the answer to whoever asks for the record.
            resolve_told(self._connection, main.file.file_id)
        return loaded

    def _report_fetched(self, bytes_fetched: int) -> None:
        self._progress.file_advanced(bytes_fetched, 0)

    def _finish(self, outcome: Outcome) -> list[LedgerFile]:
        """Writes the outcome of the file and of the companions that no other file needs; returns these companions."""
        ledger.finish(self._connection, self._file.file_id, outcome)
        if not self._file.companions:
            return []
        needed = needed_by_others(self._connection, self._file.source, self._importer, self._file)
        leaving = [each for each in self._file.companions if each.file_id not in needed]
        for companion in leaving:
            ledger.finish(self._connection, companion.file_id, outcome.of_companion(self._file.name))
        for file_id in needed & {each.file_id for each in self._file.companions}:
            ledger.release_companion(self._connection, file_id)
        return leaving

    def _fail(self, outcome: Outcome) -> FileResult:
        for each in () if self._file.is_finished else (self._file, *self._file.companions):
            ledger.finish(self._connection, each.file_id, outcome)
        return FileResult(ledger.get(self._connection, self._file.file_id))

    def _archive(self, committed: _Committed) -> FileResult:
        for each in (self._file, *committed.companions):
            if each.is_local:
                ledger.note_archived(self._connection, each.file_id, each.path)
                continue
            try:
                archive(
                    self._transport,
                    self._connection,
                    self._importer,
                    each,
                    committed.status,
                    committed.columns,
                    [other.name for other in sharing(self._with_competitors, each.path)],
                )
            except TransportError as error:
                ledger.note_not_archived(self._connection, each.file_id, str(error))
            except psycopg.Error:
                raise
            except Exception as error:  # noqa: BLE001 (its rows are loaded, and the other files go on)
                about = explain(error, f"archiving of {each.path}")
                ledger.note_not_archived(self._connection, each.file_id, about)
        row = ledger.get(self._connection, self._file.file_id)
        return FileResult(row, first_rejected(self._connection, row.file_id, SHOWN_REJECTS), committed.released)
