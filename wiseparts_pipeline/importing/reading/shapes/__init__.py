"""The rows of an importer's own file in the shape that its settings ask for, before anything is joined or mapped.

Columns are added first, then cells are filled from the row above: the error file has the rows as they are then,
complete whatever stood around them. Then several rows are made of one, and rows are left out.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

from wiseparts_pipeline.config.columns import is_added
from wiseparts_pipeline.config.file_names import is_error_file
from wiseparts_pipeline.config.importer import ImporterSettings
from wiseparts_pipeline.importing.reading import ERROR_COLUMNS, Batch, FileRows, open_rows
from wiseparts_pipeline.importing.reading.shapes.added_columns import WithAddedColumns
from wiseparts_pipeline.importing.reading.shapes.filled_rows import FilledRows
from wiseparts_pipeline.importing.reading.shapes.kept_rows import KeptRows
from wiseparts_pipeline.importing.reading.shapes.listed_rows import ListedRows
from wiseparts_pipeline.importing.reading.shapes.unpivoted_rows import UnpivotedRows

__all__ = ["ShapedRows", "open_shaped_rows"]


class ShapedRows:
    """See FileRows.

    `sent_columns`: those of the file, which its error file has. `missing`: columns that rows were to be made of, and
    that it does not have.
    """

    def __init__(self, rows: FileRows, sent_columns: Sequence[str], missing: Sequence[str]) -> None:
        self._rows = rows
        self.columns = rows.columns
        self.sent_columns = list(sent_columns)
        self.missing = list(missing)

    def batches(self) -> Iterator[Batch]:
        return self._rows.batches()


def open_shaped_rows(path: Path, name: str, importer: ImporterSettings) -> ShapedRows:
    """Opens an importer's own file; see `open_rows`. Raises RefusedFile."""
    file = importer.file
    added = sorted({name for rule in importer.columns.values() for name in rule.file_columns if is_added(name)})
    if is_error_file(name) and not file.header:
        file = file.model_copy(update={"names": (*file.names, *added)})
    rows = open_rows(path, name, file)
    if any(column not in rows.columns for column in added):
        rows = WithAddedColumns(rows, importer, name, added)
    # In an error file, the row above is not the one that stood there, and cells were filled before.
    if importer.fill_down and importer.fill_down.from_ and ERROR_COLUMNS[0] not in rows.columns:
        rows = FilledRows(rows, importer)
    sent_columns, missing = rows.columns, []
    if importer.file.rows_in:
        rows = ListedRows(rows, importer)
    elif importer.unpivot:
        rows = unpivoted = UnpivotedRows(rows, importer)
        missing = unpivoted.missing
    return ShapedRows(KeptRows(rows, importer) if importer.where else rows, sent_columns, missing)
