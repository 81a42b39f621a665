"""Cells as values of every type: each is a value or a fault, and the same whatever other cells are beside it."""

import re
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import pyarrow as pa
from pydantic import ValidationError

from tests.fuzzing.given import Given, given
from tests.fuzzing.target import Target, check, check_texts, in_time, tokens
from wiseparts_pipeline.config.file_format import FileFormat
from wiseparts_pipeline.entities.schema import Type
from wiseparts_pipeline.importing.reading.shapes.cells import trimmed_cells
from wiseparts_pipeline.importing.validation.conversion import convert, date_hints, number_hints

_TYPES = tuple(Type)
_DECIMALS = (".", ",", "'", "٫")
_THOUSANDS = ("", ",", ".", " ", "'", "’", "\u00a0", "_")
_FORMATS = (
    ("%Y-%m-%d",), ("%d/%m/%Y", "%Y-%m-%d"), ("%d.%m.%y",), ("%m/%d/%Y %I:%M %p",), ("%d %B %Y", "%d %b %y"),
    ("epoch",), ("epoch_ms", "%Y"), ("excel", "%Y-%m-%d"), ("%Y%m%d%H%M%S",), ("%Y-%m-%dT%H:%M:%S.%f%z",),
    ("%a, %d %b %Y %H:%M:%S %Z",), ("%y%j",), ("%c",), ("%x %X",), ("%U %w %Y",), ("%G-%V-%u",), ("%s%Y",), ("%%%Y",),
)  # fmt: skip
_DURATIONS = ((), (), ("%H:%M:%S",), ("%M:%S", "%H:%M:%S"), ("%H%M%S",), ("%S",), ("%Hh%M",))
_ZONES = ("UTC", "Europe/Athens", "America/Sao_Paulo", "Pacific/Apia", "Asia/Kathmandu", "Australia/Lord_Howe")
_SEPARATORS = ("", "", ",", "; ", "/", "://")
_MOST_ALONE = 12
_PLAIN_NUMBER = re.compile(r"-?[0-9]{1,14}(\.[0-9]{1,6})?")
_PLAIN_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def _run(data: bytes) -> None:
    content = Given(data)
    type_ = content.one_of(_TYPES)
    formats = content.one_of(_FORMATS)
    try:
        file = FileFormat.model_validate(
            {
                "format": content.one_of(("csv", "csv", "xlsx")),
                "decimal": content.one_of(_DECIMALS),
                "thousands": content.one_of(_THOUSANDS),
                "date_formats": formats,
                "two_digit_years_from": content.one_of((None, None, 1950, 2000, 1800)),
            }
        )
    except ValidationError:
        return
    if content.one_of((False, True)):
        file = file.model_copy(update={"date_formats": ("%Y-%m-%d",)})
    own_formats = content.one_of(_DURATIONS) if type_ is Type.INT else formats if content.one_of((False, True)) else ()
    options: dict[str, Any] = {
        "percentage": content.one_of((False, True)),
        "looks_ahead": content.one_of((False, True)),
        "separator": content.one_of(_SEPARATORS),
    }
    zone = content.one_of(_ZONES)
    texts = [text.replace("\0", "") for text in content.lines(200)]
    if content.seldom():
        texts = [text * 1_000 for text in texts[:3]]
    with in_time(sum(map(len, texts))):
        cells = trimmed_cells(pa.array(texts, pa.string()), file.null_values)
        values = _converted(cells, type_, file, own_formats, zone, options)
    check(
        values == [_alone(text, type_, file, own_formats, zone, options) for text in texts[:_MOST_ALONE]]
        or len(texts) > _MOST_ALONE,
        "a cell is read the same beside any others",
        texts,
        values,
    )
    if file == FileFormat() and not own_formats:
        _compare(cells.to_pylist(), type_, values)
    if type_ in (Type.MONEY, Type.NUMBER, Type.INT):
        check_texts(number_hints(cells.to_pylist(), type_, file, percentage=options["percentage"]))
    if type_ in (Type.DATE, Type.TIMESTAMP):
        check_texts(date_hints(cells.to_pylist(), "date_formats", formats))


def _alone(text: str, *arguments: Any) -> Any:
    file = arguments[1]
    (value,) = _converted(trimmed_cells(pa.array([text], pa.string()), file.null_values), *arguments)
    return value


