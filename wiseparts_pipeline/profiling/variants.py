"""Looks at the other files of an importer: columns that are called otherwise there."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from wiseparts_pipeline.config.file_names import FileNamePattern
from wiseparts_pipeline.config.importer import ColumnMatch
from wiseparts_pipeline.importing.reading.shapes.column_names import ColumnNames
from wiseparts_pipeline.profiling.errors import InspectionError
from wiseparts_pipeline.profiling.finding import Confidence, Finding
from wiseparts_pipeline.profiling.opening import open_file
from wiseparts_pipeline.profiling.proposal.naming import NamePattern
from wiseparts_pipeline.profiling.proposal.proposal import Proposal
from wiseparts_pipeline.profiling.proposal.rules import file_columns
from wiseparts_pipeline.profiling.terms import likeness

_MOST_FILES = 5
_CERTAIN = 0.9


def allow_for_variants(
    path: Path, columns: Iterable[str], file: Mapping[str, Any], pattern: NamePattern, proposal: Proposal
) -> None:
    """Adds `match_columns: loose`, or other names of a column, if other files of the same importer need it.

    `columns`: those of the inspected file itself.
    """
    if not file.get("header", True):
        return
    names = FileNamePattern(pattern.pattern, pattern.date_format or "%Y-%m-%d")
    siblings = (each for each in sorted(path.absolute().parent.iterdir()) if names.matches(each.name))
    for sibling in islice((each for each in siblings if each.name != path.name), _MOST_FILES):
        try:
            others = open_file(sibling, sibling.name, file).columns
        except InspectionError:
            continue
        _allow_for(sibling.name, frozenset(columns), others, proposal)


def _allow_for(name: str, own: frozenset[str], columns: Sequence[str], proposal: Proposal) -> None:
    used = own & {column for rule in proposal.rules.values() for column in file_columns(rule.value)}
    exact, loose = (ColumnNames(columns, match) for match in (ColumnMatch.EXACT, ColumnMatch.LOOSE))
    absent = [column for column in used if exact.find(column) is None]
    if any(loose.find(column) for column in absent):
        why = f"{name} has its columns in another spelling"
        proposal.attributes["match_columns"] = Finding("loose", Confidence.LIKELY, why)
    free = [column for column in columns if column not in used]
    for target, rule in proposal.rules.items():
        if isinstance(rule.value, str) and rule.value in absent and loose.find(rule.value) is None:
            others = _called(free, proposal, target)
            if len(others) == 1:
                form: dict[str, Any] = {"from": [rule.value, others[0]]}
                proposal.rules[target] = Finding(form, Confidence.LIKELY, f"{others[0]} in {name}")


def _called(columns: Iterable[str], proposal: Proposal, target: str) -> list[str]:
    """The columns that are surely called as the entity's column is."""
    return [column for column in columns if likeness(column, proposal.entity, target).score >= _CERTAIN]
