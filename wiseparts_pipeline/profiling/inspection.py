"""Puts together what a file is and the importer that would take it."""

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import pyarrow as pa
import yaml
from openpyxl import load_workbook
from pydantic import ValidationError

from wiseparts_pipeline.config.file_format import FileFormat
from wiseparts_pipeline.config.importer import ImporterSettings
from wiseparts_pipeline.config.loader import parse
from wiseparts_pipeline.entities.schema import Type
from wiseparts_pipeline.importing.faults import RefusedFile
from wiseparts_pipeline.importing.reading import Batch, Records, open_records
from wiseparts_pipeline.importing.validation.validator import Validator
from wiseparts_pipeline.profiling.columns.profile import Column, Conventions, find_values
from wiseparts_pipeline.profiling.errors import InspectionError
from wiseparts_pipeline.profiling.finding import Confidence, Found
from wiseparts_pipeline.profiling.layout.dialect import Dialect, find_dialect
from wiseparts_pipeline.profiling.layout.encoding import find_encoding, is_misread_utf8
from wiseparts_pipeline.profiling.layout.head import Head, read_head
from wiseparts_pipeline.profiling.layout.header import (
    distinct_names,
    find_header,
    find_layout,
    has_twice,
    invented_names,
)
from wiseparts_pipeline.profiling.layout.structure import find_row_element, find_widths
from wiseparts_pipeline.profiling.mapping import EntityMapping, find_entity
from wiseparts_pipeline.profiling.proposal.naming import find_pattern
from wiseparts_pipeline.profiling.proposal.proposal import (
    Proposal,
    file_attributes,
    file_columns,
    file_date_formats,
    propose,
)
from wiseparts_pipeline.profiling.proposal.rendering import Line, doubt, line, render
from wiseparts_pipeline.profiling.terms import named_like

SAMPLE_ROWS = 10_000
# Where no source is known, so that the YAML can be loaded all the same.
_ANY_SOURCE = "SOURCE"


@dataclass
class Inspection:
    """What is known about a file. `facts`: its dialect and conventions by name. `rejected`: faults in the sample."""

    path: Path
    facts: dict[str, Found[Any]]
    columns: list[Column]
    sampled: int
    entity: Found[str]
    ranked: list[EntityMapping]
    proposal: Proposal
    yaml: str
    source: str | None
    notes: list[str] = field(default_factory=list)
    rejected: Counter[str] = field(default_factory=Counter)
    rejected_rows: int = 0

    def target_of(self, column: str) -> list[str]:
        """The canonical columns that a column of the file goes to."""
        return [name for name, rule in self.proposal.rules.items() if column in file_columns(rule.value)]


@dataclass
class _Layout:
    """How the file is laid out: settings of `file:` and how sure each is."""

    facts: dict[str, Found[Any]]
    file: dict[str, Any]
    notes: list[str]
    entity: str | None = None
    invented: bool = False


def inspect(path: Path, entity: str | None = None, source: str | None = None) -> Inspection:
    """Looks into a file and proposes its importer. Raises InspectionError for a file that is no table.

    `entity`: what it holds, where that is known. `source`: the name of the source that will have it.
    """
    head = read_head(path)
    if not head.data and not head.is_workbook:
        raise InspectionError(f"{path} is empty.")
    layout = _workbook(path) if head.is_workbook else _text(path, head)
    records, batches = _sample(path, head, layout.file)
    cells = _cells(records, batches)
    european = layout.file.get("delimiter") == ";"
    columns, conventions = find_values(cells, european=european)
    if layout.entity:
        entity = entity or layout.entity
    found, ranked = find_entity(columns, path)
    if entity:
        found = Found(entity, Confidence.SURE, "you said so" if layout.entity != entity else "its layout is known")
    mapping = next(mapping for mapping in ranked if mapping.entity.name == found.value)
    nulls = set(conventions.null_values)
    sample = {name: ["" if text in nulls else text for text in map(str.strip, texts)] for name, texts in cells.items()}
    proposal = propose(
        mapping.entity, mapping.matches, columns, sample, _currency(columns, path), has_names=not layout.invented
    )
    _settle_conventions(layout, conventions, mapping)
    text = render(_lines(path, found, layout, proposal, source))
    sampled = len(next(iter(sample.values()), []))
    inspection = Inspection(path, layout.facts, columns, sampled, found, ranked, proposal, text, source)
    inspection.notes = [*layout.notes, *proposal.notes]
    _try_out(inspection, records, batches)
    return inspection


