"""A file's way: fetch, read, validate, load and write the ledger in one transaction, then archive."""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Protocol

import psycopg
import pyarrow as pa

from wiseparts_pipeline.config.importer import ImporterSettings, Mode
from wiseparts_pipeline.importing import ledger
from wiseparts_pipeline.importing.archiving import archive
from wiseparts_pipeline.importing.discovery.listing import needed_by_others
from wiseparts_pipeline.importing.discovery.selection import files_asked_for, pending_files
from wiseparts_pipeline.importing.faults import RefusalCode, RefusedFile, WarningCode
from wiseparts_pipeline.importing.importer import Importer
from wiseparts_pipeline.importing.ledger import Counts, LedgerFile, Status
from wiseparts_pipeline.importing.loading import (
    Deletion,
    FirstLoad,
    LoadRules,
    Rows,
    Staging,
    assign_line_numbers,
    note_sequence_numbers,
)
from wiseparts_pipeline.importing.loading.corrections import original_of, resolve_earlier, resolve_original
from wiseparts_pipeline.importing.loading.deferred import release, report_deferred, supersede_deferred
from wiseparts_pipeline.importing.loading.matching.key_hashes import KeyHashes
from wiseparts_pipeline.importing.loading.raw_rows import with_raw_cells
from wiseparts_pipeline.importing.loading.references import count_unknown_references, defer_rows
from wiseparts_pipeline.importing.reading import ERROR_COLUMNS, Batch, Records, open_records
from wiseparts_pipeline.importing.reading.joins import JoinedFiles
from wiseparts_pipeline.importing.reading.prefetch import prefetched
from wiseparts_pipeline.importing.rejects import RejectSpool, first_rejected
from wiseparts_pipeline.importing.validation.validator import Validator
from wiseparts_pipeline.importing.workspace import workspace
from wiseparts_pipeline.transport.base import TransientError, Transport, TransportError
from wiseparts_pipeline.warehouse import Connection, Warehouse
from wiseparts_pipeline.warehouse.errors import describe_error, map_database_errors, one_line
from wiseparts_pipeline.warehouse.locks import only_one

SHOWN_REJECTS = 50
_MIN_ROWS_FOR_LIMIT = 20


@dataclass
class FileResult:
    """What became of a file: the columns of `ops.import_files`, and its first rejected rows.

    `released`: by entity, how many rows of other files had waited for its records and were loaded with them.
    """

    file: dict[str, Any]
    rejected: list[dict[str, Any]] = field(default_factory=list)
    released: dict[str, int] = field(default_factory=dict)

    @property
    def status(self) -> Status:
        return Status(self.file["status"])


@dataclass
class ImportResult:
    """What a run did, and what it left: files still being written or waiting for others, and problems for people."""

    files: list[FileResult] = field(default_factory=list)
    unsettled: list[str] = field(default_factory=list)
    waiting: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


class Progress(Protocol):
    """Told how an import goes on."""

    def waiting_for(self, entity: str) -> None:
        """Another import of the entity is running."""

    def file_started(self, name: str, position: int, total: int, size_bytes: int) -> None: ...

    def file_advanced(self, bytes_fetched: int, rows_read: int) -> None: ...

    def file_finished(self, result: FileResult) -> None: ...


class NoProgress:
    """Tells nobody."""

    def waiting_for(self, entity: str) -> None: ...

    def file_started(self, name: str, position: int, total: int, size_bytes: int) -> None: ...

    def file_advanced(self, bytes_fetched: int, rows_read: int) -> None: ...

    def file_finished(self, result: FileResult) -> None: ...


@dataclass(frozen=True)
class ImportOptions:
    """`names`: these files instead of what is pending, in the folder or archived. `local`: files of this machine.

    `force`: take a file that a guard would hold back: what is older than what is stored, lacks too much, has too many
    rejected rows. `dry_run`: validate and report, change nothing.
    """

    names: Sequence[str] | None = None
    local: Sequence[Path] | None = None
    force: bool = False
    dry_run: bool = False
    run_id: str | None = None


