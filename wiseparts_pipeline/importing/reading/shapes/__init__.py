"""The rows of an importer's own file in the shape that its settings ask for, before anything is joined or mapped.

Columns are added first, then cells are filled from the row above, then rows are left out. What comes of it is what the
error file has: a row that is sent back is complete, whatever stood around it.
"""

from pathlib import Path

from wiseparts_pipeline.config.columns import is_added
from wiseparts_pipeline.config.file_names import is_error_file
from wiseparts_pipeline.config.importer import ImporterSettings
from wiseparts_pipeline.importing.reading import ERROR_COLUMNS, FileRows, open_rows
from wiseparts_pipeline.importing.reading.shapes.added_columns import WithAddedColumns
from wiseparts_pipeline.importing.reading.shapes.filled_rows import FilledRows
from wiseparts_pipeline.importing.reading.shapes.kept_rows import KeptRows

__all__ = ["open_shaped_rows"]


def open_shaped_rows(path: Path, name: str, importer: ImporterSettings) -> FileRows:
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
    return KeptRows(rows, importer) if importer.where else rows
