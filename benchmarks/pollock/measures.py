"""The measures of what was read of a file, and the rows in it that should not be."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from benchmarks.pollock.files import Loaded, PollutedFile, Row

_FALSE, _TRUE = {"False", "false", "0"}, {"True", "true", "1"}
# The clean files of the survey have the characters of Windows where the originals have control characters.
_WINDOWS = {code: bytes([code]).decode("cp1252", errors="ignore") for code in range(0x80, 0xA0)}


@dataclass
class Score:
    """Of a file: ten measures between 0 and 1, and what is not as expected.

    `wrong_rows`: rows whose cells are no row of the clean file nor of the file itself. `other_rows`: the file itself
    has these very cells, and the clean file has not: it was edited, or ends with the first of several tables.
    `is_header_wrong`: some names are not those of the clean file.
    """

    file: PollutedFile
    loaded: Loaded
    measures: list[float]
    wrong_rows: list[Row] = field(default_factory=list)
    other_rows: list[Row] = field(default_factory=list)
    is_header_wrong: bool = False

    @property
    def name(self) -> str:
        return self.file.name

    @property
    def total(self) -> float:
        return sum(self.measures)

    @property
    def is_wrong(self) -> bool:
        """Whether rows or names are wrong, or the file is refused."""
        return bool(self.loaded.refusal or self.wrong_rows or self.is_header_wrong)


def score(file: PollutedFile, loaded: Loaded) -> Score:
    """The measures of a file: whether it was read, then those of the header, the records and the cells."""
    if loaded.refusal:
        return Score(file, loaded, [0.0] * 10)
    expected, found = file.expected, loaded.rows
    if not expected:
        return Score(file, loaded, [1.0] * 10)
    header = [Counter(map(normalized, rows[0] if rows else ())) for rows in (expected, found)]
    records = [Counter("".join(map(normalized, row)) for row in rows[1:]) for rows in (expected, found)]
    cells = [Counter(cell for row in rows for cell in row) for rows in (expected, found)]
    right = set(map(_essence, expected))
    unexpected = [row for row in found[1:] if _essence(row) not in right]
    written = set(map(_essence, file.written)) if unexpected else set()
    return Score(
        file,
        loaded,
        [1.0, *harmonic(*header), *harmonic(*records), *harmonic(*cells)],
        [row for row in unexpected if _essence(row) not in written],
        [row for row in unexpected if _essence(row) in written],
        _essence(found[0] if found else ()) != _essence(expected[0]),
    )


def normalized(cell: str) -> str:
    """Truth values and numbers by what they stand for, text in small letters."""
    if cell in _FALSE | _TRUE:
        return "0" if cell in _FALSE else "1"
    for number in (int, float):
        try:
            return str(number(cell))
        except ValueError:
            continue
    return cell.lower()


def harmonic(expected: Counter[Any], found: Counter[Any]) -> list[float]:
    """Precision, recall and F1 of two multisets, as `metrics.py` names them."""
    if not expected:
        return [1.0, 1.0, 1.0]
    common = (expected & found).total()
    if not common:
        return [0.0, 0.0, 0.0]
    precision, recall = common / expected.total(), common / found.total()
    return [precision, recall, 2 * precision * recall / (precision + recall)]


def _essence(row: Sequence[str]) -> Row:
    """The cells without blanks around them and without empty ones at the end, in which clean files differ."""
    cells = [cell.translate(_WINDOWS).strip() for cell in row]
    while cells and not cells[-1]:
        cells.pop()
    return tuple(cells)