def run_import(
    importer: Importer,
    transport: Transport,
    warehouse: Warehouse,
    options: ImportOptions = ImportOptions(),
    progress: Progress | None = None,
) -> ImportResult:
    """Imports an importer's pending files, or those asked for, one after the other; one import an entity at a time.

    A file that is refused or fails does not stop the next; one that matches the pattern of a competing importer too is
    left where it is. Raises TransportError when the source cannot be listed, and WarehouseError when the database is
    lost.
    """
    progress = progress or NoProgress()
    entity = importer.settings.entity
    with (
        warehouse.connect(autocommit=True) as connection,
        map_database_errors(connection),
        only_one(connection, ledger.lock_name(entity), lambda: progress.waiting_for(entity)),
    ):
        if options.names is None and options.local is None:
            found = pending_files(importer, transport, connection, dry_run=options.dry_run)
        else:
            asked = (options.names or (), options.local or ())
            found = files_asked_for(importer, transport, connection, *asked, dry_run=options.dry_run)
        result = ImportResult(unsettled=found.unsettled, waiting=found.waiting, problems=found.problems)
        for position, file in enumerate(found.files, 1):
            progress.file_started(file.name, position, len(found.files), file.size_bytes)
            way = _FileImport(importer.settings, transport, connection, options, progress)
            finished = way.dry_run(file) if options.dry_run else way.run(file)
            progress.file_finished(finished)
            result.files.append(finished)
        return result


