"""Reads JSON lines: one object per line, nested values under dotted names."""

from collections.abc import Iterator
from typing import Any

import pyarrow as pa

from wiseparts_pipeline.config.file_format import FileFormat
from wiseparts_pipeline.importing.faults import RefusalCode, RefusedFile
from wiseparts_pipeline.importing.reading.bad_bytes import have_bad_bytes
from wiseparts_pipeline.importing.reading.formats.delimited import open_lines
from wiseparts_pipeline.importing.reading.formats.header import refuse_too_many
from wiseparts_pipeline.importing.reading.formats.json_values import (
    InvalidJson,
    JsonCells,
    NestedTooDeeply,
    note_names,
    parsed,
)
from wiseparts_pipeline.importing.reading.rows import Batch, Malformed
from wiseparts_pipeline.importing.reading.sources import Source


class JsonLinesFile:
    """A file of JSON objects; see FileRows. Its columns are the names that any object has, in the order first seen.

    An object or a list is its JSON text; each value in an object also has a column of its own, such as `customer.id`.
    """

    def __init__(self, source: Source, settings: FileFormat) -> None:
        self._source = source
        self._settings = settings
        self._cells = JsonCells(settings)
        self.columns = self._all_columns()

    def _all_columns(self) -> list[str]:
        columns: dict[str, None] = {}
        for lines in open_lines(self._source, self._settings, header=False).batches():
            for position, line in enumerate(_texts(lines)):
                if lines.row_numbers[position] > 1 and not line.lstrip().startswith("{"):
                    continue
                try:
                    note_names(_parsed(line), "", columns)
                except InvalidJson:
                    if lines.row_numbers[position] == 1:
                        self._refuse_document(line)
            refuse_too_many(columns)
        if not columns:
            raise RefusedFile(RefusalCode.UNREADABLE, "No line of the file is a JSON object with a name in it.")
        return list(columns)

    @staticmethod
    def _refuse_document(line: str) -> None:
        if line.strip() in ("[", "{") or line.lstrip().startswith("[{"):
            raise RefusedFile(
                RefusalCode.UNREADABLE, "This is one JSON document, not JSON lines. Write one object on each line."
            )

    def batches(self) -> Iterator[Batch]:
        """See FileRows; a line that is not an object is malformed."""
        for lines in open_lines(self._source, self._settings, header=False).batches():
            rows: list[dict[str, str]] = []
            malformed: list[Malformed] = []
            kept = [True] * len(lines)
            for position, line in enumerate(_texts(lines)):
                try:
                    values = self._values(line)
                except InvalidJson as problem:
                    kept[position] = False
                    number, line_number = int(lines.row_numbers[position]), int(lines.line_numbers[position])
                    malformed.append(Malformed(number, line_number, [], line, str(problem)))
                else:
                    rows.append(values)
            columns = {name: pa.array([row.get(name, "") for row in rows], pa.string()) for name in self.columns}
            yield Batch(
                columns=columns,
                row_numbers=lines.row_numbers[kept],
                line_numbers=lines.line_numbers[kept],
                has_bad_bytes=lines.has_bad_bytes or have_bad_bytes(columns.values()),
                malformed=malformed,
                about=lines.about,
            )

    def _values(self, line: str) -> dict[str, str]:
        return self._cells.of(_parsed(line), "", has_escapes="\\u" in line)


def _texts(lines: Batch) -> list[str]:
    (array,) = lines.columns.values()
    texts: list[str] = array.to_pylist()
    return texts


def _parsed(line: str) -> dict[str, Any]:
    try:
        value = parsed(line)
    except NestedTooDeeply:
        raise InvalidJson("The line is a JSON object that is nested too deeply.") from None
    except InvalidJson as error:
        raise InvalidJson(f"The line is not a JSON object: {error}.") from None
    if not isinstance(value, dict):
        raise InvalidJson('The line is not a JSON object, like {"sku": "A-1"}.')
    return value
