"""What the text of a cell is: its value as the reader of the sheet takes it, in the form that conversion reads exactly.

A number is what it is and not how many of its decimals are shown, with three exceptions: a percentage is one, a number
with leading zeros is a code, and days and times are written like 2025-01-31 10:20:30.
"""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from wiseparts_pipeline.config.file_format import FileFormat
from wiseparts_pipeline.importing.reading.formats.typed_values import as_text_of_bool
from wiseparts_pipeline.importing.reading.formats.xlsx.cells import Cells
from wiseparts_pipeline.importing.reading.formats.xlsx.number_formats import PLAIN, Kind, NumberFormat
from wiseparts_pipeline.importing.reading.formats.xlsx.parts import BrokenPart
from wiseparts_pipeline.importing.reading.formats.xlsx.workbook import Workbook
from wiseparts_pipeline.importing.reading.spreadsheet_errors import ERRORS, UNKNOWN_ERROR

# At most 15 digits, and none that Excel would leave out.
_USUAL_NUMBER = r"^(0|-?[1-9][0-9]*|-?(0|[1-9][0-9]*)\.[0-9]*[1-9])$"
_USUAL_LENGTH = 15
_SECONDS_OF_DAY = 86_400
# Excel has a 29 February 1900 as day 60, which there was not.
_DAY_60 = 60
_LAST_DAY = 2_958_466
_NUMBERS = ("n", None)
_TEXTS = ("str", "inlineStr")
_MIDNIGHT = re.compile(r"T00:00(:00(\.0+)?)?$")


