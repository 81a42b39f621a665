"""The benchmark's files: what they should be read as, and what they are read as."""

import csv
import io
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from wiseparts_pipeline.config.file_format import FileFormat
from wiseparts_pipeline.importing.faults import RefusalCode, RefusedFile
from wiseparts_pipeline.importing.reading import open_rows
from wiseparts_pipeline.importing.reading.formats.header import is_unnamed
from wiseparts_pipeline.profiling.errors import InspectionError
from wiseparts_pipeline.profiling.finding import Confidence
from wiseparts_pipeline.profiling.layout.head import read_head
from wiseparts_pipeline.profiling.layout.layout import find_layout

Row = tuple[str, ...]


@dataclass(frozen=True)
class PollutedFile:
    """A file with its parameters.

    `expected`: the rows of the clean file, the header first. `written`: the rows that stand in the file itself,
    read by Python's strictest reader as the parameters say.
    """

    name: str
    path: Path
    parameters: dict[str, Any]
    expected: list[Row]
    written: list[Row]

    @property
    def names(self) -> Row:
        """The header by the parameters; for the files of the survey without one, what the clean file calls columns."""
        made_up = tuple(f"col_{position}" for position in range(len(self.expected[0]) if self.expected else 0))
        if int(self.parameters["header_lines"]):
            return tuple(self.parameters["column_names"])
        return made_up if self.expected and self.expected[0] == made_up else ()


@dataclass(frozen=True)
class Loaded:
    """What was read of a file: the header, if there is one, and the good rows; or why it was refused.

    `sure`: whether `inspect` calls all of it sure.
    """

    rows: list[Row] = field(default_factory=list)
    refusal: str = ""
    sure: bool = False


def files_of(folder: Path) -> tuple[list[PollutedFile], list[str]]:
    """The files of a data set, and the names of those that the copy lacks."""
    found, absent = [], []
    for path in sorted((folder / "parameters").glob("*_parameters.json")):
        name = path.name.removesuffix("_parameters.json")
        source, clean = folder / "csv" / name, folder / "clean" / name
        if not source.exists() or not clean.exists():
            absent.append(name)
            continue
        parameters = json.loads(path.read_text(encoding="utf-8"))
        with clean.open(encoding="utf-8-sig", newline="") as opened:
            expected = [tuple(row) for row in csv.reader(opened)]
        found.append(PollutedFile(name, source, parameters, expected, list(_written(source, parameters))))
    return found, absent


def _written(path: Path, parameters: dict[str, Any]) -> Iterator[Row]:
    """The rows of a file whose quotes are in order."""
    text = path.read_bytes().decode(parameters["encoding"], errors="replace")
    delimiter, quote = parameters["delimiter"] or ",", parameters["quotechar"] or '"'
    lines = io.StringIO(text.replace(delimiter, "\x1f"), newline=None)
    while True:
        try:
            row = next(csv.reader(lines, delimiter="\x1f", quotechar=quote, strict=True))
        except StopIteration:
            return
        except csv.Error:
            continue
        yield tuple(cell.replace("\x1f", delimiter) for cell in row)


def by_parameters(file: PollutedFile) -> Loaded:
    """The file as an import with the benchmark's parameters would read it."""
    return _load(file, _settings(file), file.names)


def _settings(file: PollutedFile) -> FileFormat:
    """An importer's settings that say what the parameters say; there are as many columns as most rows have cells."""
    parameters = file.parameters
    quote, escape = parameters["quotechar"], parameters["escapechar"]
    widths = Counter(len(row) for row in file.written[int(parameters["header_lines"]) :] if row)
    (columns, _) = widths.most_common(1)[0] if widths else (len(parameters["column_names"]) or 1, 0)
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


def by_inspection(file: PollutedFile) -> Loaded:
    """The file as an import with the layout that `inspect` proposes would read it."""
    head = read_head(file.path)
    if not head.data:
        return Loaded(sure=True)
    try:
        layout = find_layout(file.path, head)
    except InspectionError as error:
        return Loaded(refusal=str(error))
    settings = FileFormat.model_validate(layout.file)
    has_header = bool(layout.facts["header"].value)
    names = () if settings.header else tuple(layout.file["names"]) if has_header else file.names
    is_sure = all(fact.confidence is Confidence.SURE for fact in layout.facts.values())
    return _load(file, settings, names, is_sure)


def _load(file: PollutedFile, settings: FileFormat, names: Row, is_sure: bool = False) -> Loaded:
    rows: list[Row] = [names] if names else []
    try:
        opened = open_rows(file.path, file.name, settings)
        if settings.header:
            rows.append(tuple("" if is_unnamed(name) else name for name in opened.columns))
        for batch in opened.batches():
            cells: Sequence[list[str]] = [array.to_pylist() for array in batch.columns.values()]
            rows += zip(*cells, strict=True)
    except RefusedFile as refused:
        # Nothing is what there is to read in an empty file, or in one with only a header.
        if refused.code is not RefusalCode.EMPTY_FILE:
            return Loaded(refusal=str(refused), sure=is_sure)
    return Loaded(rows, sure=is_sure)
