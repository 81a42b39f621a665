"""Finds how delimited text is written: row end, delimiter, quote and escape, and the table in it."""

import math
import re
from collections import Counter
from dataclasses import dataclass

from wiseparts_pipeline.profiling.finding import Confidence, Finding
from wiseparts_pipeline.profiling.layout.rows import Writing, read_rows
from wiseparts_pipeline.profiling.layout.table import Table, find_table

_SINGLE = (",", ";", "\t", "|", "^", "~", "¦", "§", "¬", "\x1f", "\x01")
_RUNS = re.compile(r"(?<![+|~^;#&$%@!*:¦¬])[+|~^;#&$%@!*:¦¬]{2,3}(?![+|~^;#&$%@!*:¦¬])")
_SPECIAL_ROW_END = re.compile(r"(?:<br ?/?>|[&|~^¦¬§#@$]{2,3}|[~^¦¬§])$")
_ROWS = 1000
# It is a table only if at least this share of the lines has the same number of cells; less where cells are in quotes.
_LEAST, _LEAST_QUOTED = 0.6, 0.3
# Another table in the same file has so many rows and a fifth of them all.
_FEWEST_OF_TABLE = 10
_ESCAPE = "\\"


@dataclass(frozen=True)
class Dialect:
    """How delimited text is written, and the table in it; see Table. `skipped`: the lines before it."""

    delimiter: Finding[str]
    quote: str
    escape: str
    row_end: str
    skipped: tuple[str, ...]
    table: Table

    @property
    def skip_lines(self) -> int:
        """How many lines are before the table."""
        return len(self.skipped)

    @property
    def first(self) -> tuple[str, ...]:
        """The cells of the table's first row."""
        return self.table.first

    @property
    def rows(self) -> tuple[tuple[str, ...], ...]:
        """Some of the rows below."""
        return self.table.rows

    @property
    def surplus(self) -> int:
        """How many cells these have more than the first row."""
        return self.table.surplus


@dataclass(frozen=True)
class _Reading:
    """What a writing makes of the text.

    `width`: the cells of most rows. `share`: of the lines, those in rows of this width. `regular`: those in rows of
    this width or of another table in the same file. `is_quoted`: whether cells are enclosed in quotes, nearly all of
    them properly; `broken`: how many rows have quotes that are out of order.
    """

    writing: Writing
    width: int
    share: float
    regular: float
    is_quoted: bool = False
    broken: int = 0

    @property
    def is_table(self) -> bool:
        return self.width > 1 and self.regular >= (_LEAST_QUOTED if self.is_quoted else _LEAST)

    @property
    def rank(self) -> tuple[bool, float, int, int, int]:
        """Delimiters inside proper quotes are text. Of two that are equal, the longer delimiter contains the other."""
        score = self.regular**2 * math.log2(self.width) if self.width > 1 else 0.0
        delimiter = self.writing.delimiter
        # A blank belongs to the delimiter only if that explains more; the first quote is the usual one.
        return self.is_quoted and self.is_table, round(score, 3), -len(self.writing.escape), *_length(delimiter)


def _length(delimiter: str) -> tuple[int, int]:
    return len(delimiter.strip(" ")), -len(delimiter)


def find_dialect(text: str, *, complete: bool) -> Dialect:
    """The dialect of a text; `complete`: whether its last row is complete."""
    row_end = _row_end(text)
    plain = _plain(text, row_end, complete=complete)
    stated = re.match(r"sep=(.)\n", plain)
    plain = plain[stated.end() :] if stated else plain
    delimiters = [stated[1]] if stated else _candidates(plain)
    readings = [_reading(plain, writing) for delimiter in delimiters for writing in _writings(plain, delimiter)]
    # A single quote that is out of order was forgotten, and says nothing about the others.
    few_broken = {each.writing.delimiter for each in readings if each.writing.quote and each.broken < 2}
    readings = [each for each in readings if each.writing.quote or each.writing.delimiter not in few_broken]
    best = max(readings, key=lambda each: each.rank, default=None)
    if best is None or best.width < 2 or not (best.is_table or stated):
        best = _Reading(Writing(_unused(plain)), 1, 1.0, 1.0)
    table = find_table(list(read_rows(plain, best.writing)), best.width)
    skipped = [stated[0].rstrip()] if stated else []
    return Dialect(
        delimiter=_finding(best, stated is not None),
        quote=best.writing.quote,
        escape=best.writing.escape,
        row_end=row_end,
        skipped=(*skipped, *plain.split("\n")[: table.start]),
        table=table,
    )


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
    found += [f"{character} " for character in (",", ";", "|") if f"{character} " in head]
    # A blank divides cells only if quoted ones show it.
    if 2 * head.count('" "') >= len(lines):
        found.append(" ")
    return [*found, " - "] if " - " in text else found


def _writings(text: str, delimiter: str) -> list[Writing]:
    cell = re.escape(delimiter)
    singles = len(re.findall(f"(?m)(?:^|{cell})'[^'\n]*'(?={cell}|$)", text[:50_000]))
    if singles >= min(text.count("\n"), 20) > 0 and "'" not in delimiter:
        # Where all others are doubled, each makes the one behind it text.
        is_doubled = 0 < text.count('"') == 2 * text.count('""')
        return [Writing(delimiter, "'", '"' if is_doubled else "")]
    if '"' not in text:
        return [Writing(delimiter)]
    escaped = [Writing(delimiter, '"', _ESCAPE)] if f'{_ESCAPE}"' in text else []
    return [Writing(delimiter), *escaped, Writing(delimiter, "")]


def _reading(text: str, writing: Writing) -> _Reading:
    lines_of: Counter[int] = Counter()
    total = enclosed = broken = rows = 0
    longest: dict[int, int] = {}
    run = 0
    previous = -1
    for row in read_rows(text, writing):
        rows += 1
        run = run + 1 if row.width == previous else 1
        previous = row.width
        longest[previous] = max(longest.get(previous, 0), run)
        lines_of[row.width] += row.lines
        total += row.lines
        enclosed += row.is_enclosed
        broken += row.is_broken
    if not total:
        return _Reading(writing, 0, 0.0, 0.0)
    width, lines = lines_of.most_common(1)[0]
    # Several tables in one file are as regular as one.
    fewest = max(_FEWEST_OF_TABLE, rows / 5)
    others = sum(lines_of[each] for each, run in longest.items() if each > 1 and each != width and run >= fewest)
    is_quoted = width > 1 and enclosed > 10 * broken
    return _Reading(writing, width, lines / total, (lines + others) / total, is_quoted, broken)


def _unused(text: str) -> str:
    return next((character for character in _SINGLE if character not in text), ",")


def _finding(reading: _Reading, stated: bool) -> Finding[str]:
    delimiter = reading.writing.delimiter
    if stated:
        return Finding(delimiter, Confidence.SURE, "the first line is sep=")
    if reading.width == 1:
        return Finding(delimiter, Confidence.GUESS, "no delimiter divides the lines; this one is not in the file")
    share = f"{reading.width} columns in {reading.share:.1%} of the lines".replace("100.0%", "all")
    share = share.replace("all of the lines", "all lines")
    return Finding(delimiter, Confidence.SURE if reading.share > 0.95 else Confidence.LIKELY, share)
