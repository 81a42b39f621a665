"""Columns whose cells are not in the rows of a file: its name, the name of a sheet, a line above the header."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import pyarrow as pa

from wiseparts_pipeline.config.columns import FILE_NAME, SHEET_NAME
from wiseparts_pipeline.config.file_names import original_name
from wiseparts_pipeline.config.importer import ImporterSettings
from wiseparts_pipeline.importing.faults import RefusalCode, RefusedFile
from wiseparts_pipeline.importing.reading.patterns import Pattern
from wiseparts_pipeline.importing.reading.rows import Batch, FileRows, Malformed, count_problem
from wiseparts_pipeline.importing.reading.shapes.cells import check_repeated


class WithAddedColumns:
    """See FileRows. `name`: of the file on the server. `added`: the columns that the importer's settings name."""

    def __init__(self, rows: FileRows, importer: ImporterSettings, name: str, added: Sequence[str]) -> None:
        self._rows = rows
        self._name = original_name(name, importer.name)
        self._added = [column for column in added if column not in rows.columns]
        self._rules = {
            column: {
                canonical: Pattern(rule.pattern)
                for canonical, rule in importer.columns.items()
                if column in rule.names and rule.pattern is not None
            }
            for column in self._added
        }
        self.columns = [*rows.columns, *self._added]

    def batches(self) -> Iterator[Batch]:
        for batch in self._rows.batches():
            values = {column: self._value(column, batch) for column in self._added}
            check_repeated(max((len(value.encode()) for value in values.values()), default=0) * len(batch))
            cells = {column: pa.repeat(pa.scalar(value, pa.string()), len(batch)) for column, value in values.items()}
            malformed = [self._with_values(row, list(values.values())) for row in batch.malformed]
            yield replace(batch, columns=batch.columns | cells, malformed=malformed)

    def _value(self, column: str, batch: Batch) -> str:
        """Raises RefusedFile where a column of the entity cannot be taken from it."""
        found = [batch.about[column]] if column in batch.about else []
        if column == SHEET_NAME and batch.sheet is not None:
            found = [batch.sheet.name]
        # A file in an archive has a name, and so has the archive.
        candidates = [*found, self._name] if column == FILE_NAME else found
        rules = self._rules[column]
        for value in candidates:
            if all(pattern.search(value) for pattern in rules.values()):
                return value
        if not candidates:
            raise RefusedFile(
                RefusalCode.MISSING_COLUMN,
                problem=f"Column {', '.join(rules)} is taken from {_described(column)}, which this file does not have",
                columns=", ".join(self._rows.columns),
            )
        for canonical, pattern in rules.items():
            if not any(pattern.search(value) for value in candidates):
                raise RefusedFile(
                    RefusalCode.UNREADABLE,
                    f"Column {canonical} is taken from {_described(column)} by {pattern.text!r}, which is not found"
                    f" in {' or '.join(map(repr, candidates))}. Correct the one or the other.",
                )
        raise RefusedFile(
            RefusalCode.UNREADABLE,
            f"Columns {', '.join(rules)} are taken from {_described(column)}, and no name has them all:"
            f" {', '.join(candidates)}.",
        )

    def _with_values(self, row: Malformed, values: list[str]) -> Malformed:
        """Its cells beyond the file's own columns come after the added ones, as they do in an error file."""
        width = len(self._rows.columns)
        cells = row.cells[:width] + [""] * (width - len(row.cells)) + values + row.cells[width:]
        return replace(row, cells=cells, problem=row.problem or count_problem(len(row.cells), width))


def _described(column: str) -> str:
    if column == FILE_NAME:
        return "the file's name"
    return "the sheet's name" if column == SHEET_NAME else f"line {column.rpartition('_')[2]} of the file"
