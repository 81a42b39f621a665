"""Proposes the columns of an importer, each with how sure it is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from wiseparts_pipeline.entities.schema import Entity
from wiseparts_pipeline.profiling.columns.profile import ColumnProfile
from wiseparts_pipeline.profiling.finding import Confidence, Finding
from wiseparts_pipeline.profiling.mapping import Match
from wiseparts_pipeline.profiling.proposal.documents import (
    add_second_line,
    credit_notes_by_sign,
    drop_document_amounts,
    extend_key,
    join_time,
    recognise_credit_notes,
    take_from_answered,
)
from wiseparts_pipeline.profiling.proposal.fallbacks import add_fallbacks, match_by_shape
from wiseparts_pipeline.profiling.proposal.naming import NamePattern, with_varying_part
from wiseparts_pipeline.profiling.proposal.row_shapes import find_fill_down, find_sign_by
from wiseparts_pipeline.profiling.proposal.rules import (
    Rules,
    SampleCells,
    cells_of,
    file_date_formats,
    rule_of,
    unknown_values,
)


@dataclass
class Proposal:
    """The importer that is proposed, without the layout of its file.

    `rules`: where the entity's columns come from. `missing`: columns that every row needs but nothing gives.
    `attributes`: others of the importer, such as `fill_down`.
    """

    entity: Entity
    rules: Rules
    missing: list[str]
    attributes: dict[str, Finding[Any]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    @property
    def fill_down(self) -> Finding[dict[str, Any]] | None:
        """The columns that are given in a document's first row only."""
        return self.attributes.get("fill_down")


def propose(
    entity: Entity,
    matches: Mapping[str, Match],
    columns: Sequence[ColumnProfile],
    sample: SampleCells,
    *,
    has_names: bool = True,
    is_known: bool = False,
) -> Proposal:
    """The importer's columns for a file. `has_names`: whether its columns have names. `is_known`: a known layout."""
    formats = file_date_formats(matches)
    rules: Rules = {}
    notes: list[str] = []
    for target, match in matches.items():
        rule = rule_of(entity[target], match, entity, formats)
        if rule is None:
            notes.append(
                f"{match.column.name} is named like {target}, but its values do not fit, such as"
                f" {match.column.example!r}."
            )
        else:
            rules[target] = rule
            notes += unknown_values(entity[target], match.column, rule)
    if not has_names:
        match_by_shape(entity, rules, columns)
    join_time(entity, rules, matches, columns)
    add_second_line(rules, columns)
    drop_document_amounts(rules, matches)
    missing = add_fallbacks(entity, rules, columns, sample)
    if is_known:
        doubt_sets(entity, rules)
    else:
        extend_key(entity, rules, columns, sample)
    if entity.name == "sales":
        recognise_credit_notes(rules, sample)
    if entity.name == "calls":
        take_from_answered(rules, sample)
    credit_notes_by_sign(entity, rules, sample)
    proposal = Proposal(
        entity, {name: rules[name] for name in entity.column_names if name in rules}, missing, notes=notes
    )
    shapes = {
        "fill_down": find_fill_down(entity, rules, sample),
        "sign_by": find_sign_by(entity, rules, columns, sample),
    }
    proposal.attributes = {name: found for name, found in shapes.items() if found is not None}
    _note_keys(proposal, sample)
    if missing and len(entity.key) > 1 and "line_no" in entity:
        proposal.notes.append(
            f"If another file has the document heads or lines, `join` brings in what is missing: {', '.join(missing)}."
        )
    return proposal


def doubt_sets(entity: Entity, rules: Rules) -> None:
    """What a known system writes in one column may depend on its others; ready-made configurations tell how."""
    for name, rule in rules.items():
        if entity[name].allowed and rule.confidence is Confidence.SURE:
            why = "other columns may say more; see the ready-made configurations"
            rules[name] = Finding(rule.value, Confidence.LIKELY, why)


def take_from_name(path: Path, pattern: Finding[NamePattern], proposal: Proposal) -> Finding[NamePattern]:
    """The pattern of the files, of all warehouses if only their names say which; adds where the warehouse is then."""
    entity = proposal.entity
    if "warehouse_id" not in entity.key or "warehouse_id" in proposal.rules:
        return pattern
    if (varying := with_varying_part(path, pattern)) is None:
        return pattern
    found, part = varying
    why = f"other files are of {', '.join(part.others[:3])}"
    rules = proposal.rules | {"warehouse_id": Finding({"from_name": part.expression}, Confidence.LIKELY, why)}
    proposal.rules = {name: rules[name] for name in entity.column_names if name in rules}
    proposal.attributes["snapshot_within"] = Finding(["warehouse_id"], Confidence.LIKELY, "a file has one warehouse")
    return found


def _note_keys(proposal: Proposal, sample: SampleCells) -> None:
    """Adds a note if the proposed key occurs in several rows."""
    entity, rules = proposal.entity, proposal.rules
    if any(name in proposal.missing for name in entity.key):
        return
    parts = [rules[name].value for name in entity.key if name in rules]
    if any(isinstance(part, dict) and "sequence_within" in part for part in parts):
        return
    rows = list(zip(*(cells_of(part, sample) for part in parts), strict=False))
    repeated = len(rows) - len(set(rows))
    if repeated:
        names = ", ".join(name for name in entity.key if name in rules)
        proposal.notes.append(
            f"{repeated:,} of {len(rows):,} rows repeat the {names} of another. They are rejected, unless"
            " `duplicates: first` or `last` keeps one of them, or another column belongs to the key."
        )
