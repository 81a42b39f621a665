"""What a text that cannot be read may be after all, and the attribute with which it would be read."""

import re
from collections.abc import Sequence
from datetime import datetime

import pyarrow as pa

from wiseparts_pipeline.config.attributes import EPOCH, EPOCH_MS, EXCEL
from wiseparts_pipeline.config.file_format import FileFormat
from wiseparts_pipeline.entities.schema import Type
from wiseparts_pipeline.importing.validation.conversion.currencies import CURRENCIES
from wiseparts_pipeline.importing.validation.conversion.dates import local_times
from wiseparts_pipeline.importing.validation.conversion.numbers import plain_numbers

_STYLES = ((".", ""), (",", ""), (",", "."), (".", ","), (",", " "), (".", " "), (".", "'"), (",", "'"))
_NUMBERS = {EXCEL: "Excel's number for", EPOCH: "seconds since 1970 until", EPOCH_MS: "milliseconds since 1970 until"}
# Days in which a date of a business may well be; other numbers are not taken for dates.
_LIKELY_YEARS = range(1950, 2100)


def number_hints(texts: Sequence[str | None], type_: Type, file: FileFormat, *, percentage: bool) -> list[str]:
    """For each text, a sentence after a blank, or nothing."""
    cells = pa.array(texts, pa.string())
    units = ("%",) if percentage else CURRENCIES.keys() if type_ is Type.MONEY else ()
    styles = [style for style in _STYLES if style != (file.decimal, file.thousands)]
    numbers = [
        plain_numbers(cells, FileFormat(decimal=decimal, thousands=thousands), units)[0].to_pylist()
        for decimal, thousands in styles
    ]
    stated, _ = plain_numbers(cells, file, ["%", *CURRENCIES])
    return [
        _number_hint(text or "", own, {style: number for style, number in zip(styles, read, strict=True) if number})
        for text, own, *read in zip(texts, stated.to_pylist(), *numbers, strict=True)
    ]


def _number_hint(text: str, stated: str | None, read: dict[tuple[str, str], str]) -> str:
    if stated is not None and "%" in text:
        return " Only a column of percentages takes a percent sign."
    if stated is not None:
        return " The currency beside it is not that of the row." if stated != text else ""
    if text.startswith("'"):
        return ' An apostrophe before a number can be left out with `extract: "^\'?(.*)$"`.'
    if len(set(read.values())) > 1:
        return " `decimal` and `thousands` in `file` say how numbers are written."
    if not read:
        return ""
    (decimal, thousands), number = next(iter(read.items()))
    also = f" and `thousands: {thousands!r}`" if thousands else ""
    return f" With `decimal: {decimal!r}`{also} in `file` it would be {number}."


def date_hints(texts: Sequence[str | None], where: str, formats: Sequence[str]) -> list[str]:
    """For each text, a sentence after a blank, or nothing. `where`: the attribute that takes a format."""
    cells = pa.array(texts, pa.string())
    others = [format_ for format_ in _NUMBERS if format_ not in formats]
    moments = [local_times(cells, format_).to_pylist() for format_ in others]
    two_digits = any("%y" in format_ for format_ in formats)
    return [
        _date_hint(text or "", dict(zip(others, read, strict=True)), where, two_digits=two_digits)
        for text, *read in zip(texts, *moments, strict=True)
    ]


def _date_hint(text: str, read: dict[str, datetime | None], where: str, *, two_digits: bool) -> str:
    for format_, moment in read.items():
        if moment is not None and moment.year in _LIKELY_YEARS:
            day = f"{moment.day} {moment:%B %Y}"
            return f" {text} is {_NUMBERS[format_]} {day}: if that is meant, add `{format_}` to {where}."
    if two_digits and re.search(r"\d", text) and not re.search(r"\d{3}", text):
        return " If only the century is not sure, state the first of the hundred years as `two_digit_years_from`."
    return ""
