"""Values of typed formats as text that conversion reads back as the same values."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from wiseparts_pipeline.config.file_format import FileFormat


def as_text_of_bool(value: bool, file: FileFormat) -> str:
    """`true` or `false` where the settings have that word, else the first that they have for the value."""
    words = file.true_values if value else file.false_values
    plain = str(value).lower()
    return words[0] if words and plain not in {word.lower() for word in words} else plain


def text_by_type(file: FileFormat) -> dict[type, Callable[[Any], str]]:
    """How a cell of a sheet becomes text, by the type of its value; dates and times become ISO 8601."""
    booleans = {value: as_text_of_bool(value, file) for value in (True, False)}
    return {
        str: str,
        type(None): lambda _: "",
        bool: booleans.__getitem__,
        int: str,
        float: lambda value: _plain_number(value).replace(".", file.decimal),
        datetime: _moment,
        date: date.isoformat,
        time: time.isoformat,
        timedelta: _duration,
    }


def _plain_number(value: float) -> str:
    # Excel shows and accepts fifteen digits: those after them are noise of binary fractions.
    text = format(value, ".15g")
    return format(Decimal(text), "f") if "e" in text else text


def _moment(value: datetime) -> str:
    return value.date().isoformat() if value.time() == time.min else value.isoformat(sep=" ")


def _duration(value: timedelta) -> str:
    """Hours may exceed 24."""
    minutes, seconds = divmod(round(value.total_seconds()), 60)
    return f"{minutes // 60:02}:{minutes % 60:02}:{seconds:02}"
