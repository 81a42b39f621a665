"""What `wiseparts inspect` proposes for real files, compared with importers that people have written for them.

`python -m benchmarks.inspect PATH ...`: each folder in PATH has files and the `defs.yaml` of their importers somewhere
below it, or those are in `tests/real`, or in the ready-made configurations, under its name. The first rows of every
file are converted as the importer says, and as the proposal says, with companions from the folder. A column is right
if it has the same values, wrong if it has others, missing if it has none. `other` columns have values that the importer
does not take. Of an entity that is not the importer's, all columns are missing. The time zone is the importer's. Where
an importer's credit notes are positive, as its warning says, either sign is right.
"""

import argparse
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from rich.console import Console
from rich.table import Table

from wiseparts_pipeline.config.columns import ColumnRule
from wiseparts_pipeline.config.documents import parse, read_documents
from wiseparts_pipeline.config.file_names import FileNamePattern
from wiseparts_pipeline.config.importer import ImporterSettings
from wiseparts_pipeline.config.loader import IMPORTER_TYPE
from wiseparts_pipeline.entities.schema import Column, Type
from wiseparts_pipeline.home import PACKAGE, PROJECT
from wiseparts_pipeline.importing.faults import RefusedFile, WarningCode
from wiseparts_pipeline.importing.reading.joins import JoinedFiles
from wiseparts_pipeline.importing.reading.shapes import open_shaped_rows
from wiseparts_pipeline.importing.validation.validator import Validator
from wiseparts_pipeline.profiling.errors import InspectionError
from wiseparts_pipeline.profiling.finding import Confidence
from wiseparts_pipeline.profiling.inspection import Inspection, inspect

ROWS = 2000
# Where the importers of a folder are that has none itself: by its name, those of all files in it.
ELSEWHERE = {
    "shopify_woo": PACKAGE / "configurations" / "shopify" / "orders",
    "calls_asterisk_cdr": PACKAGE / "configurations" / "asterisk" / "cdr_19",
}
_NOT_IMPORTED = {".md", ".yaml", ".yml", ".sql", ".json"}

console = Console()
# By the sheet and line of the row.
Place = tuple[str, int]
Values = Mapping[Place, Any]


@dataclass(frozen=True)
class Read:
    """What an importer makes of a file. `values`: by column, then row. `rules`: where each column comes from."""

    entity: str = ""
    values: Mapping[str, Values] = field(default_factory=dict)
    rules: Mapping[str, ColumnRule] = field(default_factory=dict)
    refusal: str = ""
    has_positive_credits: bool = False


@dataclass
class Score:
    """Of a file: the columns of the entity that are right, wrong, missing, and other ones; `sure`: wrong, yet sure."""

    name: str
    entity: str
    found: str
    right: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    other: list[str] = field(default_factory=list)
    sure: list[str] = field(default_factory=list)


def importers_of(folder: Path) -> list[tuple[ImporterSettings, bool]]:
    """The importers of a folder's files, each with whether it takes every file whatever its name."""
    places = [(folder, False), (PROJECT / "tests" / "real" / folder.name, False)]
    if folder.name in ELSEWHERE:
        places.append((ELSEWHERE[folder.name], True))
    found = []
    for place, takes_all in places:
        for path in sorted(place.rglob("defs.yaml")):
            for document in read_documents(path.read_text(encoding="utf-8")):
                if document["type"] == IMPORTER_TYPE:
                    found.append((parse(ImporterSettings, path, document["attributes"]), takes_all))
    return found


def files_of(folder: Path, most: int) -> Iterator[tuple[Path, list[ImporterSettings]]]:
    """The files of a folder that importers take, at most so many of a place and importer, with these."""
    importers = importers_of(folder)
    seen: Counter[tuple[Path, str]] = Counter()
    for path in sorted(folder.rglob("*")):
        if not path.is_file() or path.suffix in _NOT_IMPORTED:
            continue
        taken = [importer for importer, takes_all in importers if takes_all or _takes(importer, path, folder)]
        if taken and (seen[path.parent, taken[0].name] < most):
            seen[path.parent, taken[0].name] += 1
            yield path, taken


def _takes(importer: ImporterSettings, path: Path, folder: Path) -> bool:
    if not importer.file_names.matches(path.name):
        return False
    # The files of tests/real are put into their importers' folders by the tests.
    has_folders = any(each.is_dir() for each in folder.rglob(importer.folder)) if importer.folder else False
    return not has_folders or path.parent.as_posix().endswith(importer.folder)


def read(path: Path, importer: ImporterSettings) -> Read:
    """The values that an import of the file's first rows would give."""
    values: dict[str, dict[Place, Any]] = {}
    companions = []
    for join in importer.join:
        pattern = FileNamePattern(join.pattern, importer.date_format)
        names = [each for each in path.parent.iterdir() if pattern.matches(each.name)]
        if not names:
            return Read(importer.entity, refusal=f"no companion {join.pattern}")
        companions.append((names[0].name, names[0]))
    try:
        with TemporaryDirectory() as folder, JoinedFiles(importer, companions, Path(folder)) as joined:
            rows = joined.with_joined_columns(open_shaped_rows(path, path.name, importer))
            validator = Validator(importer, rows.columns)
            stated = {*importer.columns, *rows.columns}
            given = [name for name in (*validator.columns, *validator.sequences) if name in stated]
            warnings: Counter[str] = Counter()
            rules = {name: importer.columns.get(name) or ColumnRule.model_validate(name) for name in given}
            count = 0
            for batch in rows.batches():
                validated = validator.validate(batch)
                sheet = batch.sheet.name if batch.sheet else ""
                lines = dict(zip(batch.row_numbers.tolist(), batch.line_numbers.tolist(), strict=True))
                places = [(sheet, lines[number]) for number in validated.literals.column("_row_number").to_pylist()]
                warnings.update(validated.warnings)
                for name in validator.columns:
                    cells = zip(places, validated.typed.column(name).to_pylist(), strict=True)
                    values.setdefault(name, {}).update(cells)
                count += len(batch)
                if count >= ROWS:
                    break
    except RefusedFile as refused:
        return Read(importer.entity, refusal=str(refused))
    for name, within in validator.sequences.items():
        documents: Counter[Any] = Counter()
        values[name] = {}
        for place, document in values.get(within, {}).items():
            documents[document] += 1
            values[name][place] = documents[document]
    filled = {name: cells for name, cells in values.items() if any(cell is not None for cell in cells.values())}
    has_rows = any(values.values())
    return Read(
        importer.entity,
        filled,
        {name: rules[name] for name in rules if name in filled or not has_rows},
        has_positive_credits=WarningCode.POSITIVE_CREDIT in warnings,
    )


