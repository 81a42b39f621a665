"""What the text of a cell is: its value as the reader of the sheet takes it, in the form that conversion reads exactly.

A number is what it is and not how many of its decimals are shown, with three exceptions: a percentage is one, a number
with leading zeros is a code, and days and times are written like 2025-01-31 10:20:30.
"""

import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from wiseparts_pipeline.config.file_format import FileFormat
from wiseparts_pipeline.importing.reading import sizes
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
        self._lengths = pc.binary_length(workbook.texts)
        self._longest = pc.max(self._lengths).as_py() or 0
        self._formats = workbook.formats
        self._decimal = file.decimal
        self._booleans = {"1": as_text_of_bool(True, file), "0": as_text_of_bool(False, file)}
        self._booleans |= {"true": self._booleans["1"], "false": self._booleans["0"]}
        self._first_day = datetime(1904, 1, 1) if workbook.has_1904_dates else datetime(1899, 12, 30)
        self._has_1904_dates = workbook.has_1904_dates

    def in_parts(self, cells: Cells) -> Iterator[tuple[Cells, int]]:
        """The cells in parts of whole rows, with the bytes of the texts that they share: a batch's at most.

        However short the cells are, many of them may refer to one long text. Raises BrokenPart for a row of which no
        batch could be made.
        """
        are_shared = np.fromiter((type_ == "s" for type_ in cells.types), bool, len(cells.types))
        if int(are_shared.sum()) * self._longest <= sizes.BATCH_BYTES:
            yield cells, 0
            return
        lengths = np.zeros(len(are_shared), np.int64)
        values = pa.array(cells.values, pa.string()).filter(pa.array(are_shared))
        lengths[are_shared] = pc.fill_null(self._lengths.take(_numbers(values)), 0).to_numpy()
        firsts = np.flatnonzero(np.diff(cells.rows, prepend=-1))
        of_rows = np.add.reduceat(lengths, firsts)
        if of_rows.max() > sizes.BATCH_BYTES:
            raise BrokenPart(f"a row has more than {sizes.BATCH_BYTES >> 20} million characters")
        before = np.cumsum(of_rows) - of_rows
        starts = firsts[np.flatnonzero(np.diff(before // sizes.BATCH_BYTES, prepend=-1))]
        for start, stop in pairwise([*map(int, starts), len(lengths)]):
            yield cells.part(start, stop), int(lengths[start:stop].sum())

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
                return pc.fill_null(self._shared.take(_numbers(values)), "")
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
        are_plain = np.array([format_.kind is Kind.PLAIN for format_ in formats], bool)[indices]
        # Most plain numbers are already as they are to be.
        usual = pc.and_(pa.array(are_numbers & are_plain), _is_usual(texts))
        if self._decimal != ".":
            texts = pc.if_else(usual, pc.replace_substring(texts, ".", self._decimal), texts)
        mask = are_numbers & ~usual.to_numpy(zero_copy_only=False)
        if not mask.any():
            return texts
        return pc.replace_with_mask(texts, pa.array(mask), self._in_formats(texts.filter(mask), indices[mask], formats))

    def _in_formats(self, texts: pa.Array, indices: np.ndarray, formats: list[NumberFormat]) -> pa.Array:
        """Numbers in the formats with these indices; each distinct number is translated once in each."""
        encoded = texts.dictionary_encode()
        numbers = encoded.dictionary.to_pylist()
        pairs, each = np.unique(encoded.indices.to_numpy() * len(formats) + indices, return_inverse=True)
        translated = []
        for number, format_ in zip(*(part.tolist() for part in np.divmod(pairs, len(formats))), strict=True):
            text = numbers[number]
            translated.append(text and self.of_number(text, formats[format_]))
        return pa.array(translated, pa.string()).take(pa.array(each))

    def _format(self, style: str | None) -> NumberFormat:
        number = int(style or 0)
        return self._formats[number] if 0 <= number < len(self._formats) else PLAIN

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


def _numbers(texts: pa.Array) -> pa.Array:
    """The numbers of shared texts; null where there is none."""
    return pc.if_else(pc.equal(texts, ""), None, texts).cast(pa.int32())


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
