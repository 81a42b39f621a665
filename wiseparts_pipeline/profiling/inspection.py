"""Looks into a file and proposes the importer for it."""

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from wiseparts_pipeline.config.documents import read_documents
from wiseparts_pipeline.config.importer import ImporterSettings
from wiseparts_pipeline.config.loader import parse
from wiseparts_pipeline.importing.faults import RefusedFile
from wiseparts_pipeline.importing.validation.validator import Validator
from wiseparts_pipeline.profiling.columns.profile import ColumnProfile, find_values
from wiseparts_pipeline.profiling.errors import InspectionError
from wiseparts_pipeline.profiling.finding import Confidence, Finding
from wiseparts_pipeline.profiling.layout.head import read_head
from wiseparts_pipeline.profiling.layout.layout import find_layout
from wiseparts_pipeline.profiling.mapping import EntityMapping, find_entity
from wiseparts_pipeline.profiling.proposal.conventions import add_conventions
from wiseparts_pipeline.profiling.proposal.importer_yaml import importer_yaml
from wiseparts_pipeline.profiling.proposal.proposal import Proposal, propose
from wiseparts_pipeline.profiling.proposal.rules import file_columns
from wiseparts_pipeline.profiling.sampling import Sample, read_sample


@dataclass
class Inspection:
    """What was found out about a file, and the importer that is proposed for it.

    `facts`: its layout and conventions by name. `sampled`: the rows that were read. `ranked`: what each entity would
    make of it, the best first. `rejected`: faults in the sample by column and code.
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
    rejected: Counter[str] = field(default_factory=Counter)
    rejected_rows: int = 0

    def target_of(self, column: str) -> list[str]:
        """The columns of the entity that a column of the file goes to."""
        return [name for name, rule in self.proposal.rules.items() if column in file_columns(rule.value)]


def inspect(path: Path, entity: str | None = None, source: str | None = None) -> Inspection:
    """Looks into a file and proposes its importer. Raises InspectionError for a file that is not a table.

    `entity`: what the file holds, if that is known. `source`: the name of the source that it will come from.
    """
    head = read_head(path)
    if not head.data and not head.is_workbook:
        raise InspectionError(f"{path} is empty.")
    layout = find_layout(path, head)
    sample = read_sample(path, head, layout.file)
    columns, conventions = find_values(sample.cells, european=layout.file.get("delimiter") == ";")
    found, ranked = find_entity(columns, path)
    if entity and entity != layout.entity:
        found = Finding(entity, Confidence.SURE, "given by --entity")
    elif layout.entity:
        found = Finding(layout.entity, Confidence.SURE, "its layout is known")
    mapping = next(mapping for mapping in ranked if mapping.entity.name == found.value)
    nulls = set(conventions.null_values)
    cells = {
        name: ["" if text in nulls else text for text in map(str.strip, texts)] for name, texts in sample.cells.items()
    }
    proposal = propose(mapping.entity, mapping.matches, columns, cells, has_names=layout.has_names)
    add_conventions(layout, conventions, mapping)
    inspection = Inspection(
        path=path,
        facts=layout.facts,
        columns=columns,
        sampled=len(next(iter(cells.values()), [])),
        entity=found,
        ranked=ranked,
        proposal=proposal,
        yaml=importer_yaml(path, found, layout, proposal, source),
        source=source,
        notes=[*layout.notes, *proposal.notes],
    )
    _try_out(inspection, sample)
    return inspection


def _try_out(inspection: Inspection, sample: Sample) -> None:
    """Validates the sample as an import with the proposed YAML would, and counts what would be rejected."""
    attributes = read_documents(inspection.yaml)[0]["attributes"]
    settings = parse(ImporterSettings, inspection.path, attributes)
    try:
        validator = Validator(settings, sample.columns)
    except RefusedFile as refused:
        inspection.notes.append(f"With this YAML, the file would be refused: {refused}")
        return
    for batch in sample.batches:
        validated = validator.validate(batch)
        inspection.rejected_rows += validated.rows_rejected
        inspection.rejected.update(f"{fault.column or 'row'}: {fault.code}" for fault in validated.faults)
