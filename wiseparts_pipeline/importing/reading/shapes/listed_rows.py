"""Makes a row of each element of a list in a row, such as the lines of an order in a JSON object: `file.rows_in`."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa

from wiseparts_pipeline.config.expression import Expression
from wiseparts_pipeline.config.importer import ImporterSettings
from wiseparts_pipeline.importing.faults import RefusalCode, RefusedFile, RowCode
from wiseparts_pipeline.importing.reading.bad_bytes import show_bad_bytes
from wiseparts_pipeline.importing.reading.formats.header import refuse_too_many
from wiseparts_pipeline.importing.reading.formats.json_values import InvalidJson, JsonCells, note_names, parsed
from wiseparts_pipeline.importing.reading.rows import Batch, FileRows, Unusable
from wiseparts_pipeline.importing.reading.shapes.cells import plain_cells
from wiseparts_pipeline.importing.reading.shapes.column_names import ColumnNames
from wiseparts_pipeline.importing.reading.shapes.made_rows import MadeCells, MadeRows

_SHOWN_OF_VALUE = 100


class ListedRows:
    """See FileRows. The values of an element have the column of the list before their names: `lines.sku`.

    The column of the list itself has the element's own text. Raises RefusedFile for a file without the column.
    """

    def __init__(self, rows: FileRows, importer: ImporterSettings) -> None:
        self._rows = rows
        self._nulls = importer.file.null_values
        self._cells = JsonCells(importer.file)
        list_column = ColumnNames(rows.columns, importer.match_columns).find(importer.file.rows_in)
        if list_column is None:
            raise RefusedFile(
                RefusalCode.MISSING_COLUMN,
                problem=f"Rows are made of the list {importer.file.rows_in} (`rows_in`), which the file does not have",
                columns=", ".join(rows.columns),
            )
        self._list = list_column
        # What one object has in the place of the list is read as its only element.
        self._kept = [
            column for column in rows.columns if column != list_column and not column.startswith(f"{list_column}.")
        ]
        self._own = self._names() or list(dict.fromkeys([list_column, *self._named(importer)]))
        self.columns = [*self._kept, *self._own]

    def _names(self) -> list[str]:
        """The columns of the elements, that of the list first; none where no row of the file has an element."""
        names: dict[str, None] = {}
        for batch in self._rows.batches():
            for text in self._texts(batch):
                try:
                    elements = _elements(text)
                except InvalidJson:
                    elements = [None]
                for element in elements:
                    note_names({self._list: element}, "", names)
            refuse_too_many(names)
        return list(names)

    def _named(self, importer: ImporterSettings) -> Iterator[str]:
        """The columns of elements that the settings name: a file in which nothing was ordered lacks none of them."""
        for rule in importer.columns.values():
            operands = Expression(rule.expression).names if rule.expression else ()
            wanted = (*(rule.names[:1] or rule.file_columns), *(name.strip("[]") for name in operands))
            yield from (name for name in wanted if name.startswith(f"{self._list}."))

    def _texts(self, batch: Batch) -> list[str | None]:
        texts: list[str | None] = plain_cells(batch, self._list, self._nulls).to_pylist()
        return texts

    def batches(self) -> Iterator[Batch]:
        made_rows = MadeRows(self._kept)
        for batch in self._rows.batches():
            yield from made_rows.batches(batch, self._made(batch))

    def _made(self, batch: Batch) -> MadeCells:
        rows: list[dict[str, str]] = []
        unusable: list[Unusable] = []
        widths = np.zeros(len(batch), dtype=np.int64)
        for position, text in enumerate(self._texts(batch)):
            try:
                made = [self._row(element, text or "") for element in _elements(text)]
            except InvalidJson as problem:
                unusable.append(self._unreadable(len(rows), text or "", str(problem)))
                made = [{}]
            rows += made
            widths[position] = len(made)
        positions = np.repeat(np.arange(len(batch)), widths)
        places = np.arange(len(positions)) - np.repeat(np.cumsum(widths) - widths, widths)
        return MadeCells(
            positions,
            places,
            {name: pa.array([row.get(name, "") for row in rows], pa.string()) for name in self._own},
            pa.array([f"{self._list}, no. {place + 1}" for place in places.tolist()], pa.string()),
            widths,
            unusable,
        )

    def _row(self, element: Any, text: str) -> dict[str, str]:
        return self._cells.of({self._list: element}, "", has_escapes="\\u" in text)

    def _unreadable(self, position: int, text: str, problem: str) -> Unusable:
        text = show_bad_bytes(text)
        return Unusable(
            position,
            None,
            RowCode.BAD_FORMAT,
            f"{self._list}: {text[:_SHOWN_OF_VALUE]!r} is not a JSON list: {problem}. Rows are made of its elements"
            " (`rows_in`).",
            text,
        )


def _elements(text: str | None) -> list[Any]:
    """The elements of a list; those of one object are itself, as converters of XML write a list of one."""
    if text is None:
        return []
    value = parsed(text)
    if isinstance(value, dict):
        return [value]
    if not isinstance(value, list):
        raise InvalidJson("it is a single value")
    return value
