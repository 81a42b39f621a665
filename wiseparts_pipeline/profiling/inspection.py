"""Looks into a file and proposes the importer for it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from wiseparts_pipeline.config.documents import parse, read_documents
from wiseparts_pipeline.config.file_format import ALL_SHEETS
from wiseparts_pipeline.config.importer import ImporterSettings
from wiseparts_pipeline.entities import ENTITIES
from wiseparts_pipeline.entities.schema import Entity, Type
from wiseparts_pipeline.profiling.columns.profile import ColumnProfile, Conventions, find_values
from wiseparts_pipeline.profiling.companions import Companion, find_companions, join_of
from wiseparts_pipeline.profiling.errors import InspectionError
from wiseparts_pipeline.profiling.finding import Confidence, Finding
from wiseparts_pipeline.profiling.layout.head import read_head
from wiseparts_pipeline.profiling.layout.layout import FileLayout, find_layout
from wiseparts_pipeline.profiling.mapping import EntityMapping, Match, find_entity, map_columns
from wiseparts_pipeline.profiling.proposal.conventions import YEARS_FROM, add_conventions, first_of_two_digit_years
from wiseparts_pipeline.profiling.proposal.importer_yaml import importer_yaml
from wiseparts_pipeline.profiling.proposal.naming import find_pattern
from wiseparts_pipeline.profiling.proposal.proposal import Proposal, propose, take_from_name
from wiseparts_pipeline.profiling.proposal.row_shapes import find_totals
from wiseparts_pipeline.profiling.proposal.rules import SampleCells, file_columns
from wiseparts_pipeline.profiling.sampling import Sample, name_of, read_sample, without_rows
from wiseparts_pipeline.profiling.trial import Trial, try_importer
from wiseparts_pipeline.profiling.variants import allow_for_variants


@dataclass
class Inspection:
    """What was found out about a file, and the importer that is proposed for it.

    `facts`: its layout and conventions by name. `sampled`: the rows that were read. `ranked`: what each entity would
    make of it, the best first. `trial`: how these rows fare with the YAML as it is printed.
    """

    path: Path
    facts: dict[str, Finding[Any]]
    columns: list[ColumnProfile]
    sampled: int
    entity: Finding[str]
    ranked: list[EntityMapping]
    proposal: Proposal
    yaml: str
    source: str | None
    notes: list[str] = field(default_factory=list)
    trial: Trial = field(default_factory=Trial)

    @property
    def rejected_rows(self) -> int:
        """How many of the rows that were read would be rejected."""
        return self.trial.rejected

    def target_of(self, column: str) -> list[str]:
        """The columns of the entity that a column of the file goes to."""
        return [name for name, rule in self.proposal.rules.items() if column in file_columns(rule.value)]

    @property
    def unmapped(self) -> list[ColumnProfile]:
        """The columns of the file that the proposal takes nothing from, though they have values."""
        return [column for column in self.columns if column.filled and not self.target_of(column.name)]


def inspect(path: Path, entity: str | None = None, source: str | None = None) -> Inspection:
    """Looks into a file and proposes its importer. Raises InspectionError for a file that is not a table.

    `entity`: what the file holds, if that is known. `source`: the name of the source that it will come from.
    """
    head = read_head(path)
    if not head.data and not head.is_workbook:
        raise InspectionError(f"{path} is empty.")
    layout = find_layout(path, head)
    file_name = name_of(path, head)
    sample = _read(path, file_name, layout)
    totals = find_totals(sample.cells)
    cells = sample.cells if totals is None else without_rows(sample.cells, totals.rows)
    table = _Table.of(cells, layout)
    found, ranked = find_entity(table.columns, path)
    if entity and entity != layout.entity:
        found = Finding(entity, Confidence.SURE, "given by --entity")
    elif layout.entity:
        found = Finding(layout.entity, Confidence.SURE, "its layout is known")
    mapping = EntityMapping(ENTITIES[found.value], map_columns(table.columns, ENTITIES[found.value]))
    proposal = table.proposal(mapping.entity, mapping.matches, layout)
    companions, suggestions = find_companions(path, proposal, cells)
    if companions:
        table = _Table.of(
            dict(cells) | {name: column for each in companions for name, column in each.cells.items()}, layout
        )
        mapping = EntityMapping(mapping.entity, _without_shared_amounts(mapping.entity, table.columns, companions))
        proposal = table.proposal(mapping.entity, mapping.matches, layout)
    columns, conventions = table.columns, table.conventions
    if totals is not None:
        proposal.attributes["where"] = totals.where
    pattern = take_from_name(path, find_pattern(path), proposal)
    if companions:
        joins = [join_of(each, layout.file, pattern.value) for each in companions]
        proposal.attributes["join"] = Finding(joins, Confidence.LIKELY, "; ".join(each.why for each in companions))
    allow_for_variants(path, sample.columns, layout.file, pattern.value, proposal)
    add_conventions(layout, conventions, mapping)

    def tried() -> tuple[str, Trial]:
        yaml = importer_yaml(path, found, pattern, layout, proposal, source)
        settings = parse(ImporterSettings, path, read_documents(yaml)[0]["attributes"])
        return yaml, try_importer(path, file_name, settings, [each.table.path for each in companions])

    yaml, trial = tried()
    if trial.rejected and (years := first_of_two_digit_years(layout, mapping)):
        layout.add(YEARS_FROM, years)
        yaml, again = tried()
        if again.rejected >= trial.rejected:
            layout.remove(YEARS_FROM)
            yaml, again = tried()
        trial = again
    notes = [*layout.notes, *proposal.notes, *suggestions]
    if trial.refusal:
        notes.append(f"With this YAML, the file would be refused: {trial.refusal}")
    return Inspection(
        path=path,
        facts=layout.facts,
        columns=columns,
        sampled=len(next(iter(sample.cells.values()), [])),
        entity=found,
        ranked=ranked,
        proposal=proposal,
        yaml=yaml,
        source=source,
        notes=notes,
        trial=trial,
    )


@dataclass(frozen=True)
class _Table:
    """The cells that are mapped, with what is joined to them, and what they are."""

    cells: SampleCells
    columns: list[ColumnProfile]
    conventions: Conventions

    @classmethod
    def of(cls, cells: SampleCells, layout: FileLayout) -> "_Table":
        return cls(cells, *find_values(cells, european=layout.file.get("delimiter") == ";"))

    def proposal(self, entity: Entity, matches: Mapping[str, Match], layout: FileLayout) -> Proposal:
        """The columns of the entity, from these cells without blanks and nulls."""
        nulls = set(self.conventions.null_values)
        cells = {
            name: ["" if text in nulls else text for text in map(str.strip, texts)]
            for name, texts in self.cells.items()
        }
        is_known = layout.entity is not None
        return propose(entity, matches, self.columns, cells, has_names=layout.has_names, is_known=is_known)


def _without_shared_amounts(
    entity: Entity, columns: Sequence[ColumnProfile], companions: Sequence[Companion]
) -> dict[str, Match]:
    """The matches without amounts of whole documents, which would be counted once on each of their lines."""
    shared = {name for each in companions if each.is_shared for name in each.cells}
    amounts = (Type.MONEY, Type.NUMBER)
    return {
        target: match
        for target, match in map_columns(columns, entity).items()
        if not (match.column.name in shared and entity[target].type in amounts)
    }


def _read(path: Path, name: str, layout: FileLayout) -> Sample:
    """The first rows, of all sheets if several have the same columns."""
    sample = read_sample(path, name, layout.file)
    unread = sample.batches[0].sheet.unread if sample.batches and sample.batches[0].sheet else ()
    if not unread:
        return sample
    others = ", ".join(unread[:3]) + (" ..." if len(unread) > 3 else "")
    layout.add("sheet", Finding(ALL_SHEETS, Confidence.LIKELY, f"{others} have the same columns"))
    return read_sample(path, name, layout.file)
