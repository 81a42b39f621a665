"""Looks for the file with the columns that another one of its folder lacks: heads of documents, or tables of names."""

import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wiseparts_pipeline.config.file_format import FileFormat
from wiseparts_pipeline.config.file_names import FileNamePattern, is_error_file, is_unfinished
from wiseparts_pipeline.config.joins import CONVERSION
from wiseparts_pipeline.profiling.columns.profile import find_values
from wiseparts_pipeline.profiling.errors import InspectionError
from wiseparts_pipeline.profiling.finding import Confidence
from wiseparts_pipeline.profiling.layout.head import read_head
from wiseparts_pipeline.profiling.layout.layout import find_layout
from wiseparts_pipeline.profiling.mapping import is_needed, map_columns
from wiseparts_pipeline.profiling.proposal.naming import NamePattern, find_pattern
from wiseparts_pipeline.profiling.proposal.proposal import Proposal
from wiseparts_pipeline.profiling.proposal.rules import SampleCells
from wiseparts_pipeline.profiling.sampling import name_of, read_sample
from wiseparts_pipeline.profiling.terms import key

_MOST_FILES = 20
# A larger one is not looked into.
_MOST_BYTES = 64 << 20
# The share of a file's keys that its companion has; the names of both columns being alike, or one the end of the other.
_SHARE_OF_ALIKE, _SHARE_OF_LIKE = 0.5, 1.0
_DATED = re.compile(r"\d{6}|\d\d?\D\d\d?\D\d\d")
_DATA_SUFFIXES = frozenset({".csv", ".txt", ".tsv", ".dat", ".asc", ".xlsx", ".jsonl", ".gz", ".zip", ""})


@dataclass(frozen=True)
class Table:
    """A file beside the one that is inspected: the attributes of its `file:`, and its first rows by column."""

    path: Path
    file: Mapping[str, Any]
    cells: SampleCells


@dataclass(frozen=True)
class Companion:
    """A file to join to the one that is inspected.

    `on`: a column of this one, and that of the companion. `cells`: the companion's other columns, for each row of this
    file. `is_shared`: several rows have the same row of the companion.
    """

    table: Table
    on: tuple[str, str]
    cells: SampleCells
    is_shared: bool

    @property
    def why(self) -> str:
        """What it is joined for."""
        return f"{self.table.path.name} has the {self.on[1]} of each {self.on[0]}"


def find_companions(path: Path, proposal: Proposal, cells: SampleCells) -> tuple[list[Companion], list[str]]:
    """The files to join to one that lacks columns, and notes on those that it should be joined to.

    A companion has each key once, knows most of the keys of the file, and has columns that it needs.
    """
    lacking = _lacking(proposal)
    if not lacking or not cells or not next(iter(cells.values())):
        return [], []
    found: list[Companion] = []
    notes: list[str] = []
    for table in _tables(path):
        companion = _joined(table, cells, found)
        if companion is None:
            if _joined(Table(path, {}, cells), table.cells, []) and _gains(table.cells, proposal, lacking):
                shown = shlex.quote(str(table.path))
                notes.append(f"{table.path.name} has the rows of each of these: `wiseparts inspect {shown}`.")
            continue
        gained = _gains(companion.cells, proposal, lacking)
        if gained:
            found.append(companion)
            lacking = [name for name in lacking if name not in gained]
    return found, notes


def _lacking(proposal: Proposal) -> list[str]:
    """The needed columns that nothing gives, or only a guess for the whole file."""
    rules = proposal.rules
    guessed = [
        column.name
        for column in proposal.entity.columns
        if is_needed(column)
        and (rule := rules.get(column.name))
        and isinstance(rule.value, dict)
        and "constant" in rule.value
        and rule.confidence is Confidence.GUESS
    ]
    return [*proposal.missing, *guessed]


def _gains(cells: SampleCells, proposal: Proposal, lacking: Sequence[str]) -> list[str]:
    """Which of the columns that are lacking these are."""
    columns, _ = find_values(cells, european=False)
    return [name for name in map_columns(columns, proposal.entity) if name in lacking]


