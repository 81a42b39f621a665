"""Loads one file's rows: reads, validates and stages them, then applies them to the entity's table."""

from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import KW_ONLY, dataclass, field, replace
from pathlib import Path

import psycopg

from wiseparts_pipeline.config.exports.exporter import ExporterSettings
from wiseparts_pipeline.config.importer import ImporterSettings, Mode
from wiseparts_pipeline.exporting.noting import note
from wiseparts_pipeline.importing import guards
from wiseparts_pipeline.importing.discovery.companions import as_sent
from wiseparts_pipeline.importing.faults import RefusalCode, RefusedFile, WarningCode
from wiseparts_pipeline.importing.ledger.changes import note_changes
from wiseparts_pipeline.importing.ledger.history import original_of
from wiseparts_pipeline.importing.ledger.order import date_by_arrival
from wiseparts_pipeline.importing.ledger.outcome import Counts, Outcome
from wiseparts_pipeline.importing.ledger.rows import LedgerFile
from wiseparts_pipeline.importing.loading import (
    FirstLoad,
    LoadRules,
    Rows,
    Staging,
    assign_line_numbers,
    forgotten,
    note_sequence_numbers,
)
from wiseparts_pipeline.importing.loading.corrections import resolve_earlier, resolve_original
from wiseparts_pipeline.importing.loading.deferred.cells import note_deferred_rows
from wiseparts_pipeline.importing.loading.deferred.releasing import release
from wiseparts_pipeline.importing.loading.deferred.superseding import supersede_by_deferred, supersede_deferred
from wiseparts_pipeline.importing.loading.good_rows import GoodRows
from wiseparts_pipeline.importing.loading.raw_rows import with_raw_cells
from wiseparts_pipeline.importing.loading.references import count_unknown_references, defer_rows
from wiseparts_pipeline.importing.reading import ERROR_COLUMNS, FileRows
from wiseparts_pipeline.importing.reading.joins import JoinedFiles
from wiseparts_pipeline.importing.reading.shapes import ShapedRows, open_shaped_rows
from wiseparts_pipeline.importing.reading.shapes.column_names import ColumnNames
from wiseparts_pipeline.importing.reading.shared_files import members_left
from wiseparts_pipeline.importing.rejects import RejectSpool
from wiseparts_pipeline.importing.validation.fingerprints import Fingerprints, fingerprints_of
from wiseparts_pipeline.importing.validation.validator import Validator
from wiseparts_pipeline.warehouse import Connection
from wiseparts_pipeline.warehouse.connection import current_time


@dataclass(frozen=True)
class LocalFile:
    """A file of the ledger as it is on this machine, and the files that it is read together with."""

    file: LedgerFile
    path: Path
    joined: JoinedFiles

    def rows(self, importer: ImporterSettings) -> ShapedRows:
        """The file's own rows, without what is joined."""
        return open_shaped_rows(self.path, self.file.name, importer)


@dataclass(frozen=True)
class LoadedFile:
    """How a load ended; `columns`: those of the file itself. `released`: see FileResult."""

    outcome: Outcome
    columns: list[str]
    released: dict[str, int] = field(default_factory=dict)


