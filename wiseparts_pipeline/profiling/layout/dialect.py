"""Finds how delimited text is written: row end, delimiter, quote, lines before the header."""

import csv
import io
import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from wiseparts_pipeline.profiling.finding import Confidence, Finding
from wiseparts_pipeline.profiling.layout.header import looks_like_data

_SINGLE = (",", ";", "\t", "|", "^", "~", "¦", "§", "¬", "\x1f", "\x01")
_RUNS = re.compile(r"(?<![+|~^;#&$%@!*:¦¬])[+|~^;#&$%@!*:¦¬]{2,3}(?![+|~^;#&$%@!*:¦¬])")
_UNIT = "\x1f"
_SPECIAL_ROW_END = re.compile(r"(?:<br ?/?>|[&|~^¦¬§#@$]{2,3}|[~^¦¬§])$")
_ROWS = 1000
_MOST_SKIPPED = 20
# A header may have so many cells more or fewer than the rows below.
_MOST_OFF = 2
# It is a table only if at least this share of the lines has the same number of cells.
_LEAST = 0.6
# Quotes that leave this share of the lines with the same number of cells are meant as quotes.
_CLEAR = 0.9


@dataclass(frozen=True)
class Dialect:
    """`first`: the first row of the table; `rows`: some of the rows after it.

    `surplus`: how many cells these have more than the first, which is then a header; negative: fewer.
    """

    delimiter: Finding[str]
    quote: str
    row_end: str
    skip_lines: int
    skipped: tuple[str, ...]
    first: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    lines_of_first: int
    surplus: int


@dataclass(frozen=True)
class _Reading:
    """The result of a delimiter and a quote: `width`, the cells of most rows, and the share of lines in these.

    `is_quoted`: whether cells are enclosed in the quote, all of them properly.
    """

    delimiter: str
    quote: str
    width: int
    share: float
    is_quoted: bool = False

    @property
    def score(self) -> float:
        return self.share**2 * math.log2(self.width) if self.width > 1 else 0.0


def find_dialect(text: str, *, complete: bool) -> Dialect:
    """The dialect of a text; `complete`: whether its last row is complete."""
    row_end = _row_end(text)
    plain = _plain(text, row_end, complete=complete)
    stated = re.match(r"sep=(.)\n", plain)
    plain = plain[stated.end() :] if stated else plain
    delimiters = [stated[1]] if stated else _candidates(plain)
    readings = [_reading(plain, delimiter, quote) for delimiter in delimiters for quote in _quotes(plain, delimiter)]
    # Delimiters inside proper quotes are text. Of two that are equal, the longer delimiter contains the other; the
    # first quote is the usual one.
    best = max(
        readings,
        key=lambda each: (each.is_quoted and each.share > _CLEAR, round(each.score, 3), len(each.delimiter)),
        default=None,
    )
    if best is None or (best.share < _LEAST and not stated) or best.width < 2:
        best = _Reading(_unused(plain), '"', 1, 1.0)
    return _dialect(plain, best, row_end, stated)


def _row_end(text: str) -> str:
    """`auto`, or the characters that end rows if they are not simply newlines."""
    lines = text.split("\n")[:_ROWS][:-1]
    ends = [found[0] for line in lines if (found := _SPECIAL_ROW_END.search(line.rstrip("\r")))]
    if not ends:
        return "\x1e" if text.count("\x1e") > max(text.count("\n"), 1) else "auto"
    # An empty last cell leaves its delimiter before the row end, so only the common part counts.
    special = _common_end(ends)
    if not _SPECIAL_ROW_END.fullmatch(special):
        return "auto"
    count = sum(end.endswith(special) for end in ends)
    # A delimiter after the last cell is not a row end, and a cell may contain a line break.
    if count < 0.3 * len(lines) or special in {line[: -len(special)].rstrip("\r")[-1:] for line in lines[:1]}:
        return "auto"
    if len(special) == 1 and all(line.count(special) > 1 for line in lines[:20]):
        return "auto"
    newline = "\r\n" if lines[0].endswith("\r") else "\n"
    before = {line.rstrip("\r").removesuffix(special)[-1:] for line in lines if line.rstrip("\r").endswith(special)}
    (closing,) = before if len(before) == 1 and special.startswith("<") else ("",)
    return (closing if closing in _SINGLE else "") + special + newline


def _common_end(ends: list[str]) -> str:
    """The longest ending that nearly all have in common."""
    shared = Counter(end[start:] for end in ends for start in range(len(end)))
    return max((end for end, count in shared.items() if count >= 0.95 * len(ends)), key=len, default="")


def _plain(text: str, row_end: str, *, complete: bool) -> str:
    """The complete rows, each ended by a newline."""
    if row_end != "auto":
        rows = text.split(row_end)
        rows = [row.replace("\r", " ").replace("\n", " ") for row in rows]
        return "\n".join(rows if complete else rows[:-1])
    newline = "\n" if "\n" in text else "\r"
    if not complete:
        text = text[: text.rfind(newline) + 1]
    return text.replace("\r\n", "\n").replace("\r", "\n") if newline == "\r" else text.replace("\r\n", "\n")


