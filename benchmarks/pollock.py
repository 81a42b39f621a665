"""The public Pollock benchmark of CSV readers (github HPI-Information-Systems/Pollock), run over this project's.

`python -m benchmarks.pollock PATH`: PATH is a copy of its repository. Every file is read with the benchmark's
parameters; a malformed row is left out, as it would be rejected. The measures are those of its `pollock/metrics.py`,
written anew. Dates, times and prices are compared as they are written, where the original compares what they stand for:
that can only lower a score.
"""

import argparse
import csv
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import fmean
from typing import Any

from rich.console import Console
from rich.table import Table

from wiseparts_pipeline.config.file_format import FileFormat
from wiseparts_pipeline.importing.faults import RefusalCode, RefusedFile
from wiseparts_pipeline.importing.reading import open_rows

DATASETS = ("polluted_files", "survey_sample")
# Lower bounds on the scores of the polluted files, of 10.
SIMPLE_BOUND, WEIGHTED_BOUND = 9.96, 9.93
_FALSE, _TRUE = {"False", "false", "0"}, {"True", "true", "1"}

console = Console()
Row = tuple[str, ...]


@dataclass(frozen=True)
class Loaded:
    """What was read of a file: the header, if there is one, and the good rows; or why it was refused."""

    rows: Sequence[Row] = ()
    refusal: str = ""


@dataclass
class Score:
    """Of a file: ten measures between 0 and 1, and the rows whose cells are no row of the expected file."""

    name: str
    refusal: str
    measures: list[float]
    wrong_rows: list[Row] = field(default_factory=list)

    @property
    def total(self) -> float:
        return sum(self.measures)


def settings(parameters: dict[str, Any]) -> FileFormat:
    """An importer's settings that say what the benchmark's parameters say; columns are those of the parameters."""
    quote, escape = parameters["quotechar"], parameters["escapechar"]
    columns = len(parameters["column_names"]) or max(int(parameters["n_columns"]), 1)
    # As for the other systems: what the benchmark could not tell is the default.
    quote = quote or '"'
    return FileFormat(
        encoding=parameters["encoding"],
        delimiter=parameters["delimiter"] or ",",
        quote=quote,
        escape="" if escape == quote else escape,
        skip_lines=int(parameters["preamble_lines"]) + int(parameters["header_lines"]),
        header=False,
        names=tuple(f"column {position}" for position in range(1, columns + 1)),
    )


def load(path: Path, parameters: dict[str, Any]) -> Loaded:
    """The file as an import would read it; a file without a header has its first row in the header's place."""
    rows: list[Row] = []
    if int(parameters["header_lines"]):
        rows.append(tuple(parameters["column_names"]))
    try:
        for batch in open_rows(path, "file.csv", settings(parameters)).batches():
            rows += zip(*(array.to_pylist() for array in batch.columns.values()), strict=True)
    except RefusedFile as refused:
        # Nothing is what there is to read in an empty file, or in one with only a header.
        if refused.code is not RefusalCode.EMPTY_FILE:
            return Loaded(refusal=str(refused))
    return Loaded(rows)


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


def score(name: str, expected: list[list[str]], loaded: Loaded) -> Score:
    """The measures of a file: whether it was read, then those of the header, the records and the cells."""
    if loaded.refusal:
        return Score(name, loaded.refusal, [0.0] * 10)
    if not expected:
        return Score(name, "", [1.0] * 10)
    found = loaded.rows
    header = [Counter(map(normalized, rows[0] if rows else ())) for rows in (expected, found)]
    records = [Counter("".join(map(normalized, row)) for row in rows[1:]) for rows in (expected, found)]
    cells = [Counter(cell for row in rows for cell in row) for rows in (expected, found)]
    right = {_filled(row) for row in expected}
    return Score(
        name,
        "",
        [1.0, *harmonic(*header), *harmonic(*records), *harmonic(*cells)],
        [row for row in loaded.rows if _filled(row) not in right],
    )


def _filled(row: Sequence[str]) -> Row:
    """The cells without empty ones at the end, which some expected files have and others do not."""
    cells = list(row)
    while cells and not cells[-1].strip():
        cells.pop()
    return tuple(cells)


def scores(folder: Path) -> tuple[list[Score], list[str]]:
    """Of every file of a data set; the names of those that the copy lacks."""
    measured, absent = [], []
    for path in sorted((folder / "parameters").glob("*_parameters.json")):
        name = path.name.removesuffix("_parameters.json")
        source, clean = folder / "csv" / name, folder / "clean" / name
        if not source.exists() or not clean.exists():
            absent.append(name)
            continue
        parameters = json.loads(path.read_text(encoding="utf-8"))
        with clean.open(encoding="utf-8-sig", newline="") as opened:
            expected = list(csv.reader(opened))
        measured.append(score(name, expected, load(source, parameters)))
    return measured, absent


def main() -> None:
    """Reads every file and prints the scores, the files that lose most and the rows with wrong cells."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("path", type=Path, help="a copy of the benchmark's repository")
    parser.add_argument("--worst", type=int, default=15, help="how many of the files that lose most are listed")
    arguments = parser.parse_args()
    csv.field_size_limit(1 << 30)
    summary = Table("data set", "files", "simple", "weighted", "refused", "wrong rows", "in files", "absent files")
    for dataset in DATASETS:
        measured, absent = scores(arguments.path / dataset)
        weights = json.loads((arguments.path / "pollock_weights.json").read_text(encoding="utf-8"))
        weighed = sum(weights.get(each.name, 0) * each.total for each in measured)
        total = sum(weights.get(each.name, 0) for each in measured)
        summary.add_row(
            dataset,
            str(len(measured)),
            f"{fmean(each.total for each in measured):.3f}",
            f"{weighed / total:.3f}" if total else "",
            str(sum(bool(each.refusal) for each in measured)),
            str(sum(len(each.wrong_rows) for each in measured)),
            str(sum(bool(each.wrong_rows) for each in measured)),
            ", ".join(absent),
        )
        _print_worst(dataset, measured, arguments.worst)
    console.print(summary)
    console.print(f"bounds: polluted files, simple {SIMPLE_BOUND}, weighted {WEIGHTED_BOUND}; no wrong row")


def _print_worst(dataset: str, measured: list[Score], count: int) -> None:
    table = Table("file", "score", "wrong rows", "refused", title=f"{dataset}: what loses most")
    for each in sorted(measured, key=lambda each: (-len(each.wrong_rows), each.total))[:count]:
        shown = f"{len(each.wrong_rows)} {' | '.join(each.wrong_rows[0])[:90]}" if each.wrong_rows else ""
        table.add_row(each.name, f"{each.total:.3f}", shown, each.refusal[:120])
    console.print(table)


if __name__ == "__main__":
    main()
