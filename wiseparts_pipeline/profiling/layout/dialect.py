"""Finds how delimited text is written: row end, delimiter, quote, lines before the header."""

import csv
import io
import math
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from wiseparts_pipeline.profiling.finding import Confidence, Finding

_SINGLE = (",", ";", "\t", "|", "^", "~", "¦", "§", "¬", "\x1f", "\x01")
_RUNS = re.compile(r"(?<![+|~^;#&$%@!*:¦¬])[+|~^;#&$%@!*:¦¬]{2,3}(?![+|~^;#&$%@!*:¦¬])")
_UNIT = "\x1f"
_SPECIAL_ROW_END = re.compile(r"(?:<br ?/?>|[&|~^¦¬§#@$]{2,3}|[~^¦¬§])$")
_ROWS = 1000
_MOST_SKIPPED = 20
# It is a table only if at least this share of the lines has the same number of cells.
_LEAST = 0.6


@dataclass(frozen=True)
class Dialect:
    """`first`: the first row with as many cells as most; `rows`: some of the rows after it."""

    delimiter: Finding[str]
    quote: str
    row_end: str
    skip_lines: int
    skipped: tuple[str, ...]
    first: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    lines_of_first: int


@dataclass(frozen=True)
class _Reading:
    """The result of a delimiter and a quote: `width`, the cells of most rows, and the share of lines in these."""

    delimiter: str
    quote: str
    width: int
    share: float

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
    # Of two that are equal, the longer delimiter contains the other; the first quote is the usual one.
    best = max(readings, key=lambda reading: (round(reading.score, 3), len(reading.delimiter)), default=None)
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
    for cells, line_count, _ in _rows(text, delimiter, quote):
        lines_of[len(cells)] += line_count
        total += line_count
    if not total:
        return _Reading(delimiter, quote, 0, 0.0)
    width, lines = lines_of.most_common(1)[0]
    return _Reading(delimiter, quote, width, lines / total)


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
    skipped_to = 0
    first: list[str] = []
    lines_of_first = 0
    rows: list[tuple[str, ...]] = []
    for number, (cells, _, line) in enumerate(_rows(text, reading.delimiter, reading.quote)):
        if not first and len(cells) != reading.width and number < _MOST_SKIPPED:
            skipped_to = line
        elif not first:
            # Readers skip blank lines before the header.
            first, lines_of_first = cells, line - skipped_to
        elif len(cells) == reading.width:
            rows.append(tuple(cells))
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
        lines_of_first=lines_of_first,
    )


def _finding(reading: _Reading, stated: bool) -> Finding[str]:
    if stated:
        return Finding(reading.delimiter, Confidence.SURE, "the first line is sep=")
    if reading.width == 1:
        return Finding(
            reading.delimiter, Confidence.LIKELY, "there is only one column, which does not contain this character"
        )
    share = f"{reading.width} columns in {reading.share:.1%} of the lines".replace("100.0%", "all")
    share = share.replace("all of the lines", "all lines")
    return Finding(reading.delimiter, Confidence.SURE if reading.share > 0.95 else Confidence.LIKELY, share)