def _candidates(text: str) -> list[str]:
    lines = text.split("\n", 51)[:50]
    runs = Counter(run for line in lines for run in set(_RUNS.findall(line)))
    found = [run for run, count in runs.items() if count * 2 >= len(lines)]
    head = "\n".join(lines)
    for character in _SINGLE:
        # A character that only occurs within a longer delimiter is not one itself.
        parts = (run.count(character) * head.count(run) for run in found)
        if character in text and head.count(character) not in (part for part in parts if part):
            found.append(character)
    return [*found, " - "] if " - " in text else found


def _quotes(text: str, delimiter: str) -> list[str]:
    cell = re.escape(delimiter)
    singles = len(re.findall(f"(?m)(?:^|{cell})'[^'\n]*'(?={cell}|$)", text[:50_000]))
    if singles >= min(text.count("\n"), 20) > 0 and "'" not in delimiter:
        return ["'"]
    return ['"', ""] if '"' in text else ['"']


def _reading(text: str, delimiter: str, quote: str) -> _Reading:
    lines_of: Counter[int] = Counter()
    total = 0
    is_proper = True
    for cells, line_count, _ in _rows(text, delimiter, quote):
        lines_of[len(cells)] += line_count
        total += line_count
        is_proper &= cells != [""]
    if not total:
        return _Reading(delimiter, quote, 0, 0.0)
    width, lines = lines_of.most_common(1)[0]
    cell = re.escape(delimiter)
    enclosed = f"(?m)(?:^|{cell}){quote}[^{quote}]*{quote}(?:{cell}|$)"
    is_quoted = bool(quote) and is_proper and width > 1 and re.search(enclosed, text) is not None
    return _Reading(delimiter, quote, width, lines / total, is_quoted)


def _rows(text: str, delimiter: str, quote: str) -> Iterator[tuple[list[str], int, int]]:
    """The cells of the first rows, the number of lines of each, and the line after it; no cells if quotes fail."""
    csv.field_size_limit(1 << 20)
    stream = io.StringIO(text.replace(delimiter, _UNIT), newline="")
    line = 0
    for _ in range(_ROWS):
        if quote:
            reader = csv.reader(stream, delimiter=_UNIT, quotechar=quote, strict=True)
        else:
            reader = csv.reader(stream, delimiter=_UNIT, quoting=csv.QUOTE_NONE)
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            cells = [""]
        line += reader.line_num
        if cells:
            yield [cell.strip().replace(_UNIT, delimiter) for cell in cells], reader.line_num, line


def _unused(text: str) -> str:
    return next((character for character in _SINGLE if character not in text), ",")


def _dialect(text: str, reading: _Reading, row_end: str, stated: re.Match[str] | None) -> Dialect:
    read = list(_rows(text, reading.delimiter, reading.quote))
    start = _start(read, reading.width)
    first, _, end = read[start] if read else ([], 0, 0)
    # Readers skip blank lines before the header.
    skipped_to = read[start - 1][2] if start else 0
    rows = [tuple(cells) for cells, _, _ in read[start + 1 :] if len(cells) == reading.width]
    skipped = text.split("\n")[:skipped_to]
    if stated:
        skipped.insert(0, stated[0].rstrip())
    return Dialect(
        delimiter=_finding(reading, stated is not None),
        quote=reading.quote,
        row_end=row_end,
        skip_lines=len(skipped),
        skipped=tuple(skipped),
        first=tuple(first),
        rows=tuple(rows),
        lines_of_first=end - skipped_to,
        surplus=reading.width - len(first) if first else 0,
    )


def _start(read: Sequence[tuple[list[str], int, int]], width: int) -> int:
    """The position of the table's first row: of those as wide as most, or of a header that is a cell or two off."""
    top = [cells for cells, _, _ in read[:_MOST_SKIPPED]]
    start = next((position for position, cells in enumerate(top) if len(cells) == width), 0)
    while _is_title(top[start:]):
        start += 1
    if start and _is_header_of_other_width(top[start - 1], top[start], width):
        return start - 1
    return start


def _is_title(rows: Sequence[Sequence[str]]) -> bool:
    """Whether the first of the rows is a title or blank, filled up with delimiters, above rows with more in them."""
    if not rows or len(rows[0]) < 3:
        return False
    filled = [cell for cell in rows[0] if cell]
    has_more_below = any(sum(map(bool, row)) > 1 for row in rows[1:])
    return len(filled) <= 1 and has_more_below and not any(map(looks_like_data, filled))


def _is_header_of_other_width(above: Sequence[str], first: Sequence[str], width: int) -> bool:
    names = [name for name in above if name]
    is_named = len(names) > 1 and len(set(names)) == len(names) and not any(map(looks_like_data, names))
    return is_named and 0 < abs(len(above) - width) <= _MOST_OFF and any(map(looks_like_data, first))


def _finding(reading: _Reading, stated: bool) -> Finding[str]:
    if stated:
        return Finding(reading.delimiter, Confidence.SURE, "the first line is sep=")
    if reading.width == 1:
        return Finding(
            reading.delimiter, Confidence.GUESS, "no delimiter divides the lines; this one is not in the file"
        )
    share = f"{reading.width} columns in {reading.share:.1%} of the lines".replace("100.0%", "all")
    share = share.replace("all of the lines", "all lines")
    return Finding(reading.delimiter, Confidence.SURE if reading.share > 0.95 else Confidence.LIKELY, share)