def compare(
    path: Path,
    shown: str,
    importers: Sequence[ImporterSettings],
    inspect: Callable[[Path], Inspection] = inspect,
) -> Score:
    """The proposal for a file and the importer whose values it has most of."""
    try:
        inspection = inspect(path)
    except InspectionError as error:
        expected = read(path, importers[0])
        return Score(shown, importers[0].entity, f"refused: {error}", missing=list(expected.rules))
    settings = parse(ImporterSettings, path, read_documents(inspection.yaml)[0]["attributes"])
    doubts = {name for name, rule in inspection.proposal.rules.items() if rule.confidence is not Confidence.SURE}
    scores = []
    for importer in importers:
        expected = read(path, importer)
        # No file says which time zone it is in.
        proposed = read(path, settings.model_copy(update={"timezone": importer.timezone}))
        score = Score(shown, importer.entity, settings.entity + (" (refused)" if proposed.refusal else ""))
        entity = importer.entity_definition
        if settings.entity != importer.entity:
            score.missing = list(expected.rules)
            score.sure = [settings.entity] if inspection.entity.confidence is Confidence.SURE else []
        else:
            rules = proposed.rules or dict(settings.columns)
            score.other = [name for name in rules if name not in expected.rules]
            for name in expected.rules:
                if name not in rules:
                    score.missing.append(name)
                elif is_right(entity[name], expected, Read(values=proposed.values, rules=rules)):
                    score.right.append(name)
                else:
                    score.wrong.append(name)
            score.sure = [name for name in score.wrong if name not in doubts]
        scores.append(score)
    return max(scores, key=lambda each: (len(each.right), -len(each.wrong), -len(each.missing)))


def is_right(column: Column, expected: Read, proposed: Read) -> bool:
    """Whether a column has the same values in all rows that both importers take."""
    ours, theirs = proposed.rules[column.name], expected.rules[column.name]
    is_of_the_same = bool(ours.file_columns) and set(ours.file_columns) == set(theirs.file_columns)
    found, wanted = proposed.values.get(column.name, {}), expected.values.get(column.name, {})
    pairs = {(found[place], wanted[place]) for place in found.keys() & wanted.keys()}
    if not pairs:
        return is_of_the_same or ours == theirs
    is_amount = column.type in (Type.MONEY, Type.NUMBER) and expected.has_positive_credits
    if all(ours == theirs or (is_amount and ours is not None and abs(ours) == theirs) for ours, theirs in pairs):
        return True
    # A key may be written in another way, such as with a prefix, as long as it tells the same records apart.
    as_many = len({ours for ours, _ in pairs}) == len(pairs) == len({theirs for _, theirs in pairs})
    return is_of_the_same and as_many and column.type is Type.TEXT and not column.allowed


def main() -> None:
    """Prints the table of all files, and what is wrong or missing."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("paths", type=Path, nargs="+", metavar="PATH", help="a folder of folders with files")
    parser.add_argument("--most", type=int, default=3, help="how many files of one folder and importer are read")
    parser.add_argument("--details", action="store_true", help="name the columns that are wrong, missing or other")
    arguments = parser.parse_args()
    console.print("| files | number | entity right | right | wrong | of these sure | missing | other |")
    console.print("|---|--:|--:|--:|--:|--:|--:|--:|")
    everything: list[Score] = []
    details = Table("file", "entity", "found", "wrong", "sure", "missing", "other")
    for parent in arguments.paths:
        for folder in sorted(each for each in parent.iterdir() if each.is_dir()):
            scores = [
                compare(path, path.relative_to(parent).as_posix(), importers)
                for path, importers in files_of(folder, arguments.most)
            ]
            if not scores:
                continue
            console.print(_line(folder.name, scores), soft_wrap=True)
            everything += scores
            for each in scores:
                if each.wrong or each.missing or each.other or each.found != each.entity:
                    columns = (each.wrong, each.sure, each.missing, each.other)
                    details.add_row(each.name, each.entity, each.found, *map(" ".join, columns))
    console.print(_line("all", everything), soft_wrap=True)
    if arguments.details:
        console.print(details)


def _line(name: str, scores: Sequence[Score]) -> str:
    counts = [sum(map(len, lists)) for lists in zip(*_columns(scores), strict=True)]
    entities = sum(score.found == score.entity for score in scores)
    return f"| {name} | {len(scores)} | {entities} | {' | '.join(map(str, counts))} |"


def _columns(scores: Sequence[Score]) -> list[tuple[list[str], ...]]:
    return [(each.right, each.wrong, each.sure, each.missing, each.other) for each in scores]


if __name__ == "__main__":
    main()
