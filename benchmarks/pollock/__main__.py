"""Runs the benchmark; see the package."""

import argparse
import csv
import json
import re
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from statistics import fmean

from rich.console import Console
from rich.table import Table

from benchmarks.pollock import __doc__ as description
from benchmarks.pollock.files import Loaded, PollutedFile, by_inspection, by_parameters, files_of
from benchmarks.pollock.measures import Score, score

DATASETS = ("polluted_files", "survey_sample")
WAYS: Mapping[str, Callable[[PollutedFile], Loaded]] = {"parameters": by_parameters, "inspect": by_inspection}
# Lower bounds on the scores of the polluted files, of 10: simple and weighted.
BOUNDS = {"parameters": (9.96, 9.93), "inspect": (9.95, 9.60)}

console = Console(width=180)


def main() -> None:
    """Reads every file in both ways and prints the scores, by class of pollution, and what is not as expected."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("path", type=Path, help="a copy of the benchmark's repository")
    parser.add_argument("--worst", type=int, default=10, help="how many of the files that lose most are listed")
    arguments = parser.parse_args()
    csv.field_size_limit(1 << 30)
    weights = json.loads((arguments.path / "pollock_weights.json").read_text(encoding="utf-8"))
    summary = Table(
        "data set", "by", "files", "simple", "weighted", "refused", "wrong rows", "in files", "wrong headers",
        "wrong, called sure", "rows not in the clean file", "absent files",
    )  # fmt: skip
    for dataset in DATASETS:
        files, absent = files_of(arguments.path / dataset)
        scores = {way: [score(file, load(file)) for file in files] for way, load in WAYS.items()}
        for way, measured in scores.items():
            summary.add_row(dataset, way, *_figures(measured, weights), ", ".join(absent))
            _print_worst(f"{dataset} by {way}: what loses most", measured, arguments.worst)
            _print_other_rows(f"{dataset} by {way}: rows of the file that the clean file lacks", measured)
        _print_classes(f"{dataset}: by class of pollution", scores)
    console.print(summary)
    for way, (simple, weighted) in BOUNDS.items():
        console.print(f"bounds by {way}: polluted files, simple {simple}, weighted {weighted}; no wrong row")


def _figures(measured: Sequence[Score], weights: Mapping[str, float]) -> list[str]:
    weight = sum(weights.get(each.name, 0) for each in measured)
    weighed = sum(weights.get(each.name, 0) * each.total for each in measured)
    return [
        str(len(measured)),
        f"{fmean(each.total for each in measured):.3f}",
        f"{weighed / weight:.3f}" if weight else "",
        str(sum(bool(each.loaded.refusal) for each in measured)),
        str(sum(len(each.wrong_rows) for each in measured)),
        str(sum(bool(each.wrong_rows) for each in measured)),
        str(sum(each.is_header_wrong for each in measured)),
        str(sum(each.is_wrong and each.loaded.sure for each in measured)),
        str(sum(len(each.other_rows) for each in measured)),
    ]


def _print_worst(title: str, measured: Sequence[Score], count: int) -> None:
    table = Table("file", "score", "wrong rows", "header", "sure", "refused", title=title)
    for each in sorted(measured, key=lambda each: (-len(each.wrong_rows), each.total))[:count]:
        shown = f"{len(each.wrong_rows)} {' | '.join(each.wrong_rows[0])[:90]}" if each.wrong_rows else ""
        header = " | ".join(each.loaded.rows[0])[:60] if each.is_header_wrong and each.loaded.rows else ""
        sure = "sure" if each.loaded.sure else ""
        table.add_row(each.name, f"{each.total:.3f}", shown, header, sure, each.loaded.refusal[:120])
    console.print(table)


def _print_other_rows(title: str, measured: Sequence[Score]) -> None:
    table = Table("file", "rows", "the first of them", title=title)
    for each in measured:
        if each.other_rows:
            table.add_row(each.name, str(len(each.other_rows)), " | ".join(each.other_rows[0])[:110])
    console.print(table)


def _print_classes(title: str, scores: Mapping[str, Sequence[Score]]) -> None:
    table = Table("class", "files", *(f"{what} by {way}" for way in scores for what in ("simple", "wrong rows")))
    table.title = title
    classes: dict[str, dict[str, list[Score]]] = defaultdict(lambda: {way: [] for way in scores})
    for way, measured in scores.items():
        for each in measured:
            classes[_class_of(each.name)][way].append(each)
    for name, by_way in classes.items():
        figures = []
        for way in scores:
            wrong = sum(len(each.wrong_rows) for each in by_way[way])
            figures += [f"{fmean(each.total for each in by_way[way]):.3f}", str(wrong)]
        table.add_row(name, str(len(by_way["inspect"])), *figures)
    console.print(table)


def _class_of(name: str) -> str:
    """The kind of pollution that a file's name says; the real files are one class."""
    found = re.match(r"(file|row)(?:_(?!\d|row\d|col\d)[a-z]+)*", name.removesuffix(".csv"))
    return found[0] if found and found[0] != found[1] else "others"


if __name__ == "__main__":
    main()