def _workbook(path: Path) -> _Layout:
    facts: dict[str, Found[Any]] = {"format": Found("xlsx", Confidence.SURE, "it is an Excel file")}
    # Opened once by the reader of imports, which knows an archive that is too much to unpack.
    _opened(path, path.name, {"format": "xlsx", "header": False, "names": ["a"]})
    sheet = next(
        (
            sheet
            for sheet in load_workbook(path, read_only=True, data_only=True).worksheets
            if sheet.sheet_state == "visible"
        ),
        None,
    )
    rows = [["" if cell is None else str(cell).strip() for cell in row] for row in _first(sheet, 50)]
    widths = Counter(sum(map(bool, row)) for row in rows if any(row))
    usual = max(widths, key=lambda width: (widths[width], width), default=0)
    skipped = next((number for number, row in enumerate(rows) if sum(map(bool, row)) >= 0.8 * usual and any(row)), 0)
    layout = _Layout(facts, {"format": "xlsx"}, [])
    if skipped:
        layout.file["skip_lines"] = skipped
        facts["skip_lines"] = Found(skipped, Confidence.LIKELY, "these rows have fewer cells than those below")
    behind = [row for row in rows[skipped + 1 :] if any(row)]
    width = max(map(len, rows), default=0)
    first = (rows[skipped] if rows else []) + [""] * width
    _settle_header(layout, first[:width], [(row + [""] * width)[:width] for row in behind], 1)
    return layout


def _first(sheet: Any, count: int) -> Iterator[Sequence[Any]]:
    if sheet is not None:
        sheet.reset_dimensions()
        yield from sheet.iter_rows(values_only=True, max_row=count)


def _text(path: Path, head: Head) -> _Layout:
    encoding = find_encoding(head.data + head.elsewhere, complete=head.complete)
    text = head.data.decode(encoding.value, errors="replace").removeprefix("\ufeff")
    layout = _Layout({"encoding": encoding}, {"encoding": encoding.value}, [])
    if head.archive:
        inside = f"; {head.member} in it was looked at" if head.member else ""
        layout.facts = {
            "archive": Found(head.archive, Confidence.SURE, f"it is unpacked by itself{inside}")
        } | layout.facts
    if not text.strip("\0 \t\r\n"):
        raise InspectionError(f"{path} has nothing but blanks.")
    if is_misread_utf8(text):
        layout.notes.append(
            "Some text was UTF-8 that a program before read as Latin-1 (like Ã¡ for á); it stays as it came."
        )
    begin = text.lstrip()[:200]
    if begin.startswith("<"):
        return _xml(path, head, layout)
    if begin.startswith("{") and _is_json(text):
        layout.facts["format"] = Found("jsonl", Confidence.SURE, "every line is a JSON object")
        layout.file["format"] = "jsonl"
        return layout
    if begin.startswith("[") and re.match(r"\[\s*[{\]]", begin):
        raise InspectionError(
            f"{path} is one JSON list. What can be imported is JSON lines: an object a line, no list."
        )
    dialect = find_dialect(text, complete=head.complete)
    if len(dialect.first) == 1 and (widths := find_widths(text)):
        return _fixed(text, widths, layout)
    _settle_dialect(layout, dialect)
    return layout


def _is_json(text: str) -> bool:
    first = text.lstrip().splitlines()[0]
    try:
        return isinstance(json.loads(first), dict)
    except ValueError:
        return False


def _xml(path: Path, head: Head, layout: _Layout) -> _Layout:
    element = find_row_element(head.data)
    if element is None:
        raise InspectionError(f"{path} looks like XML or HTML, and no element in it repeats as the rows of a table do.")
    layout.facts["format"] = Found("xml", Confidence.SURE, "it begins with a tag")
    layout.facts["row_element"] = Found(element, Confidence.LIKELY, "it repeats the most")
    del layout.file["encoding"], layout.facts["encoding"]
    layout.file |= {"format": "xml", "row_element": element}
    return layout


def _fixed(text: str, widths: list[int], layout: _Layout) -> _Layout:
    why = "every line has blanks in these places"
    layout.facts["format"] = Found("fixed", Confidence.LIKELY, "no delimiter was found and the lines are aligned")
    layout.facts["widths"] = Found(widths, Confidence.GUESS, why)
    layout.file |= {"format": "fixed", "widths": widths}
    cuts = list(pairwise([0, *(sum(widths[: number + 1]) for number in range(len(widths)))]))
    lines = [entry for entry in text.splitlines()[:1000] if entry.strip()]
    rows = [[entry[start:end].strip() for start, end in cuts] for entry in lines]
    _settle_header(layout, rows[0], rows[1:], 1)
    return layout


