"""Values and records as Tryton writes them, as plain ones."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from wiseparts_pipeline.connections.base import Record
from wiseparts_pipeline.connections.errors import UnexpectedAnswer

_RELATED = "."
# On SQLite, stored truth values come as numbers.
_TRUTH_VALUES = ("active", "delivery", "invoice", "salable")
_TRUTHS = {"0": False, "1": True}


def plain(value: Any, place: str) -> Any:
    """A value without the objects that stand for decimals, days and moments.

    What is read of a related record is beside its number, under its field's name with a dot: it takes the number's
    place. `place`: where the value is in the answer, for the error. Raises UnexpectedAnswer.
    """
    if isinstance(value, list):
        return [plain(each, f"{place}[{number}]") for number, each in enumerate(value)]
    if not isinstance(value, dict):
        return value
    if "__class__" in value:
        return _of_class(value, place)
    return {
        name.removesuffix(_RELATED): _TRUTHS.get(each, each)
        if name in _TRUTH_VALUES and isinstance(each, str)
        else plain(each, f"{place}.{name}")
        for name, each in value.items()
        if f"{name}{_RELATED}" not in value
    }


def moment(value: datetime) -> dict[str, object]:
    """A moment as Tryton takes it: in UTC, without a zone."""
    value = value.astimezone(UTC)
    parts = ("year", "month", "day", "hour", "minute", "second", "microsecond")
    return {"__class__": "datetime", **{part: getattr(value, part) for part in parts}}


def identity(record: Record, place: str) -> int:
    """The number that Tryton gives each record. Raises UnexpectedAnswer if there is none."""
    number = record.get("id")
    if not isinstance(number, str) or not number.isdecimal():
        raise UnexpectedAnswer(f"{place}.id is not the number of a record")
    return int(number)


def _of_class(value: Mapping[str, Any], place: str) -> str:
    try:
        match value["__class__"]:
            case "Decimal":
                return str(value["decimal"])
            case "date":
                return f"{int(value['year']):04}-{int(value['month']):02}-{int(value['day']):02}"
            case "datetime":
                day_ = _of_class({**value, "__class__": "date"}, place)
                clock = f"{int(value['hour']):02}:{int(value['minute']):02}:{int(value['second']):02}"
                return f"{day_}T{clock}.{int(value['microsecond']):06}+00:00"
            case "time":
                return f"{int(value['hour']):02}:{int(value['minute']):02}:{int(value['second']):02}"
            case "timedelta":
                return str(value["seconds"])
            case "bytes":
                return str(value["base64"]).replace("\n", "")
    except (KeyError, TypeError, ValueError):
        pass
    raise UnexpectedAnswer(f"{place} is an object that is not understood: {value['__class__']!s:.40}")
