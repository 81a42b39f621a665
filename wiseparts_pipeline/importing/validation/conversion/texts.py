"""Yes and no, lists, JSON and UUIDs."""

import json
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from wiseparts_pipeline.config.file_format import FileFormat
from wiseparts_pipeline.importing.faults import RowCode
from wiseparts_pipeline.importing.validation.conversion.converted import Converted, faulty, matches
from wiseparts_pipeline.importing.validation.conversion.splitting import split_list

# Far below what PostgreSQL accepts.
_MOST_JSON_DIGITS = 1000
_UUID = r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"


def booleans(cells: pa.Array, file: FileFormat) -> Converted:
    """The settings' words for yes and no, in any case."""
    lower = pc.utf8_lower(cells)
    true = _in(lower, file.true_values)
    false = _in(lower, file.false_values)
    known = pc.or_(true, false)
    return Converted(pc.if_else(known, true, None), {RowCode.NOT_A_BOOL: faulty(cells, known)})


def _in(cells: pa.Array, values: Sequence[str]) -> pa.Array:
    return pc.is_in(cells, value_set=pa.array([value.lower() for value in values], pa.string()))


def uuids(cells: pa.Array) -> Converted:
    """UUIDs in lower case."""
    lower = pc.utf8_lower(cells)
    readable = matches(lower, _UUID)
    return Converted(pc.if_else(readable, lower, None), {RowCode.BAD_FORMAT: faulty(lower, readable)})


def lists(cells: pa.Array, separator: str = "") -> Converted:
    """Lists (`A|B`, `A;B`, `A,B`, split at the separator if one is stated, or JSON) as PostgreSQL array literals."""
    return _by_value(cells, lambda text: _list_literal(text, separator))


def json_values(cells: pa.Array) -> Converted:
    """JSON text as it came."""
    return _by_value(cells, _json_text)


def _by_value(cells: pa.Array, translate: Callable[[str], str | None]) -> Converted:
    """Translates each distinct text once, into None where it is not in the right form."""
    encoded = cells.dictionary_encode()
    translated = pa.array([translate(text) for text in encoded.dictionary.to_pylist()], pa.string())
    values = translated.take(encoded.indices)
    return Converted(values, {RowCode.BAD_FORMAT: faulty(cells, pc.is_valid(values))})


def _list_literal(text: str, separator: str) -> str | None:
    if text.startswith("["):
        items = _parsed(text)
        if not isinstance(items, list) or not all(isinstance(item, str) for item in items):
            return None
    else:
        items = split_list(text, separator)
        if items is None:
            return None
    quoted = (item.replace("\\", "\\\\").replace('"', '\\"') for item in items)
    return "{" + ",".join(f'"{item}"' for item in quoted) + "}"


def _json_text(text: str) -> str | None:
    return text if _parsed(text) is not None or text == "null" else None


def _parsed(text: str) -> Any:
    """The value of JSON text, its numbers as they are written; None when PostgreSQL would not accept it."""

    def refuse(constant: str) -> None:
        raise ValueError(constant)  # NaN and Infinity are not JSON

    def number(digits: str) -> str:
        if abs(Decimal(digits).adjusted()) > _MOST_JSON_DIGITS:
            raise ValueError(digits)
        return digits

    try:
        value = json.loads(text, parse_constant=refuse, parse_int=number, parse_float=number)
        written = json.dumps(value, ensure_ascii=False)
        written.encode()  # not with half a surrogate pair
    except (ValueError, ArithmeticError, RecursionError):
        return None
    return None if "\\u0000" in written else value
