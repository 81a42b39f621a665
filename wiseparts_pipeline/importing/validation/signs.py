"""The signs of amounts: credit notes that are positive are counted, and turned where the importer says so."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from wiseparts_pipeline.config.importer import ImporterSettings
from wiseparts_pipeline.config.records.row_shapes import Negative
from wiseparts_pipeline.importing.faults import RefusalCode, RefusedFile, RowCode, WarningCode
from wiseparts_pipeline.importing.reading import Batch, Unusable, show_bad_bytes
from wiseparts_pipeline.importing.reading.shapes.cells import plain_cells
from wiseparts_pipeline.importing.reading.shapes.column_names import ColumnNames
from wiseparts_pipeline.importing.validation.conversion import as_mask

_SHOWN_OF_VALUE = 100


class Signs:
    """What an importer says about the signs of one file's amounts. `given`: the columns of the entity that it gives.

    `column`: the file's, whose cells say which amounts are negative, if the importer names one. Raises RefusedFile for
    a file without the column that its signs depend on.
    """

    def __init__(self, importer: ImporterSettings, file_columns: Sequence[str], given: Sequence[str]) -> None:
        self._signs = importer.entity_definition.signs
        self._by = importer.sign_by
        self._nulls = importer.file.null_values
        self.column: str | None = None
        if self._by is None or self._signs is None:
            return
        if self._by.column != self._signs.kind:
            self.column = ColumnNames(file_columns, importer.match_columns).find(self._by.column)
        if self.column is None and not (self._by.column == self._signs.kind and self._signs.kind in given):
            raise RefusedFile(
                RefusalCode.MISSING_COLUMN,
                problem=f"The signs of amounts depend on {self._by.column} (`sign_by`), which the file does not have",
                columns=", ".join(file_columns),
            )

    def checked(self, batch: Batch) -> Batch:
        """The batch with the rows reported whose amounts have an unknown sign."""
        if self.column is None or self._by is None:
            return batch
        cells = self._cells(batch, self.column)
        known = pc.is_in(cells, value_set=pa.array([*self._by.negative, *self._by.positive], pa.string()))
        rows = map(int, np.flatnonzero(~as_mask(known)))
        return replace(batch, unusable=[*batch.unusable, *(self._unknown(row, cells[row].as_py()) for row in rows)])

    def are_turned(self, batch: Batch, typed: Mapping[str, pa.Array]) -> pa.Array | None:
        """Which rows have amounts that are negative though the file writes them without a sign; None for no row."""
        if self._by is None or self._signs is None:
            return None
        if self.column is not None:
            return pc.is_in(self._cells(batch, self.column), value_set=pa.array(self._by.negative, pa.string()))
        return self._are_negative(typed)

    def turn(
        self, names: Sequence[str], typed: dict[str, pa.Array], rows: pa.Array | None, warnings: Counter[str]
    ) -> list[str]:
        """Turns the amounts among the columns in place, and returns which columns these are.

        An amount that is negative already stays, unless the importer says that it is turned as well.
        """
        if rows is None or self._signs is None or self._by is None:
            return []
        turned = [name for name in names if name in self._signs.columns]
        for name in turned:
            values = typed[name]
            negative = pc.and_(rows, pc.fill_null(pc.less(values, pa.scalar(0, values.type)), False))
            amounts = pc.negate(values)
            if self._by.if_negative is Negative.KEEP:
                amounts = pc.negate(pc.abs(values))
                if count := pc.sum(negative).as_py():
                    warnings[WarningCode.ALREADY_NEGATIVE] += count
            typed[name] = pc.if_else(rows, amounts, values)
        return turned

    def count_positive(self, typed: Mapping[str, pa.Array], good: np.ndarray, warnings: Counter[str]) -> None:
        """Counts the rows that are to be loaded and reduce nothing, although they are credits."""
        if self._signs is None or self._signs.kind not in typed:
            return
        is_credit = as_mask(self._are_negative(typed)) & good
        if not is_credit.any():
            return
        amounts = [typed[name] for name in self._signs.columns if name in typed]
        positive = [as_mask(pc.fill_null(pc.greater(each, pa.scalar(0, each.type)), False)) for each in amounts]
        if count := int((is_credit & np.logical_or.reduce(positive)).sum()):
            warnings[WarningCode.POSITIVE_CREDIT] += count

    def _are_negative(self, typed: Mapping[str, pa.Array]) -> pa.Array:
        assert self._signs is not None
        return pc.is_in(typed[self._signs.kind], value_set=pa.array(self._signs.negative, pa.string()))

    def _cells(self, batch: Batch, column: str) -> pa.Array:
        return pc.fill_null(plain_cells(batch, column, self._nulls), "")

    def _unknown(self, position: int, cell: str) -> Unusable:
        assert self._by is not None
        cell = show_bad_bytes(cell)
        return Unusable(
            position,
            None,
            RowCode.NOT_IN_SET,
            f"{self.column}: {cell[:_SHOWN_OF_VALUE]!r} does not say whether the amounts are negative. Negative:"
            f" {', '.join(self._by.negative)}. Positive: {', '.join(self._by.positive)} (`sign_by`).",
            cell,
        )
