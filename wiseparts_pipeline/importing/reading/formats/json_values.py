"""JSON as cells: values nested in an object under dotted names, numbers as they are written."""

import json
from typing import Any

from wiseparts_pipeline.config.attributes import repeated
from wiseparts_pipeline.config.file_format import FileFormat
from wiseparts_pipeline.importing.reading.bad_bytes import NUL
from wiseparts_pipeline.importing.reading.formats.typed_values import as_text_of_bool

# Values nested deeper are part of the JSON text of the object around them.
_DEEPEST = 8
# Far more than data has, and far less than the recursion of parsers and writers can follow.
_MOST_NESTED = 100


class _Number(str):
    """A number as it is written."""


class InvalidJson(Exception):
    """Why a text is not what it should be."""


class NestedTooDeeply(InvalidJson):
    """There are too many lists and objects in each other."""

    def __init__(self) -> None:
        super().__init__("it is nested too deeply")


class JsonCells:
    """Makes cells of parsed JSON, as the settings write numbers and truth values."""

    def __init__(self, settings: FileFormat) -> None:
        self._decimal = settings.decimal
        self._booleans = {value: as_text_of_bool(value, settings) for value in (True, False)}

    def of(self, value: dict[str, Any], prefix: str, *, has_escapes: bool) -> dict[str, str]:
        """The cells of an object by their names, which begin with the prefix. Raises InvalidJson.

        An object or a list is its JSON text; each value in an object also has a cell of its own. `has_escapes`: the
        text that was parsed has some.
        """
        cells: dict[str, str] = {}
        self._flatten(value, prefix, cells)
        if has_escapes:
            _check_escapes(cells)
        return cells

    def text(self, value: Any) -> str:
        """The cell of one value."""
        if isinstance(value, _Number):
            return value if self._decimal == "." else value.replace(".", self._decimal)
        if isinstance(value, str):
            return value
        if value is None:
            return ""
        return self._booleans[value] if isinstance(value, bool) else _json(value)

    def _flatten(self, value: dict[str, Any], prefix: str, into: dict[str, str], depth: int = 1) -> None:
        for name, item in value.items():
            if (prefix or "." in name) and prefix + name in into:
                raise InvalidJson(f"{prefix}{name} is there twice, by itself and in another object.")
            into[prefix + name] = item if type(item) is str else self.text(item)
            if isinstance(item, dict) and depth < _DEEPEST:
                self._flatten(item, f"{prefix}{name}.", into, depth + 1)


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON, write null")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Raises ValueError where a name comes again, as only one of its values would be kept."""
    made = dict(pairs)
    if len(made) < len(pairs):
        twice = repeated(name for name, _ in pairs)[0]
        raise ValueError(f"{twice[:50]!r} is there twice")
    return made


_DECODER = json.JSONDecoder(
    parse_float=_Number, parse_int=_Number, parse_constant=_refuse_constant, object_pairs_hook=_object
)


def parsed(text: str) -> Any:
    """Any JSON value, its numbers as they are written. Raises InvalidJson, NestedTooDeeply where it is too deep."""
    try:
        value = _DECODER.decode(text)
    except json.JSONDecodeError as error:
        raise InvalidJson(f"{error.msg} at character {error.colno}") from None
    except ValueError as error:
        raise InvalidJson(str(error)) from None
    except RecursionError:
        raise NestedTooDeeply from None
    if text.count("[") + text.count("{") > _MOST_NESTED and _is_deeper(value, _MOST_NESTED):
        raise NestedTooDeeply
    return value


def _is_deeper(value: Any, most: int) -> bool:
    """Whether lists and objects are nested more than so many deep."""
    level = [value]
    for _ in range(most + 1):
        level = [
            item
            for each in level
            if isinstance(each, dict | list)
            for item in (each.values() if isinstance(each, dict) else each)
            if isinstance(item, dict | list)
        ]
        if not level:
            return False
    return True


def note_names(value: dict[str, Any], prefix: str, into: dict[str, None], depth: int = 1) -> None:
    """Adds the names of the cells of an object."""
    for name, item in value.items():
        into[prefix + name] = None
        if isinstance(item, dict) and depth < _DEEPEST:
            note_names(item, f"{prefix}{name}.", into, depth + 1)


def _check_escapes(values: dict[str, str]) -> None:
    """Escapes can write what is not text: NUL gets its replacement, half a surrogate pair makes the line malformed."""
    for name, text in values.items():
        try:
            text.encode()
        except UnicodeEncodeError:
            raise InvalidJson(f"{name[:50]!r} has half a surrogate pair, which is no character.") from None
        values[name] = text.replace("\0", NUL)


def _json(value: Any) -> str:
    """JSON text of parsed JSON, its numbers as they were written."""
    if isinstance(value, dict):
        pairs = (f"{json.dumps(name, ensure_ascii=False)}: {_json(item)}" for name, item in value.items())
        return "{" + ", ".join(pairs) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_json, value)) + "]"
    return value if isinstance(value, _Number) else json.dumps(value, ensure_ascii=False)