@dataclass
class FileLoader:
    """Loads files of one importer; `folder` is for temporary files, `on_rows_read` is given the number of rows read.

    `new_only`: see ImportOptions. `exporters`: those that the loaded records are noted for.
    """

    connection: Connection
    importer: ImporterSettings
    folder: Path
    on_rows_read: Callable[[int], None]
    _: KW_ONLY
    force: bool
    new_only: bool = False
    siblings: Sequence[ImporterSettings] | None = None
    sharing: Sequence[ImporterSettings] = ()
    exporters: Sequence[ExporterSettings] = ()
    members_left: list[str] = field(default_factory=list, init=False)

    def load(self, local: LocalFile) -> LoadedFile:
        """Loads the file in the caller's transaction; held back by a guard, it leaves its rejected rows only.

        Raises RefusedFile for a file that cannot be read to its end.
        """
        name = local.file.name
        if not name.isprintable():
            raise RefusedFile(RefusalCode.UNSAFE_NAME, name=name)
        file = self._dated(local.file)
        own = local.rows(self.importer)
        self.members_left = members_left(local.path, name, self.importer, self.sharing)
        joined = local.joined.with_joined_columns(own)
        columns = joined.columns
        is_correction = ERROR_COLUMNS[0] in columns
        corrects = (
            original_of(self.connection, self.importer.name, self.importer.error_file_path(local.file.path))
            if is_correction
            else None
        )
        rules = LoadRules.of(
            self.connection,
            self.importer,
            file,
            force=self.force,
            new_only=self.new_only,
            corrects=corrects,
            partial=is_correction,
            siblings=self.siblings,
        )
        validator = Validator(self.importer, columns, corrects=corrects is not None)
        rules = replace(rules, sources=validator.sources, forgotten=forgotten.whose(self.connection, rules.entity))
        fingerprints = fingerprints_of(self.importer, columns, validator.used_columns)
        fingerprinted = fingerprints is not None
        first = FirstLoad(self.connection, rules, validator.columns, fingerprinted=fingerprinted)
        if first.is_possible() and not validator.sequences and not is_correction:
            with suppress(psycopg.errors.UniqueViolation):  # a key occurs twice: the staging table finds out which
                return self._load(own, joined, first, fingerprints)
        staging = Staging(self.connection, rules, validator.columns, fingerprinted=fingerprinted)
        return self._load(own, joined, staging, fingerprints)

    def _dated(self, file: LedgerFile) -> LedgerFile:
        """The file; with `force`, one that is dated after tomorrow gets the date of its arrival, in the ledger too."""
        try:
            guards.check_date(self.importer, file, current_time(self.connection))
        except RefusedFile:
            if not self.force:
                raise
            arrived = file.detected_at.astimezone(self.importer.zone).date()
            names = {file.name, as_sent(self.importer, file.name)}
            date_by_arrival(self.connection, self.importer.name, names, self.importer.timezone)
            return replace(file, file_date=arrived, file_moment=None)
        return file

    def _load(self, own: ShapedRows, joined: FileRows, rows: Rows, fingerprints: Fingerprints | None) -> LoadedFile:
        with RejectSpool(
            self.folder / "rejects", self.importer.entity, rows.rules.file_id, self.importer.kept_of_refused
        ) as spool:
            return _Load(self, own, joined, rows, spool, fingerprints).run()