def _tables(path: Path) -> list[Table]:
    """The other files of the folder that are tables, except those of the same importer."""
    own = find_pattern(path).value
    same = FileNamePattern(own.pattern, own.date_format or "%Y-%m-%d")
    day = same.date_text(path.name)
    tables = []
    for other in sorted(path.absolute().parent.iterdir())[: 10 * _MOST_FILES]:
        if same.matches(other.name) or not _is_candidate(other, day):
            continue
        try:
            head = read_head(other)
            layout = find_layout(other, head)
            # Without names there is nothing to recognise.
            if (head.data or head.is_workbook) and layout.has_names:
                sample = read_sample(other, name_of(other, head), layout.file)
                tables.append(Table(other, layout.file, sample.cells))
        except InspectionError:
            continue
        if len(tables) == _MOST_FILES:
            break
    return tables


def _is_candidate(path: Path, day: str | None) -> bool:
    """Whether it may be a companion of a file of this day, as far as can be told from outside."""
    name = path.name
    is_data = path.is_file() and path.suffix.lower() in _DATA_SUFFIXES and path.stat().st_size <= _MOST_BYTES
    is_of_other_day = day is not None and _DATED.search(name) is not None and day not in name
    return is_data and not (is_of_other_day or is_unfinished(name) or is_error_file(name))


def _joined(table: Table, cells: SampleCells, earlier: Sequence[Companion]) -> Companion | None:
    """The table as a companion, if it has each key of a column once, and the keys of the file."""
    present = dict(cells)
    for companion in earlier:
        present |= {name: column for name, column in companion.cells.items() if name not in present}
    best: tuple[float, str, str] | None = None
    for theirs, keys in table.cells.items():
        known = {text: row for row, text in enumerate(keys) if text.strip()}
        if len(known) < max(sum(bool(text.strip()) for text in keys), 1):
            continue
        for ours, texts in present.items():
            least = _share(ours, theirs)
            wanted = {text for text in texts if text.strip()}
            share = len(wanted & known.keys()) / len(wanted) if wanted else 0.0
            if least is not None and share >= least and (best is None or share > best[0]):
                best = share, ours, theirs
    if best is None:
        return None
    _, ours, theirs = best
    rows = {text.strip(): row for row, text in enumerate(table.cells[theirs])}
    found = [rows.get(text.strip()) if text.strip() else None for text in present[ours]]
    return Companion(
        table,
        (ours, theirs),
        {
            name: ["" if row is None else column[row] for row in found]
            for name, column in table.cells.items()
            if name not in present and name != theirs
        },
        is_shared=len({row for row in found if row is not None}) < sum(row is not None for row in found),
    )


def _share(ours: str, theirs: str) -> float | None:
    """The share of keys that two columns must have in common for their names; None if these are not alike."""
    if key(ours) == key(theirs):
        return _SHARE_OF_ALIKE
    # `CurrencyNo` is the `No` of a currency.
    return _SHARE_OF_LIKE if key(theirs) and key(ours).endswith(key(theirs)) else None


def join_of(companion: Companion, file: Mapping[str, Any], pattern: NamePattern) -> dict[str, Any]:
    """The entry of `join:`; `file`, `pattern`: of the inspected file."""
    name = companion.table.path.name
    found = find_pattern(companion.table.path).value
    is_dated = "{date}" in pattern.pattern and found.date_format == pattern.date_format
    ours, theirs = companion.on
    join: dict[str, Any] = {
        "pattern": found.pattern if is_dated or "{date}" not in found.pattern else name,
        "on": {ours: theirs},
    }
    if differing := _differing(companion.table.file, file):
        join["file"] = differing
    return join


def _differing(theirs: Mapping[str, Any], ours: Mapping[str, Any]) -> dict[str, Any]:
    """The attributes of `file:` in which the companion differs from the inspected file."""
    defaults = FileFormat().model_dump()
    same = theirs.get("format", "csv") == ours.get("format", "csv")
    differing = {}
    for name in defaults.keys() - {*CONVERSION, "null_values"}:
        value = theirs.get(name, defaults[name])
        if value != (ours.get(name, defaults[name]) if same else defaults[name]):
            differing[name] = value
    if differing.get("header") is True:
        differing.pop("names", None)
    return differing