class _FileImport:
    """The import of one file."""

    def __init__(
        self,
        importer: ImporterSettings,
        transport: Transport,
        connection: Connection,
        options: ImportOptions,
        progress: Progress,
    ) -> None:
        self._importer = importer
        self._transport = transport
        self._connection = connection
        self._options = options
        self._progress = progress
        self._columns: list[str] | None = None
        # What is finished and archived with the file: the companions that no other file needs.
        self._leaving: list[LedgerFile] = []
        self._released: dict[str, int] = {}
        self._fetched = 0

    def run(self, file: LedgerFile) -> FileResult:
        """Imports and archives the file, or only archives one whose import a crash cut short after the commit."""
        try:
            status = file.status if file.is_finished else self._import(file)
        except TransportError as error:
            return self._failed(file, str(error))
        except psycopg.Error as error:
            if self._connection.closed:
                raise
            return self._failed(file, describe_error(error))
        except BaseException as error:
            if not self._connection.closed:
                self._failed(file, f"{type(error).__name__}: {one_line(error)}")
            raise
        return self._archived(file, status)

    def dry_run(self, file: LedgerFile) -> FileResult:
        """Does all but the commit, and leaves the file where it is."""
        unknown = dict.fromkeys(("run_id", "started_at", "finished_at", "archived_to", "error_file", "joined_to"))
        row = asdict(file) | unknown | {"file_id": None, "entity": self._importer.entity}
        rejected: list[dict[str, Any]] = []
        try:
            with workspace() as folder:
                path, row["sha256"] = self._fetch(file, folder / "file", self._note_fetched)
                companions = [path for path, _ in self._fetch_companions(file, folder)]
                with self._joining(file, companions, folder), self._connection.transaction(force_rollback=True):
                    counts, refusal = self._load(file, path, folder)
                    rejected = first_rejected(self._connection, file.file_id, SHOWN_REJECTS)
                    outcome = _outcome(counts, refusal)
        except RefusedFile as refused:
            outcome = _outcome(Counts(), refused)
        except TransportError as error:
            outcome = _outcome(Counts()) | {"status": Status.FAILED, "error": str(error)}
        except psycopg.Error as error:
            if self._connection.closed:
                raise
            outcome = _outcome(Counts()) | {"status": Status.FAILED, "error": describe_error(error)}
        del row["companions"]
        return FileResult(row | outcome, rejected, self._released)

    def _import(self, file: LedgerFile) -> Status:
        for each in (file, *file.companions):
            ledger.start(self._connection, each.file_id, self._options.run_id)
        try:
            with workspace() as folder:
                path, sha256 = self._fetch(file, folder / "file", self._note_fetched)
                same_content = ledger.note_content(self._connection, file.file_id, sha256)
                companions = []
                for companion, (joined, sha256) in zip(
                    file.companions, self._fetch_companions(file, folder), strict=True
                ):
                    same_content &= ledger.note_joined(self._connection, companion.file_id, file.file_id, sha256)
                    companions.append(joined)
                with self._joining(file, companions, folder), self._connection.transaction():
                    counts, refusal = self._load(file, path, folder)
                    if same_content:
                        counts.warnings[WarningCode.SAME_CONTENT] = 1
                    outcome = _outcome(counts, refusal)
                    self._finish(file, outcome["status"], counts, outcome["error_code"], outcome["error"])
                    return Status(outcome["status"])
        except RefusedFile as refused:
            return self._refuse(file, refused)

    def _refuse(self, file: LedgerFile, refused: RefusedFile) -> Status:
        with self._connection.transaction():
            self._finish(file, Status.REFUSED, Counts(), refused.code, str(refused))
        return Status.REFUSED

    def _finish(self, file: LedgerFile, status: Status, counts: Counts, code: str | None, error: str | None) -> None:
        """Writes what became of the file, and of its companions but for those that other files need as well."""
        ledger.finish(self._connection, file.file_id, status, counts, error_code=code, error=error)
        needed = needed_by_others(self._connection, file.source, self._importer, file) if file.companions else set()
        self._leaving = [companion for companion in file.companions if companion.file_id not in needed]
        refused = status is Status.REFUSED
        said = f"It was read together with {file.name}, which was refused." if refused else None
        for companion in self._leaving:
            became = Status.REFUSED if refused else Status.IMPORTED
            ledger.finish(self._connection, companion.file_id, became, Counts(), error_code=code, error=said)
        for file_id in needed & {companion.file_id for companion in file.companions}:
            ledger.release_companion(self._connection, file_id)

    def _fetch(self, file: LedgerFile, target: Path, progress: Callable[[int], None] | None = None) -> tuple[Path, str]:
        """The file on this machine, the target unless it is here already, and its SHA-256."""
        if _is_local(file):
            path = Path(file.path)
            with path.open("rb") as opened:
                return path, hashlib.file_digest(opened, "sha256").hexdigest()
        sha256 = self._transport.fetch(file.path, target, progress)
        if target.stat().st_size != file.size_bytes:
            raise TransientError(f"{file.path} has changed since it was listed; it is taken when it stays as it is.")
        return target, sha256

    def _fetch_companions(self, file: LedgerFile, folder: Path) -> list[tuple[Path, str]]:
        return [self._fetch(each, folder / f"companion-{number}") for number, each in enumerate(file.companions)]

    @contextmanager
    def _joining(self, file: LedgerFile, companions: Sequence[Path], folder: Path) -> Iterator[None]:
        """While the file is read, its companions' columns stand behind its own."""
        names = [companion.name for companion in file.companions]
        with JoinedFiles(self._importer, list(zip(names, companions, strict=True)), folder) as self._joined:
            yield

    def _note_fetched(self, size: int) -> None:
        self._fetched = size
        self._progress.file_advanced(size, 0)

    def _load(self, file: LedgerFile, path: Path, folder: Path) -> tuple[Counts, RefusedFile | None]:
        """Reads, checks and loads in the caller's transaction; a refusal leaves rejected rows and nothing else."""
        if not file.name.isprintable():
            raise RefusedFile(RefusalCode.UNSAFE_NAME, name=file.name)
        opened = open_records(path, file.name, self._importer.file)
        self._columns = opened.columns
        opened = self._joined.with_joined_columns(opened)
        is_correction = ERROR_COLUMNS[0] in opened.columns
        corrects = original_of(self._connection, self._importer.name, file.name) if is_correction else None
        rules = LoadRules.of(
            self._connection,
            self._importer,
            file,
            force=self._options.force,
            corrects=corrects,
            partial=is_correction,
        )
        validator = Validator(self._importer, opened.columns, corrects=corrects is not None)
        first = FirstLoad(self._connection, rules, validator.columns)
        if first.is_possible() and not validator.sequences and not is_correction:
            try:
                return self._load_rows(file, path, folder, first)
            except psycopg.errors.UniqueViolation:
                pass  # a key comes twice in the file: the staging table tells which
        return self._load_rows(file, path, folder, Staging(self._connection, rules, validator.columns))

    def _load_rows(self, file: LedgerFile, path: Path, folder: Path, rows: Rows) -> tuple[Counts, RefusedFile | None]:
        opened = self._joined.with_joined_columns(open_records(path, file.name, self._importer.file))
        validator = Validator(self._importer, opened.columns, corrects=rows.rules.corrects is not None)
        counts = Counts()
        warnings: Counter[str] = Counter(validator.warnings)
        spool = RejectSpool(folder / "rejects", self._importer.entity, file.file_id)
        refusal: RefusedFile | None = None
        with self._connection.transaction() as savepoint:
            rows.create()
            gaps, may_repeat = self._stage(opened, validator, rows, spool, counts, warnings)
            for column, within in validator.sequences.items():
                assign_line_numbers(rows, column, within, gaps)
            if rows.rules.corrects is not None:
                resolve_original(rows)
            excluded = rows.exclude(may_repeat)
            counts.superseded = excluded.superseded
            if excluded.rejected:
                counts.rejected += excluded.rejected
                again = open_records(path, file.name, self._importer.file).batches()
                spool.add(with_raw_cells(again, rows.faults()))
            if refusal := self._over_limit(counts):
                raise psycopg.Rollback(savepoint)
            spool.write(self._connection)
            if validator.sequences:
                note_sequence_numbers(rows)
            if rows.rules.corrects is not None:
                resolve_original(rows)
            if rows.rules.mode is Mode.SNAPSHOT:
                deletion = rows.delete_missing()
                if refusal := self._shrinks_too_much(deletion):
                    raise psycopg.Rollback(savepoint)
                counts.deleted = 0 if deletion.held_back else deletion.missing
                if deletion.held_back:
                    warnings[WarningCode.NOT_DELETED] += deletion.missing
            if excluded.stale:
                warnings[WarningCode.STALE] += excluded.stale
            counts.waiting = defer_rows(rows)
            if counts.waiting:
                report_deferred(rows, open_records(path, file.name, self._importer.file).batches())
            warnings += count_unknown_references(rows)
            remaining = rows.count()
            counts.created, counts.updated = rows.load()
            counts.unchanged = excluded.unchanged + remaining - counts.created - counts.updated
            supersede_deferred(rows)
            resolve_earlier(rows)
            rows.drop()
            if counts.created or counts.updated:
                self._released = release(self._connection, rows.entity, file.file_id)
        if refusal is not None:
            spool.rewind()
        spool.write(self._connection)
        counts.assert_all_accounted_for(reported=spool.rows, refused=refusal is not None)
        counts.warnings = {str(code): count for code, count in warnings.items()}
        return counts, refusal

    def _stage(
        self,
        opened: Records,
        validator: Validator,
        rows: Rows,
        spool: RejectSpool,
        counts: Counts,
        warnings: Counter[str],
    ) -> tuple[list[tuple[int, str]], list[tuple[str, ...]]]:
        """Copies the good rows while the next batch is being read.

        Returns the sequence keys of rejected rows, and the unique keys that may come twice in the file.
        """
        gaps: list[tuple[int, str]] = []
        numbered = [key for key in validator.unique_keys if validator.sequences.keys() & set(key)]
        hashed = validator.unique_keys if isinstance(rows, Staging) else []
        hashes = {key: KeyHashes(key) for key in hashed if key not in numbered}

        def pieces(batches: Iterator[Batch]) -> Iterator[tuple[pa.Buffer, int, int]]:
            for batch in batches:
                validated = validator.validate(batch)
                spool.add(validated.faults)
                gaps.extend(validated.rejected_sequence_keys)
                warnings.update(validated.warnings)
                for key_hashes in hashes.values():
                    key_hashes.add(validated.typed)
                yield rows.encode(validated.literals), validated.rows_read, validated.rows_rejected

        with (
            rows.copy() as writer,
            prefetched(opened.batches()) as batches,
            prefetched(pieces(batches)) as ready,
        ):
            for data, rows_read, rows_rejected in ready:
                writer.write(data)
                counts.read += rows_read
                counts.rejected += rows_rejected
                self._progress.file_advanced(self._fetched, counts.read)
        return gaps, numbered + [key for key, key_hashes in hashes.items() if key_hashes.may_repeat()]

    def _over_limit(self, counts: Counts) -> RefusedFile | None:
        limit = self._importer.reject_limit_percent
        if self._options.force or counts.read < _MIN_ROWS_FOR_LIMIT or counts.rejected * 100 <= limit * counts.read:
            return None
        return RefusedFile(
            RefusalCode.TOO_MANY_REJECTS,
            rejected=counts.rejected,
            read=counts.read,
            limit=limit,
        )

    def _shrinks_too_much(self, deletion: Deletion) -> RefusedFile | None:
        limit = self._importer.shrink_limit_percent
        too_many = deletion.missing * 100 > limit * deletion.stored
        if self._options.force or deletion.held_back or not too_many:
            return None
        return RefusedFile(
            RefusalCode.SHRINK_GUARD,
            missing=deletion.missing,
            stored=deletion.stored,
            source=self._importer.source,
            limit=limit,
        )

    def _failed(self, file: LedgerFile, error: str) -> FileResult:
        for each in () if file.is_finished else (file, *file.companions):
            ledger.finish(self._connection, each.file_id, Status.FAILED, Counts(), error=error)
        return FileResult(ledger.get(self._connection, file.file_id))

    def _archived(self, file: LedgerFile, status: Status) -> FileResult:
        for each in (file, *self._leaving):
            if _is_local(each):
                ledger.note_archived(self._connection, each.file_id, each.path)
                continue
            try:
                archive(self._transport, self._connection, self._importer, each, status, self._columns)
            except TransportError as error:
                ledger.note_not_archived(self._connection, each.file_id, str(error))
        row = ledger.get(self._connection, file.file_id)
        return FileResult(row, first_rejected(self._connection, file.file_id, SHOWN_REJECTS), self._released)


def _is_local(file: LedgerFile) -> bool:
    """Whether the file is one of this machine: paths on a server are relative to its root."""
    return file.path.startswith("/")


def _outcome(counts: Counts, refusal: RefusedFile | None = None) -> dict[str, Any]:
    """The ledger's columns that tell how an import ended."""
    if refusal is not None:
        status = Status.REFUSED
    else:
        status = Status.IMPORTED_WITH_ERRORS if counts.rejected or counts.waiting else Status.IMPORTED
    return {
        "status": status,
        "rows_read": counts.read,
        "rows_created": counts.created,
        "rows_updated": counts.updated,
        "rows_unchanged": counts.unchanged,
        "rows_superseded": counts.superseded,
        "rows_rejected": counts.rejected,
        "rows_waiting": counts.waiting,
        "rows_deleted": counts.deleted,
        "warnings": counts.warnings,
        "error_code": refusal.code if refusal else None,
        "error": str(refusal) if refusal else None,
    }
