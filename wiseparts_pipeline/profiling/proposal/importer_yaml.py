"""The YAML of a proposed importer, with a comment on every line that is not sure."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from wiseparts_pipeline.config.connections.importing import PULL_TYPE
from wiseparts_pipeline.config.file_format import FileFormat
from wiseparts_pipeline.entities.schema import Type
from wiseparts_pipeline.profiling.finding import Finding
from wiseparts_pipeline.profiling.layout.layout import FileLayout
from wiseparts_pipeline.profiling.proposal.naming import NamePattern
from wiseparts_pipeline.profiling.proposal.proposal import Proposal
from wiseparts_pipeline.profiling.proposal.rendering import Line, doubt, line, render
from wiseparts_pipeline.profiling.terms import named_like

_BEFORE_FILE = ("snapshot_within", "match_columns")
_AFTER_COLUMNS = ("fill_down", "where", "sign_by", "join")
# Stands for a source that is not known, so that the YAML can still be loaded.
_ANY_SOURCE = "SOURCE"


def importer_yaml(
    path: Path,
    entity: Finding[str],
    pattern: Finding[NamePattern],
    layout: FileLayout,
    proposal: Proposal,
    source: str | None,
) -> str:
    """The `defs.yaml` of the proposed importer; `source`: the name of the source, if it is known."""
    return render(_lines(path, entity, pattern, layout, proposal, source))


def pull_yaml(name: str, connection: str, proposal: Proposal) -> str:
    """The `defs.yaml` of a pull with the proposed columns."""
    lines = [Line("connection", connection), Line("entity", proposal.entity.name), Line("name", name)]
    return render([*lines, ("columns", list(_column_lines(proposal)))], PULL_TYPE)


def _lines(
    path: Path,
    entity: Finding[str],
    pattern: Finding[NamePattern],
    layout: FileLayout,
    proposal: Proposal,
    source: str | None,
) -> Iterator[Line | tuple[str, list[Line]]]:
    yield line("entity", entity)
    yield Line("source", source or _ANY_SOURCE, None if source else "replace it by the name of your FileSource")
    folder = path.absolute().parent.name
    if any(score == 1.0 for _, score in named_like(folder)):
        yield Line("folder", folder, "guess: the folder that this file is in")
    else:
        yield Line("folder", None, "the folder of the source that the files are in, unless it is the root")
    yield Line("pattern", pattern.value.pattern, doubt(pattern))
    if pattern.value.date_format and pattern.value.date_format != "%Y-%m-%d":
        yield Line("date_format", pattern.value.date_format, doubt(pattern))
    if any(proposal.entity[name].type is Type.TIMESTAMP for name in proposal.rules):
        yield Line("timezone", None, "the time zone of the times, such as Europe/Athens; the default is UTC")
    for name in _BEFORE_FILE:
        if name in proposal.attributes:
            yield line(name, proposal.attributes[name])
    yield "file", list(_file_lines(layout))
    yield "columns", list(_column_lines(proposal))
    for name in _AFTER_COLUMNS:
        if name in proposal.attributes:
            yield line(name, proposal.attributes[name])


def _file_lines(layout: FileLayout) -> Iterator[Line]:
    for name, value in _without_defaults(layout.file).items():
        fact = layout.facts.get(name)
        yield Line(name, value, doubt(fact) if fact and name != "header" else None)


def _column_lines(proposal: Proposal) -> Iterator[Line]:
    for column in proposal.entity.columns:
        rule = proposal.rules.get(column.name)
        if rule is not None and rule.value != column.name:
            yield line(column.name, rule)
        elif column.name in proposal.missing:
            yield Line(column.name, None, f"missing, and every row needs it. {column.description}")


def _without_defaults(file: Mapping[str, Any]) -> dict[str, Any]:
    """The attributes of `file:` that differ from the defaults."""
    defaults = FileFormat().model_dump()
    return {name: value for name, value in file.items() if _comparable(value) != _comparable(defaults[name])}


def _comparable(value: Any) -> Any:
    return tuple(value) if isinstance(value, list | tuple) else value