def _converted(
    cells: pa.Array, type_: Type, file: FileFormat, formats: Sequence[str], zone: str, options: dict[str, Any]
) -> list[Any]:
    """The value of each cell, or the codes of its faults."""
    converted = convert(cells, type_, file, formats, zone, **options)
    values = converted.values
    check(values.type == type_.arrow, "values are of their type", values.type)
    values.validate(full=True)
    found: list[Any] = []
    for row, (text, value) in enumerate(zip(cells.to_pylist(), values.to_pylist(), strict=True)):
        codes = [code.value for code, mask in converted.faults.items() if mask[row].as_py()]
        check(bool(codes) == (text is not None and value is None), "a cell is a value or a fault", text, value, codes)
        found.append(value if not codes else tuple(codes))
        if isinstance(value, str):
            check_texts([value])
        if converted.literals is not None and value is not None:
            _check_literal(converted.literals[row].as_py(), value)
    return found


def _check_literal(literal: str, value: Any) -> None:
    """PostgreSQL reads the literal as the value."""
    if isinstance(value, Decimal):
        same = re.fullmatch(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?", literal) and Decimal(literal) == value
    elif isinstance(value, int):
        same = int(literal) == value
    else:
        same = _PLAIN_DATE.fullmatch(literal) and date.fromisoformat(literal) == value
    check(same, "the database gets the value", literal, value)


def _compare(texts: Sequence[str | None], type_: Type, values: Sequence[Any]) -> None:
    """Plain texts are what everybody takes them for."""
    for text, value in zip(texts, values, strict=True):
        if text is None:
            continue
        if type_ in (Type.MONEY, Type.NUMBER) and _PLAIN_NUMBER.fullmatch(text):
            check(value == Decimal(text), "a number is read as it is written", text, value)
        if type_ is Type.INT and re.fullmatch(r"-?[0-9]{1,18}", text):
            check(value in (int(text), ("not_a_number",)), "a number is read as it is written", text, value)
        if type_ is Type.DATE and _PLAIN_DATE.fullmatch(text) and isinstance(value, date):
            check(value == date.fromisoformat(text), "a date is read as it is written", text, value)


TARGET = Target(
    _run,
    seeds=tuple(
        given(content, _TYPES.index(type_), *choices)
        for type_, content, *choices in (
            (Type.MONEY, "1.5\n-2\n1,000.25\n€ 5\n(3)\n1e3\n12%\n1200.-", 0),
            (Type.MONEY, "1.234,5\n1'000\n5-\nEUR 1", 0, 0, 1, 2),
            (Type.INT, "1\n12.0\n-5\n99999999999999999999\n1:02:03"),
            (Type.DATE, "2025-01-31\n31/01/2025\n5 May 25\nx"),
            (Type.DATE, "31.01.25\n1.2.68\n29.02.00", 2),
            (Type.TIMESTAMP, "2025-03-30 03:30:00\n2025-01-31T10:00:00Z\n2025-01-31T10:00+0200\n1767142923"),
            (Type.TIMESTAMP, "46022.5\n60\n1.5", 7),
            (Type.BOOL, "1\nfalse\nY\nx"),
            (Type.TEXT_LIST, 'a|b\nhttps://x/a,b\n["a", "b"]\na, b;c'),
            (Type.JSON, '{"a": 1e5}\nnull\n[1'),
            (Type.UUID, "0b0c5c0a-1111-4222-8333-444455556666\nx"),
        )
    ),
    tokens=tokens(
        "\n", "1", "0", "9" * 14, "9" * 20, "0.0000005", "1e5", "E-7", ",", ".", "'", "\u00a0", "%", "€", "$", "US$",
        "kr.",
        "EUR", "(", ")", "-", "\u2212", "–", "+", "2025-01-31", "2025-02-30", "0000-01-01", "9999-12-31", "T00:00:00Z",
        " 24:00", "+25:00", "12:60", "Mai", "mars", "Ιαν", "May.", "29/02/24", "now", "today", "NaT", "inf", "nan",
        "epoch",
        "-99999999999", "2958465.99999999", "60", "0", "https://", "|", ";", '["', '"]', "{}", "\\u0000", "1_0", "٣",
        "０",
        " 1 ", "\u200b", "\ufeff",
    ),
)  # fmt: skip
