"""Reads JSON lines: one object per line, nested values under dotted names."""

import json
from collections.abc import Iterator
from typing import Any

import pyarrow as pa

from wiseparts_pipeline.config.file_format import FileFormat
from wiseparts_pipeline.importing.faults import RefusalCode, RefusedFile
from wiseparts_pipeline.importing.reading.bad_bytes import NUL
from wiseparts_pipeline.importing.reading.formats.delimited import open_lines
from wiseparts_pipeline.importing.reading.formats.header import refuse_too_many
from wiseparts_pipeline.importing.reading.formats.typed_values import as_text_of_bool
from wiseparts_pipeline.importing.reading.rows import Batch, Malformed
from wiseparts_pipeline.importing.reading.sources import Source

# Values nested deeper are part of the JSON text of the object around them.
_DEEPEST = 8


class _Number(str):
    """A number as it is written."""


class _InvalidLine(Exception):
    """Why a line is not a row."""


class JsonLinesFile:
    """A file of JSON objects; see FileRows. Its columns are the names that any object has, in the order first seen.

    An object or a list is its JSON text; each value in an object also has a column of its own, such as `customer.id`.
    """

    def __init__(self, source: Source, settings: FileFormat) -> None:
        self._source = source
        self._settings = settings
        self._booleans = {value: as_text_of_bool(value, settings) for value in (True, False)}
        self.columns = self._all_columns()

    def _all_columns(self) -> list[str]:
        columns: dict[str, None] = {}
        for lines in open_lines(self._source, self._settings, header=False).batches():
            for position, line in enumerate(_texts(lines)):
                try:
                    _note_names(_parsed(line), "", columns)
                except _InvalidLine:
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
            has_bad_bytes = lines.has_bad_bytes
            kept = [True] * len(lines)
            for position, line in enumerate(_texts(lines)):
                try:
                    values = self._values(line)
                except _InvalidLine as problem:
                    kept[position] = False
                    number, line_number = int(lines.row_numbers[position]), int(lines.line_numbers[position])
                    malformed.append(Malformed(number, line_number, [], line, str(problem)))
                else:
                    has_bad_bytes = has_bad_bytes or NUL in line or "\\u0000" in line
                    rows.append(values)
            yield Batch(
                columns={name: pa.array([r.get(name, "") for r in rows], pa.string()) for name in self.columns},
                row_numbers=lines.row_numbers[kept],
                line_numbers=lines.line_numbers[kept],
                has_bad_bytes=has_bad_bytes,
                malformed=malformed,
                about=lines.about,
            )

    def _values(self, line: str) -> dict[str, str]:
        values: dict[str, str] = {}
        self._flatten(_parsed(line), "", values)
        if "\\u" in line:
            _check_escapes(values)
        return values

    def _flatten(self, value: dict[str, Any], prefix: str, into: dict[str, str], depth: int = 1) -> None:
        for name, item in value.items():
            into[prefix + name] = item if type(item) is str else self._text(item)
            if isinstance(item, dict) and depth < _DEEPEST:
                self._flatten(item, f"{prefix}{name}.", into, depth + 1)

    def _text(self, value: Any) -> str:
        if isinstance(value, _Number):
            return value if self._settings.decimal == "." else value.replace(".", self._settings.decimal)
        if value is None:
            return ""
        return self._booleans[value] if isinstance(value, bool) else _json(value)


def _texts(lines: Batch) -> list[str]:
    (array,) = lines.columns.values()
    texts: list[str] = array.to_pylist()
    return texts


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON, write null")


_DECODER = json.JSONDecoder(parse_float=_Number, parse_int=_Number, parse_constant=_refuse_constant)


def _parsed(line: str) -> dict[str, Any]:
    try:
        value = _DECODER.decode(line)
    except json.JSONDecodeError as error:
        raise _InvalidLine(f"The line is not a JSON object: {error.msg} at character {error.colno}.") from None
    except ValueError as error:
        raise _InvalidLine(f"The line is not a JSON object: {error}.") from None
    except RecursionError:
        raise _InvalidLine("The line is a JSON object that is nested too deeply.") from None
    if not isinstance(value, dict):
        raise _InvalidLine('The line is not a JSON object, like {"sku": "A-1"}.')
    return value


def _note_names(value: dict[str, Any], prefix: str, into: dict[str, None], depth: int = 1) -> None:
    for name, item in value.items():
        into[prefix + name] = None
        if isinstance(item, dict) and depth < _DEEPEST:
            _note_names(item, f"{prefix}{name}.", into, depth + 1)


def _check_escapes(values: dict[str, str]) -> None:
    """Escapes can write what is not text: NUL gets its replacement, half a surrogate pair makes the line malformed."""
    for name, text in values.items():
        try:
            text.encode()
        except UnicodeEncodeError:
            raise _InvalidLine(f"{name[:50]!r} has half a surrogate pair, which is no character.") from None
        values[name] = text.replace("\0", NUL)


def _json(value: Any) -> str:
    """JSON text of parsed JSON, its numbers as they were written."""
    if isinstance(value, dict):
        pairs = (f"{json.dumps(name, ensure_ascii=False)}: {_json(item)}" for name, item in value.items())
        return "{" + ", ".join(pairs) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_json, value)) + "]"
    return value if isinstance(value, _Number) else json.dumps(value, ensure_ascii=False)
