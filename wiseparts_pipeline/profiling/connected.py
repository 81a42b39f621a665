"""Looks into a connected system: the fields of its records, and the columns of a pull that are proposed for them."""

import json
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from wiseparts_pipeline.config.columns import ColumnRule
from wiseparts_pipeline.connections.base import Connected, Everything, Record
from wiseparts_pipeline.connections.deadline import within_pull_timeout
from wiseparts_pipeline.errors import ConfigurationError
from wiseparts_pipeline.profiling.inspection import Inspection, inspect
from wiseparts_pipeline.profiling.proposal.importer_yaml import pull_yaml
from wiseparts_pipeline.pulling.pull import Pull

_MOST_RECORDS = 200
SHOWN_RECORDS = 5
_EXAMPLES = 3


@dataclass(frozen=True)
class FieldProfile:
    """A field of the records, of lists of objects `list.field`. `to`: the columns that the pull makes of it now."""

    name: str
    filled: int
    examples: Sequence[str]
    to: Sequence[str]


@dataclass(frozen=True)
class SystemInspection:
    """What a system has of an entity. `rows`: how many rows the records make; `yaml`: the pull that is proposed."""

    records: Sequence[Record]
    rows: int
    fields: Sequence[FieldProfile]
    proposal: Inspection
    yaml: str


def inspect_system(pull: Pull, system: Connected) -> SystemInspection:
    """Reads the first records of the pull's entity. Raises ConnectionFailure, ConfigurationError if there is none."""
    with within_pull_timeout(pull.connection):
        records = list(islice(system.records(pull.settings, Everything()), _MOST_RECORDS))
    if not records:
        raise ConfigurationError(f"Connection {pull.connection.name} has no {pull.settings.entity}.")
    rows = [row for record in records for row in _rows(record, pull.importer.file.rows_in or _list_of(records))]
    cells = [dict(_cells(row, "")) for row in rows]
    names = list(dict.fromkeys(name for row in cells for name in row))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{pull.name}.jsonl"
        path.write_text("".join(f"{json.dumps(row, ensure_ascii=False)}\n" for row in cells), encoding="utf-8")
        proposal = inspect(path, pull.settings.entity, pull.connection.name)
    return SystemInspection(
        records=records[:SHOWN_RECORDS],
        rows=len(rows),
        fields=[_field(name, cells, pull) for name in names],
        proposal=proposal,
        yaml=pull_yaml(pull.name, pull.connection.name, proposal.proposal),
    )


def _list_of(records: Sequence[Record]) -> str:
    """The field whose value is a list of objects, if there is only one such field: the lines of a document."""
    lists = {
        name
        for record in records
        for name, value in record.items()
        if isinstance(value, list) and any(isinstance(item, dict) for item in value)
    }
    return lists.pop() if len(lists) == 1 else ""


def _rows(record: Record, path: str) -> Iterator[Record]:
    """A row for each element of the list at a dotted path; the record itself if there is no such list."""
    name, _, rest = path.partition(".")
    value = record.get(name)
    if rest and isinstance(value, dict):
        yield from ({**record, name: inner} for inner in _rows(value, rest))
    elif isinstance(value, list) and not rest:
        yield from ({**record, name: line} for line in value)
    else:
        yield record


def _cells(value: dict[str, Any], prefix: str) -> Iterator[tuple[str, str]]:
    for name, item in value.items():
        if isinstance(item, dict):
            yield from _cells(item, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", _text(item)


def _text(item: Any) -> str:
    if item is None or isinstance(item, str):
        return item or ""
    return json.dumps(item, ensure_ascii=False)


def _field(name: str, cells: Sequence[dict[str, str]], pull: Pull) -> FieldProfile:
    filled = [row[name] for row in cells if row.get(name)]
    rules: dict[str, ColumnRule] = pull.importer.columns
    to = [column for column, rule in rules.items() if name in rule.file_columns]
    return FieldProfile(name, len(filled), list(dict.fromkeys(filled))[:_EXAMPLES], to)