def _settle_dialect(layout: _Layout, dialect: Dialect) -> None:
    file, facts = layout.file, layout.facts
    facts["delimiter"] = dialect.delimiter
    file |= {"delimiter": dialect.delimiter.value, "quote": dialect.quote, "row_end": dialect.row_end}
    if dialect.quote != '"':
        why = "cells stand in it" if dialect.quote else "a quote mark means nothing special: it would break rows"
        facts["quote"] = Found(dialect.quote, Confidence.LIKELY, why)
    if dialect.row_end != "auto":
        facts["row_end"] = Found(dialect.row_end, Confidence.SURE, "most lines end with it")
    if dialect.skip_lines:
        file["skip_lines"] = dialect.skip_lines
        facts["skip_lines"] = Found(
            dialect.skip_lines, Confidence.SURE, f"the table begins behind {dialect.skipped[0][:60]!r}"
        )
    _settle_header(layout, dialect.first, dialect.rows, dialect.lines_of_first)


def _settle_header(layout: _Layout, first: Sequence[str], rows: Sequence[Sequence[str]], lines: int) -> None:
    header = find_header(first, rows)
    layout.facts["header"] = header
    file = layout.file
    if header.value and (twice := has_twice(first)):
        file |= {"header": False, "names": distinct_names(first), "skip_lines": file.get("skip_lines", 0) + lines}
        layout.notes.append(
            f"The header has {', '.join(twice)} more than once, so it is passed over and the names stand here."
        )
    elif not header.value:
        known = find_layout([first, *rows])
        layout.invented = known is None
        layout.entity = known.entity if known else None
        file |= {"header": False, "names": list(known.names[: len(first)]) if known else invented_names(len(first))}
        if known is None:
            layout.notes.append(
                "The file has no header; column_1 and so on are made up. Give `names` the columns' own, then `columns`."
            )


def _sample(path: Path, head: Head, file: Mapping[str, Any]) -> tuple[Records, list[Batch]]:
    """The first rows, read as an import would read them."""
    suffix = {"gzip": ".gz", "zip": ".zip"}.get(head.archive or "", "")
    name = path.name if path.name.lower().endswith(suffix) else path.name + suffix
    records = _opened(path, name, file)
    batches: list[Batch] = []
    rows = 0
    try:
        for batch in records.batches():
            kept = _cut(batch, SAMPLE_ROWS - rows)
            batches.append(kept)
            rows += len(kept)
            if rows >= SAMPLE_ROWS:
                break
    except RefusedFile as refused:
        raise InspectionError(f"{path}: {refused}") from None
    return records, batches


def _opened(path: Path, name: str, file: Mapping[str, Any]) -> Records:
    try:
        return open_records(path, name, FileFormat.model_validate(dict(file)))
    except ValidationError:
        raise InspectionError(f"{path}: no table can be made out in it.") from None
    except RefusedFile as refused:
        raise InspectionError(f"{path}: {refused}") from None


def _cut(batch: Batch, rows: int) -> Batch:
    if len(batch) <= rows:
        return batch
    last = batch.row_numbers[rows - 1]
    return Batch(
        {name: array.slice(0, rows) for name, array in batch.columns.items()},
        batch.row_numbers[:rows],
        batch.line_numbers[:rows],
        batch.has_bad_bytes,
        [row for row in batch.malformed if row.row_number < last],
    )


def _cells(records: Records, batches: Sequence[Batch]) -> dict[str, list[str]]:
    named = [name for name in records.columns if not name.startswith("_")]
    return {name: [text or "" for batch in batches for text in _texts(batch.columns[name])] for name in named}


def _texts(array: pa.Array) -> list[str | None]:
    texts: list[str | None] = array.to_pylist()
    return texts


def _currency(columns: Sequence[Column], path: Path) -> Found[str]:
    for column in columns:
        if column.currency:
            return Found(column.currency, Confidence.LIKELY, f"by the sign in {column.name}")
    for column in columns:
        if code := re.search(r"(?<![A-Za-z])(EUR|USD|GBP|SEK|CHF|DKK|NOK|PLN)(?![A-Za-z])", column.name):
            return Found(code[1], Confidence.LIKELY, f"by the name of {column.name}")
    return Found("EUR", Confidence.GUESS, "no column says it; put the currency of the amounts")


