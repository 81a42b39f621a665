"""Kinds of values that several attributes of an importer share."""

import codecs
import re
import unicodedata
import warnings
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from typing import Annotated
from unicodedata import category
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from croniter import croniter
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict

from wiseparts_pipeline.entities import ENTITIES


def _unescape(value: object) -> object:
    """Single-quoted YAML leaves `\\t` as two characters; a tab is what is meant."""
    if isinstance(value, str):
        return value.replace("\\t", "\t").replace("\\r", "\r").replace("\\n", "\n")
    return value


def plain_text(value: object) -> object:
    """A cell is text, also where it is written as a number. Raises ValueError where it is not certain which text."""
    if isinstance(value, bool):
        raise ValueError("a bare yes, no, on, off, true or false may be read as a truth value; put it in quotes")
    if value is None:
        raise ValueError('is empty; write "" for an empty text, or put null or ~ in quotes')
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, int | float) else value


def composed(name: str) -> str:
    """A name in the form that all spellings of it share which look the same.

    It has a letter and its accent in one character, which a Mac writes in two, the usual blank for any other, and no
    characters that cannot be seen.
    """
    if name.isascii():
        return name
    shown = (" " if category(letter) == "Zs" else letter for letter in name if category(letter) != "Cf")
    return unicodedata.normalize("NFC", "".join(shown))


def one_or_more(value: object) -> object:
    """A single text where a list may be given: a list of one."""
    return [value] if isinstance(value, str) else value


# The date formats of numbers: seconds and milliseconds since 1970, UTC, and days as Excel counts them, local time.
EPOCH = "epoch"
EPOCH_MS = "epoch_ms"
EXCEL = "excel"
_SAMPLE = datetime(2025, 12, 31, 1, 2, 3, tzinfo=UTC)
_NUMBERS = {EPOCH: "1767142923", EPOCH_MS: "1767142923000", EXCEL: "46022.0430903"}
_WEEKS_AND_ZONES = re.compile("%[GVUWZ]")


def _date_format(value: str) -> str:
    if value in _NUMBERS:
        return value
    try:
        written = datetime(2001, 2, 3, 4, 5, 6, tzinfo=UTC).strftime(value)
        datetime.strptime(written, value)
        if _WEEKS_AND_ZONES.search(value):
            # What reads them takes fewer of these together than Python; it takes long to import.
            import pandas as pd

            pd.to_datetime([written], format=value, errors="coerce", utc=True)
    except (ValueError, re.error) as error:
        raise ValueError(f"{value!r} is not a date format ({error}); write it like %d/%m/%Y") from None
    if "%" not in value:
        raise ValueError(f"{value!r} is not a date format; write it like %d/%m/%Y")
    return value


# What the engine that searches would take for "or something like it", and `re` for text.
_FUZZY = re.compile(r"(?<!\\)\{[^{}0-9,][^{}]*\}")

# What it would take for letters, and `re` for these characters.
_CLASS = re.compile(r"(?<!\\)\[:[^\]]*:\]")


def groups_of(value: str) -> int:
    """How many groups a regular expression has. Raises ValueError for what is not one."""
    try:
        # What sets in sets may mean one day, they do not mean here.
        with warnings.catch_warnings(action="ignore", category=FutureWarning):
            groups = re.compile(value).groups
    except (re.error, RecursionError, OverflowError) as error:
        raise ValueError(f"{value!r} is not a regular expression: {error}") from None
    if braces := _FUZZY.search(value):
        raise ValueError(f"{value!r} has {braces[0]} in it, which is no number of repetitions; write \\{{ for a brace")
    if class_ := _CLASS.search(value):
        raise ValueError(f"{value!r} has {class_[0]} in it; write \\w, \\d or A-Za-z for the letters that are meant")
    return groups


def _regular_expression(value: str) -> str:
    groups_of(value)
    return value


def samples(formats: Sequence[str]) -> str:
    """The same moment written in each of the formats, as an example."""
    written = [_NUMBERS.get(format_) or _SAMPLE.strftime(format_) for format_ in formats]
    return f"{' or '.join(written)} ({', '.join(formats)})"


def _encoding(name: str) -> str:
    try:
        is_text = codecs.lookup(name)._is_text_encoding
        # Those of domain names cannot go on behind bytes that are not text.
        b"\x80".decode(name, "ignore")
    except (LookupError, UnicodeError):
        is_text = False
    if not is_text or _writes_halves(name):
        raise ValueError(
            "is not an encoding that Python knows, or not one of files; use one like utf-8, cp1253, iso-8859-7, utf-16"
        )
    return name


def _writes_halves(encoding: str) -> bool:
    """Whether it has halves of characters, which no text has: utf-7 and the encodings of source code do."""
    try:
        "\ud800".encode(encoding)
    except UnicodeError:
        return False
    return True


def _time_zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError):
        raise ValueError(f"{value!r} is not a time zone; write it like Europe/Athens") from None
    return value


def _inside_root(value: str) -> str:
    if ".." in value.split("/"):
        raise ValueError("a folder is below the source's root; '..' is not allowed")
    return value.strip("/")


def _entity(value: str) -> str:
    if value not in ENTITIES:
        raise ValueError(f"{value!r} is not an entity; allowed: {', '.join(ENTITIES)}")
    return value


def _name(value: str) -> str:
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", value):
        raise ValueError(f"{value!r} is not a name; use letters, digits and _, a letter first")
    return value


def _cron(value: str) -> str:
    if len(value.split()) != 5 or not croniter.is_valid(value):
        raise ValueError(f"{value!r} is not a cron schedule; write minute hour day month weekday, like '0 6 * * *'")
    return value


Text = Annotated[str, BeforeValidator(plain_text)]
Escaped = Annotated[str, BeforeValidator(_unescape)]
DateFormat = Annotated[str, AfterValidator(_date_format)]
Encoding = Annotated[str, AfterValidator(_encoding)]
EntityName = Annotated[str, AfterValidator(_entity)]
Name = Annotated[str, AfterValidator(_name)]
Cron = Annotated[str, AfterValidator(_cron)]
Folder = Annotated[str, AfterValidator(_inside_root)]
TimeZone = Annotated[str, AfterValidator(_time_zone)]
RegularExpression = Annotated[str, AfterValidator(_regular_expression)]


class Settings(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=False)


def repeated(names: Iterable[str]) -> list[str]:
    """The names that occur more than once in the list."""
    seen: set[str] = set()
    return [name for name in names if name in seen or seen.add(name)]  # type: ignore[func-returns-value]


def by_shape(value: object) -> str:
    """The tag of an attribute that is either a mapping or a text; tags in <> are left out of messages."""
    return "<mapping>" if isinstance(value, dict | Settings) else "<text>"