class CellTexts:
    """Turns the cells of a workbook into texts."""

    def __init__(self, workbook: Workbook, file: FileFormat) -> None:
        self._shared = workbook.texts
        self._formats = workbook.formats
        self._decimal = file.decimal
        self._booleans = {"1": as_text_of_bool(True, file), "0": as_text_of_bool(False, file)}
        self._booleans |= {"true": self._booleans["1"], "false": self._booleans["0"]}
        self._first_day = datetime(1904, 1, 1) if workbook.has_1904_dates else datetime(1899, 12, 30)
        self._has_1904_dates = workbook.has_1904_dates

    def of(self, cells: Cells) -> pa.Array:
        """A text for each cell, empty where it has no value."""
        texts = pc.fill_null(pa.array(cells.values, pa.string()), "")
        types = pa.array(cells.types, pa.string()).dictionary_encode(null_encoding="encode")
        indices = types.indices.to_numpy()
        for index, type_ in enumerate(types.dictionary.to_pylist()):
            if type_ in _TEXTS:
                continue
            mask = indices == index
            if type_ in _NUMBERS:
                texts = self._with_numbers(texts, mask, cells.styles)
            else:
                texts = pc.replace_with_mask(texts, pa.array(mask), self._others(type_, texts.filter(pa.array(mask))))
        return texts

    def _others(self, type_: str, values: pa.Array) -> pa.Array:
        match type_:
            case "s":
                numbers = pc.if_else(pc.equal(values, ""), None, values).cast(pa.int32())
                return pc.fill_null(self._shared.take(numbers), "")
            case "b":
                return _by_text(values, lambda text: self._booleans.get(text.lower(), text))
            case "d":
                return _by_text(values, lambda text: _MIDNIGHT.sub("", text).replace("T", " "))
            case "e":
                return _by_text(values, lambda text: text if text in ERRORS else UNKNOWN_ERROR)
        raise BrokenPart(f"a cell has the type {type_!r}")

    def _with_numbers(self, texts: pa.Array, are_numbers: np.ndarray, styles: list[str | None]) -> pa.Array:
        encoded = pa.array(styles, pa.string()).dictionary_encode(null_encoding="encode")
        formats = [self._format(style) for style in encoded.dictionary.to_pylist()]
        indices = encoded.indices.to_numpy()
        for format_ in set(formats):
            of_format = np.isin(indices, [at for at, each in enumerate(formats) if each == format_]) & are_numbers
            texts = self._in_format(texts, pa.array(of_format), format_)
        return texts

    def _in_format(self, texts: pa.Array, mask: pa.Array, format_: NumberFormat) -> pa.Array:
        """The numbers of one format as they are to be; most plain ones are already."""
        if format_.kind is Kind.PLAIN:
            usual = pc.and_(mask, _is_usual(texts))
            if self._decimal != ".":
                texts = pc.if_else(usual, pc.replace_substring(texts, ".", self._decimal), texts)
            mask = pc.and_not(mask, usual)
        if not pc.any(mask).as_py():
            return texts
        return pc.replace_with_mask(texts, mask, _by_text(texts.filter(mask), partial(self.of_number, format_=format_)))

    def _format(self, style: str | None) -> NumberFormat:
        number = int(style or 0)
        return self._formats[number] if number < len(self._formats) else PLAIN

    def of_number(self, text: str, format_: NumberFormat) -> str:
        """The text of a number in a format."""
        try:
            number = float(text)
        except ValueError:
            return text
        if not np.isfinite(number):
            return text
        match format_.kind:
            case Kind.PERCENT:
                return self._localised(_plain(Decimal(format(number, ".15g")) * 100)) + "%"
            case Kind.CODE if number.is_integer() and abs(number) < 10**_USUAL_LENGTH:
                return ("-" if number < 0 else "") + format_.digits_in_code(str(abs(int(number))))
            case Kind.DURATION if abs(number) < _LAST_DAY:
                return _duration(number)
            case Kind.DATE | Kind.TIME if 0 <= number < _LAST_DAY:
                return self._moment(number, format_.kind)
        if number.is_integer() and abs(number) >= 10**_USUAL_LENGTH:
            return self._localised(_shortened(number))
        return self._localised(_plain(Decimal(format(number, ".15g"))))

    def _localised(self, number: str) -> str:
        return number.replace(".", self._decimal)

    def _moment(self, number: float, kind: Kind) -> str:
        milliseconds = round((number % 1) * _SECONDS_OF_DAY * 1000)
        days = int(number)
        if not days and not self._has_1904_dates:
            # Excel shows day 0, which is what an empty cell becomes in a formula, as 0 January 1900.
            if not milliseconds and kind is Kind.DATE:
                return "1900-01-00"
            return _of_clock(datetime.min + timedelta(milliseconds=milliseconds % (_SECONDS_OF_DAY * 1000)))
        if not self._has_1904_dates and days <= _DAY_60:
            if days == _DAY_60:
                return "1900-02-29"
            days += 1
        elif not days and kind is Kind.TIME:
            return _of_clock(datetime.min + timedelta(milliseconds=milliseconds % (_SECONDS_OF_DAY * 1000)))
        moment = self._first_day + timedelta(days=days, milliseconds=milliseconds)
        day = moment.date().isoformat()
        return day if moment.time() == datetime.min.time() else f"{day} {_of_clock(moment)}"


def _is_usual(texts: pa.Array) -> pa.Array:
    """Which texts are numbers as `of_number` writes them, or empty."""
    is_short = pc.less_equal(pc.utf8_length(texts), _USUAL_LENGTH)
    return pc.or_(pc.equal(texts, ""), pc.and_(is_short, pc.match_substring_regex(texts, _USUAL_NUMBER)))


def _by_text(texts: pa.Array, translate: Callable[[str], str]) -> pa.Array:
    """Translates each distinct text once."""
    encoded = texts.dictionary_encode()
    translated = [text and translate(text) for text in encoded.dictionary.to_pylist()]
    return pa.array(translated, pa.string()).take(encoded.indices)


def _plain(number: Decimal) -> str:
    """Without an exponent, and without zeros at its end."""
    text = format(number, "f")
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text


def _shortened(number: float) -> str:
    """A number of more digits than Excel keeps, as it shows such numbers: nobody takes it for a key."""
    mantissa, _, exponent = format(Decimal(repr(number)).normalize(), "E").partition("E")
    return f"{mantissa}E+{int(exponent):02}"


def _duration(days: float) -> str:
    """Hours may exceed 24."""
    minutes, seconds = divmod(round(abs(days) * _SECONDS_OF_DAY), 60)
    return f"{'-' if days < 0 else ''}{minutes // 60:02}:{minutes % 60:02}:{seconds:02}"


def _of_clock(moment: datetime) -> str:
    return moment.time().isoformat("milliseconds" if moment.microsecond else "seconds")