class _Load:
    """One attempt at loading a file's rows, by way of a staging table or directly into an empty table.

    `own`: the file's rows without what is joined; `joined`: with it.
    """

    def __init__(
        self,
        loader: FileLoader,
        own: ShapedRows,
        joined: FileRows,
        rows: Rows,
        spool: RejectSpool,
        fingerprints: Fingerprints | None,
    ) -> None:
        self._loader = loader
        self._fingerprints = fingerprints
        self._connection = loader.connection
        self._own = own
        self._rows = rows
        self._joined = joined
        self._spool = spool
        self._corrects = rows.rules.corrects is not None
        whose = rows.rules.forgotten
        self._validator = Validator(loader.importer, joined.columns, corrects=self._corrects, forgotten=whose)
        self._counts = Counts()
        self._missing = [*own.missing, *self._validator.missing]
        self._warnings: Counter[str] = Counter(
            {WarningCode.MISSING_COLUMN: len(self._missing)} if self._missing else {}
        )
        self._unread_sheets: tuple[str, ...] = ()
        if loader.members_left:
            self._warnings[WarningCode.MEMBERS_NOT_READ] = len(loader.members_left)

    def run(self) -> LoadedFile:
        """Loads the rows under a savepoint, and reports the rejected ones even if the others are rolled back."""
        released: dict[str, int] = {}
        refusal: guards.HeldBackFile | None = None
        try:
            with self._connection.transaction():
                self._load()
                if self._counts.changed:
                    released = release(self._connection, self._rows.entity, self._rows.rules.file_id)
                    changed = [self._rows.entity.name, *released]
                    note(self._connection, self._loader.exporters, changed)
                    note_changes(self._connection, self._rows.rules.file_id, changed)
        except guards.HeldBackFile as held_back:
            refusal = held_back.with_rejects(kept=self._spool.keep_first(), rejected=self._spool.rows)
        self._spool.write(self._connection)
        self._counts.assert_all_accounted_for(reported=self._spool.rows, refused=refusal is not None)
        self._counts.warnings = {str(code): count for code, count in self._warnings.items()}
        outcome = (
            Outcome.refused(refusal, self._counts) if refusal else Outcome.loaded(self._counts, self._file_columns())
        )
        return LoadedFile(outcome, self._own.sent_columns, released)

    def _file_columns(self) -> dict[str, list[str]]:
        """See LedgerRow; of an error file, the original has told it."""
        if ERROR_COLUMNS[0] in self._own.columns:
            return {}
        importer, validator = self._loader.importer, self._validator
        names = ColumnNames(self._own.columns, importer.match_columns)
        named = [condition.column for condition in importer.where]
        named += [name for table in (*importer.join, *importer.lookup) for name in table.on]
        used = validator.used_columns | {names.find(name) for name in named}
        unused = [name for name in self._own.columns if name not in used and not name.startswith("_")]
        found = {"missing": self._missing, "unused": unused, "sheets": list(self._unread_sheets)}
        found["members"] = self._loader.members_left
        return {what: columns for what, columns in found.items() if columns}

    def _load(self) -> None:
        rows, counts = self._rows, self._counts
        rows.create()
        good = self._stage()
        for column, within in self._validator.sequences.items():
            if continued := assign_line_numbers(rows, column, within, good.unnumbered):
                self._warnings[WarningCode.CONTINUED] += continued
        rows.note_snapshot_values()
        if self._corrects:
            resolve_original(rows)
        excluded = rows.exclude(good.may_repeat)
        counts.superseded = excluded.superseded
        self._reject(excluded.rejected)
        self._report_rejected()
        if rows.rules.mode is Mode.SNAPSHOT:
            self._delete_missing()
        if excluded.stale:
            self._warnings[WarningCode.STALE] += excluded.stale
        self._defer()
        if overwritten := rows.count_overwritten():
            self._warnings[WarningCode.OVERWRITTEN] += overwritten
        remaining = rows.count()
        counts.created, counts.updated = rows.load(remaining)
        if counts.created:
            rows.collect_first_statistics()
        # Now, as a row may refer to another of the same file.
        self._warnings += count_unknown_references(rows)
        counts.unchanged = good.standing + excluded.unchanged + remaining - counts.created - counts.updated
        supersede_deferred(rows)
        resolve_earlier(rows)
        self._warnings += forgotten.note_records(rows)
        rows.drop()

    def _stage(self) -> GoodRows:
        """Copies the good rows, and counts the others."""
        loader, counts = self._loader, self._counts
        good = GoodRows(
            self._rows, self._validator, self._spool, self._fingerprints, loader.sharing, loader.on_rows_read
        )
        good.copy(self._joined)
        counts.read, counts.rejected = good.read, good.rejected
        self._warnings += good.warnings
        self._unread_sheets = good.unread_sheets
        return good

    def _reject(self, count: int) -> None:
        """Adds the rows that the database has rejected; raises HeldBackFile when there are too many in total."""
        if count:
            self._counts.rejected += count
            faults = with_raw_cells(self._own.batches(), self._rows.faults())
            self._spool.add(forgotten.hidden(self._rows, faults))
        if not self._loader.force:
            guards.check_rejects(self._loader.importer, self._counts, self._spool)

    def _report_rejected(self) -> None:
        self._spool.write(self._connection)
        if self._validator.sequences:
            note_sequence_numbers(self._rows)
        if self._corrects:
            resolve_original(self._rows)

    def _delete_missing(self) -> None:
        """Marks the records deleted that a full snapshot lacks; raises HeldBackFile when there are too many."""
        deletion = self._rows.delete_missing()
        if not self._loader.force:
            guards.check_shrinkage(self._loader.importer, deletion)
        kept = deletion.missing if deletion.held_back else deletion.kept
        if kept:
            self._warnings[WarningCode.NOT_DELETED] += kept
        self._counts.deleted = deletion.missing - kept

    def _defer(self) -> None:
        """Sets the rows aside that refer to records that have not arrived yet."""
        self._counts.waiting = defer_rows(self._rows)
        if self._counts.waiting:
            note_deferred_rows(self._rows, self._counts.waiting, self._own.batches())
            forgotten.empty_deferred_cells(self._rows)
            superseded = supersede_by_deferred(self._rows)
            self._counts.waiting -= superseded
            self._counts.superseded += superseded
