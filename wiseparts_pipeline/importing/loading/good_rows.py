"""A file's good rows on their way into the database: validated, and copied while the next batch is being read."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from wiseparts_pipeline.config.importer import ImporterSettings, Mode
from wiseparts_pipeline.importing.faults import WarningCode
from wiseparts_pipeline.importing.loading.matching.key_hashes import KeyHashes
from wiseparts_pipeline.importing.loading.matching.standing_rows import StandingRows, fingerprints_of_same_keys
from wiseparts_pipeline.importing.loading.raw_rows import find_rows
from wiseparts_pipeline.importing.loading.rows import Rows
from wiseparts_pipeline.importing.loading.staging import Staging
from wiseparts_pipeline.importing.reading import Batch, FileRows, sizes
from wiseparts_pipeline.importing.reading.prefetch import prefetched
from wiseparts_pipeline.importing.reading.rows import can_be_joined, joined
from wiseparts_pipeline.importing.reading.shared_files import sheets_left
from wiseparts_pipeline.importing.rejects import RejectSpool
from wiseparts_pipeline.importing.validation.fingerprints import FINGERPRINT, Fingerprints, as_uuids
from wiseparts_pipeline.importing.validation.validated import ROW_NUMBER, Validated
from wiseparts_pipeline.importing.validation.validator import Validator

# Those that a batch comes with; any other is about the content of rows, which have to be counted again.
_ABOUT_BATCHES = {
    WarningCode.REPEATED_HEADER,
    WarningCode.NOT_FOUND,
    WarningCode.LEFT_OUT,
    WarningCode.WITHOUT_ROWS,
}

_NOTHING = pa.py_buffer(b"")


@dataclass
class GoodRows:
    """Copies a file's good rows into `rows`; the faults of others go to `spool`.

    With `fingerprints`, rows that stand already are only counted, as `standing`. `read`, `rejected`: how many rows.
    `unnumbered`: the sequence keys of rejected rows. `may_repeat`: the unique keys that may occur twice in the file.
    `sharing`: the importers that take other sheets; `unread_sheets`: those that nobody takes.
    """

    rows: Rows
    validator: Validator
    spool: RejectSpool
    fingerprints: Fingerprints | None
    sharing: Sequence[ImporterSettings]
    on_rows_read: Callable[[int], None]
    read: int = 0
    rejected: int = 0
    standing: int = 0
    warnings: Counter[str] = field(default_factory=Counter)
    unread_sheets: tuple[str, ...] = ()
    unnumbered: list[tuple[int, str]] = field(default_factory=list)
    may_repeat: list[tuple[str, ...]] = field(default_factory=list)
    _hashes: dict[tuple[str, ...], KeyHashes] = field(default_factory=dict)

    def copy(self, file: FileRows) -> None:
        """Reads the file; once more, if rows that stand have the key of another row."""
        validator, rows = self.validator, self.rows
        is_staged = isinstance(rows, Staging)
        hashed = validator.unique_keys if is_staged else []
        numbered = [key for key in validator.unique_keys if validator.sequences.keys() & set(key)]
        self._hashes = {key: KeyHashes(key) for key in hashed if key not in numbered}
        standing = StandingRows.of(rows) if self.fingerprints and is_staged else None
        self._copy(file.batches(), standing)
        if standing:
            self._take_back(file, standing)
            self.standing = standing.count
            if isinstance(rows, Staging) and rows.rules.mode is Mode.SNAPSHOT:
                rows.note_standing(standing.met())
        self.may_repeat = numbered + [key for key, hashes in self._hashes.items() if hashes.may_repeat()]

    def _take_back(self, file: FileRows, standing: StandingRows) -> None:
        """Copies the rows that stand already, but have the key of another row of the file."""
        if not standing.count:
            return
        numbers = sorted(number for each in fingerprints_of_same_keys(self.rows) for number in standing.forget(each))
        if numbers:
            found = find_rows(file.batches(), iter(numbers), lambda number: number)
            self.read -= len(numbers)
            self._copy((batch.only(positions) for batch, _, positions in found), None)

    def _copy(self, batches: Iterator[Batch], standing: StandingRows | None) -> None:
        with (
            self.rows.copy() as writer,
            prefetched(batches) as read_ahead,
            prefetched(self._encoded(read_ahead, standing)) as ready,
        ):
            for data, rows_read, rows_rejected in ready:
                writer.write(data)
                self.read += rows_read
                self.rejected += rows_rejected
                self.on_rows_read(self.read)

    def _encoded(self, batches: Iterator[Batch], standing: StandingRows | None) -> Iterator[tuple[pa.Buffer, int, int]]:
        for batch, fingerprints, known in self._remaining(batches, standing):
            if batch is None:
                yield _NOTHING, known, 0
                continue
            validated = self.validator.validate(batch)
            self.spool.add(validated.faults)
            self.unnumbered.extend(validated.rejected_sequence_keys)
            self.warnings.update(validated.warnings)
            for hashes in self._hashes.values():
                hashes.add(validated.typed)
            literals = self._with_fingerprints(validated, batch, fingerprints)
            yield self.rows.encode(literals), validated.rows_read + known, validated.rows_rejected

    def _remaining(
        self, batches: Iterator[Batch], standing: StandingRows | None
    ) -> Iterator[tuple[Batch | None, np.ndarray | None, int]]:
        """The rows to be validated, their fingerprints, and how many that stand already were read.

        What is left of batches is put together: each step takes its time even for few rows.
        """
        left: list[tuple[Batch, np.ndarray]] = []
        for batch in batches:
            self._note_sheets(batch)
            fingerprints = self.fingerprints.of(batch) if self.fingerprints else None
            fits = standing is not None and fingerprints is not None and can_be_joined(batch)
            if left and not fits:
                yield *_together(left), 0
                left = []
            if standing is None or fingerprints is None:
                yield batch, fingerprints, 0
                continue
            stands = standing.meet(fingerprints, batch.row_numbers, _usable(batch))
            left.append((batch.filtered(~stands), fingerprints[~stands]))
            if fits and sum(len(rows) for rows, _ in left) < sizes.BATCH_ROWS // 2:
                yield None, None, int(stands.sum())
            else:
                yield *_together(left), int(stands.sum())
                left = []
        if left:
            yield *_together(left), 0

    def _note_sheets(self, batch: Batch) -> None:
        if batch.sheet and (unread := sheets_left(batch.sheet.unread, self.sharing)):
            self.unread_sheets = unread
            self.warnings[WarningCode.SHEETS_NOT_READ] = len(unread)

    def _with_fingerprints(self, validated: Validated, batch: Batch, fingerprints: np.ndarray | None) -> pa.Table:
        """The literals with fingerprints, null where the content of the batch's rows gave a warning."""
        literals = validated.literals
        if not self.rows.fingerprinted:
            return literals
        if fingerprints is None or validated.warnings.keys() - _ABOUT_BATCHES:
            return literals.append_column(FINGERPRINT, pa.nulls(len(literals), pa.string()))
        if len(literals) < len(batch):
            fingerprints = fingerprints[np.searchsorted(batch.row_numbers, literals[ROW_NUMBER].to_numpy())]
        present = np.ones(len(literals), dtype=bool)
        if forgotten := self.rows.rules.forgotten:
            # What is stored is not what the row said.
            present = ~forgotten.are_in(literals[ROW_NUMBER].to_numpy())
        return literals.append_column(FINGERPRINT, as_uuids(fingerprints, present))


def _together(left: Sequence[tuple[Batch, np.ndarray]]) -> tuple[Batch, np.ndarray]:
    return joined([rows for rows, _ in left]), np.concatenate([fingerprints for _, fingerprints in left])


def _usable(batch: Batch) -> np.ndarray:
    usable = np.ones(len(batch), dtype=bool)
    usable[[row.position for row in batch.unusable]] = False
    return usable