def _settle_conventions(layout: _Layout, conventions: Conventions, mapping: EntityMapping) -> None:
    """How numbers, dates, truth values and nothing are written, as far as the entity's columns need it."""
    file, facts = layout.file, layout.facts
    types = {mapping.entity[target].type: match.column for target, match in mapping.matches.items()}
    if {Type.MONEY, Type.NUMBER, Type.INT} & types.keys():
        decimal, thousands = conventions.numbers.value
        facts["decimal"] = Found(decimal, conventions.numbers.confidence, conventions.numbers.why)
        file["decimal"] = decimal
        if thousands:
            facts["thousands"] = Found(thousands, conventions.numbers.confidence, conventions.numbers.why)
            file["thousands"] = thousands
    formats = file_date_formats(mapping.matches)
    if {Type.DATE, Type.TIMESTAMP} & types.keys():
        facts["date_formats"] = Found(list(formats), conventions.date_formats.confidence, conventions.date_formats.why)
        file["date_formats"] = list(formats)
    if conventions.null_values:
        nulls = ["", "NULL", *(text for text in conventions.null_values if text != "NULL")]
        facts["null_values"] = Found(nulls, Confidence.LIKELY, "cells that mean nothing")
        file["null_values"] = nulls
    for target, match in mapping.matches.items():
        if mapping.entity[target].type is Type.BOOL and match.column.truths:
            _settle_truths(layout, match.column)


def _settle_truths(layout: _Layout, column: Column) -> None:
    """Adds a column's texts for true and false to those that an importer knows by itself."""
    defaults = FileFormat()
    assert column.truths
    lists = {name: list(layout.file.get(name, getattr(defaults, name))) for name in ("true_values", "false_values")}
    known = {text.lower() for texts in lists.values() for text in texts}
    for name, text in zip(lists, column.truths, strict=True):
        if text and text.lower() not in known:
            layout.file[name] = [*lists[name], text]
            why = f"{column.name} has {' and '.join(filter(None, column.truths))}"
            layout.facts[name] = Found(layout.file[name], Confidence.LIKELY, why)


def _lines(
    path: Path, entity: Found[str], layout: _Layout, proposal: Proposal, source: str | None
) -> Iterator[Line | tuple[str, list[Line]]]:
    yield line("entity", entity)
    yield Line("source", source or _ANY_SOURCE, None if source else "replace it by the name of your FileSource")
    folder = path.absolute().parent.name
    if any(score == 1.0 for _, score in named_like(folder)):
        yield Line("folder", folder, "guess: where the file lies here")
    else:
        yield Line("folder", None, "the folder of the source that the files lie in, where that is not its root")
    pattern = find_pattern(path)
    yield Line("pattern", pattern.value.pattern, doubt(pattern))
    if pattern.value.date_format and pattern.value.date_format != "%Y-%m-%d":
        yield Line("date_format", pattern.value.date_format, doubt(pattern))
    if any(proposal.entity[name].type is Type.TIMESTAMP for name in proposal.rules):
        yield Line("timezone", None, "Europe/Athens, or where else the times were written; without it they are UTC")
    attributes = file_attributes(layout.file)
    facts = layout.facts
    yield (
        "file",
        [
            Line(name, value, doubt(facts[name]) if name in facts and name != "header" else None)
            for name, value in attributes.items()
        ],
    )
    yield "columns", list(_column_lines(proposal))
    if proposal.fill_down:
        yield line("fill_down", proposal.fill_down)


def _column_lines(proposal: Proposal) -> Iterator[Line]:
    for column in proposal.entity.columns:
        rule = proposal.rules.get(column.name)
        if rule is not None and rule.value != column.name:
            yield line(column.name, rule)
        elif column.name in proposal.missing:
            yield Line(column.name, None, f"missing, and every row needs it. {column.description}")


def _try_out(inspection: Inspection, records: Records, batches: Sequence[Batch]) -> None:
    """Checks the sample as an import with the proposed YAML would, and notes what would be rejected."""
    attributes = yaml.safe_load(inspection.yaml)["attributes"]
    settings = parse(ImporterSettings, inspection.path, attributes)
    try:
        validator = Validator(settings, records.columns)
    except RefusedFile as refused:
        inspection.notes.append(f"As it stands a file would be refused: {refused}")
        return
    for batch in batches:
        validated = validator.validate(batch)
        inspection.rejected_rows += validated.rows_rejected
        inspection.rejected.update(f"{fault.column or 'row'}: {fault.code}" for fault in validated.faults)
