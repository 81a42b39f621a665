"""Makes a row of each of several columns, such as one a month: `unpivot`."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from wiseparts_pipeline.config.importer import ImporterSettings
from wiseparts_pipeline.config.records.row_shapes import Unpivot
from wiseparts_pipeline.importing.faults import RefusalCode, RefusedFile
from wiseparts_pipeline.importing.reading.patterns import Pattern
from wiseparts_pipeline.importing.reading.rows import Batch, FileRows
from wiseparts_pipeline.importing.reading.shapes.cells import plain_cells
from wiseparts_pipeline.importing.reading.shapes.column_names import ColumnNames
from wiseparts_pipeline.importing.reading.shapes.made_rows import MadeCells, MadeRows


@dataclass
class _Group:
    """The columns whose cells make one row. `name`: what they have in common; `columns`: by the column of values."""

    name: str
    columns: dict[str, str] = field(default_factory=dict)


class UnpivotedRows:
    """See FileRows. `missing`: columns that the settings name, or that a group lacks, and the file does not have.

    Raises RefusedFile for a file with none of the columns, or in which one could be taken for another.
    """

    def __init__(self, rows: FileRows, importer: ImporterSettings) -> None:
        assert importer.unpivot is not None
        self._rows = rows
        self._unpivot: Unpivot = importer.unpivot
        self._nulls = importer.file.null_values
        self.missing: list[str] = []
        self._names = ColumnNames(rows.columns, importer.match_columns)
        self._groups = self._found()
        self._note_gaps()
        unpivoted = {column for group in self._groups for column in group.columns.values()}
        self._kept = [column for column in rows.columns if column not in unpivoted]
        self._refuse_taken_names()
        self.columns = [*self._kept, self._unpivot.name, *self._unpivot.chosen]

    def _found(self) -> list[_Group]:
        groups: dict[str, _Group] = {}
        for value, chosen in self._unpivot.chosen.items():
            for column, name in self._columns_of(chosen):
                group = groups.setdefault(name, _Group(name))
                if value in group.columns:
                    raise RefusedFile(
                        RefusalCode.DUPLICATE_COLUMN,
                        f"The columns {group.columns[value]!r} and {column!r} are both {self._unpivot.name} {name!r}"
                        f" (`unpivot`). Let the pattern keep the part of their names in which they differ.",
                    )
                group.columns[value] = column
        if not groups:
            wanted = "; ".join(
                chosen if isinstance(chosen, str) else ", ".join(chosen) for chosen in self._unpivot.chosen.values()
            )
            raise RefusedFile(
                RefusalCode.MISSING_COLUMN,
                problem=f"Rows are made of the columns {wanted} (`unpivot`), of which the file has none",
                columns=", ".join(self._rows.columns),
            )
        # In the order of the file, so that rows and their numbers do not depend on the settings.
        places = {column: place for place, column in enumerate(self._rows.columns)}
        return sorted(groups.values(), key=lambda group: min(places[column] for column in group.columns.values()))

    def _columns_of(self, chosen: tuple[str, ...] | str) -> Iterator[tuple[str, str]]:
        """The columns that the settings name and the file has, each with what is kept of its name."""
        if isinstance(chosen, str):
            pattern = Pattern(chosen)
            for column in self._rows.columns:
                match = None if column.startswith("_") else pattern.fullmatch(column)
                if match:
                    yield column, (match[1] or "" if pattern.groups else column).strip()
            return
        for name in chosen:
            found = self._names.find(name)
            if found is None:
                self.missing.append(name)
            else:
                yield found, found

    def _note_gaps(self) -> None:
        for group in self._groups:
            lacking = [value for value in self._unpivot.chosen if value not in group.columns]
            self.missing += [f"{value} of {group.name}" for value in lacking]

    def _refuse_taken_names(self) -> None:
        for name in (self._unpivot.name, *self._unpivot.chosen):
            if taken := ColumnNames(self._kept, self._names.match).find(name):
                raise RefusedFile(
                    RefusalCode.DUPLICATE_COLUMN,
                    f"The file has a column {taken!r}, and `unpivot` makes one of that name. Give the one in `unpivot`"
                    " another name, and name it in `columns`.",
                )

    def batches(self) -> Iterator[Batch]:
        made_rows = MadeRows(self._kept)
        for batch in self._rows.batches():
            yield from made_rows.batches(batch, self._made(batch))

    def _made(self, batch: Batch) -> MadeCells:
        count, width = len(batch), len(self._groups)
        filled = np.full((count, width), self._unpivot.keep_empty)
        for place, group in enumerate(self._groups):
            for column in group.columns.values():
                cells = plain_cells(batch, column, self._nulls)
                filled[:, place] |= pc.is_valid(cells).to_numpy(zero_copy_only=False)
        positions, places = np.nonzero(filled)
        names = pa.array([group.name for group in self._groups], pa.string())
        parts = pa.array([f"Column {', '.join(map(repr, group.columns.values()))}" for group in self._groups])
        taken = pa.array(places)
        return MadeCells(
            positions,
            places,
            {self._unpivot.name: names.take(taken)}
            | {value: self._values(batch, value, positions + places * count) for value in self._unpivot.chosen},
            parts.take(taken),
            np.full(count, width, dtype=np.int64),
        )

    def _values(self, batch: Batch, value: str, indices: np.ndarray) -> pa.Array:
        none = pa.repeat(pa.scalar("", pa.string()), len(batch))
        cells = [
            batch.columns[group.columns[value]].cast(pa.string()) if value in group.columns else none
            for group in self._groups
        ]
        return pa.concat_arrays(cells).take(pa.array(indices))
