"""`wiseparts inspect`: what a file contains, and an importer for it; what a system has, and a pull for it."""

import json
import shlex
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.syntax import Syntax

from wiseparts_pipeline.cli.arguments import entity_named
from wiseparts_pipeline.cli.output import out, print_json, print_report, printable, program
from wiseparts_pipeline.cli.stack import configuration_at_rest, running_sources
from wiseparts_pipeline.config.connections.importing import packaged_pull
from wiseparts_pipeline.config.connections.pull import PullSettings
from wiseparts_pipeline.config.loader import Configuration
from wiseparts_pipeline.connections import connect
from wiseparts_pipeline.connections.logins import logged_in
from wiseparts_pipeline.errors import ConfigurationError
from wiseparts_pipeline.pulling.pull import Pull
from wiseparts_pipeline.pulling.service import chosen_pulls
from wiseparts_pipeline.warehouse import Role, Warehouse

if TYPE_CHECKING:
    from wiseparts_pipeline.profiling.columns.profile import ColumnProfile
    from wiseparts_pipeline.profiling.connected import SystemInspection
    from wiseparts_pipeline.profiling.inspection import Inspection

_LONGEST_EXAMPLE = 40
_EXAMPLES = 2
_LONGEST_RECORD = 2_000


def inspect(
    path: Annotated[Path, typer.Argument(metavar="PATH", help="A file on this machine, or the name of a connection.")],
    of: Annotated[str | None, typer.Argument(metavar="ENTITY", help="Of a connection, what to look at.")] = None,
    entity: Annotated[str | None, typer.Option(metavar="ENTITY", help="What it contains, if you know that.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print what was found, and the YAML, as JSON.")] = False,
) -> None:
    """Inspect a file and propose the YAML of an importer for it, with a confidence for each part.

    Of a connection: the fields of the entity's records, the first of them, and the columns of a pull.

    Reads only the first rows and changes nothing. sure: nothing contradicts it · likely: check it · guess: decide
    yourself.
    """
    if of is not None:
        _inspect_connection(str(path), entity_named(of).name, as_json=as_json)
        return
    # Imported here, because it takes a second, which other commands should not spend.
    from wiseparts_pipeline.profiling.inspection import inspect as look_into

    if entity is not None:
        entity_named(entity, "--entity")
    inspection = look_into(path, entity, _only_source())
    if as_json:
        print_json(_document(inspection))
    else:
        _report(inspection)


def _only_source() -> str | None:
    """The name of the configured source, if there is only one."""
    try:
        sources = list(configuration_at_rest().sources)
    except ConfigurationError:
        return None
    return sources[0] if len(sources) == 1 else None


def _document(inspection: "Inspection") -> dict[str, Any]:
    facts = inspection.facts
    return {
        "path": str(inspection.path),
        **{name: fact.value for name, fact in facts.items()},
        "entity": inspection.entity.value,
        "confidence": {
            "entity": {"confidence": inspection.entity.confidence, "why": inspection.entity.why},
            **{name: {"confidence": fact.confidence, "why": fact.why} for name, fact in facts.items()},
        },
        "rows_sampled": inspection.sampled,
        "rows_rejected": inspection.rejected_rows,
        "rejected": dict(inspection.trial.faults),
        "columns": _columns(inspection),
        "mapping": {
            name: {"value": rule.value, "confidence": rule.confidence, "why": rule.why}
            for name, rule in inspection.proposal.rules.items()
        },
        "attributes": {
            name: {"value": found.value, "confidence": found.confidence, "why": found.why}
            for name, found in inspection.proposal.attributes.items()
        },
        "missing": inspection.proposal.missing,
        "unmapped": [column.name for column in inspection.unmapped],
        "notes": inspection.notes,
        "yaml": inspection.yaml,
    }


def _rows(count: int) -> str:
    return "1 row" if count == 1 else f"{count:,} rows"


def _columns(inspection: "Inspection") -> list[dict[str, Any]]:
    return [
        {
            "name": column.name,
            "type": str(column.type),
            "date_formats": list(column.formats),
            "example": column.example,
            "empty": column.empty,
            "distinct": column.distinct,
            "to": inspection.target_of(column.name),
        }
        for column in inspection.columns
    ]


def _report(inspection: "Inspection") -> None:
    facts = {**inspection.facts, "entity": inspection.entity}
    rows = [
        {"what": name.replace("_", " "), "found": _shown(fact.value), "how sure": fact.confidence, "why": fact.why}
        for name, fact in facts.items()
    ]
    out.print(f"{printable(str(inspection.path))}: {_rows(inspection.sampled)} read\n", soft_wrap=True)
    print_report(rows, title="The file")
    proposal = inspection.proposal
    print_report([_column_row(inspection, column) for column in _columns(inspection)], title="Columns of the file")
    given = [
        {"column": name, "comes from": _shown(rule.value), "how sure": rule.confidence, "why": rule.why}
        for name, rule in proposal.rules.items()
    ]
    missing = [
        {
            "column": name,
            "comes from": "nothing, but every row needs it",
            "how sure": "missing",
            "why": proposal.entity[name].description,
        }
        for name in proposal.missing
    ]
    if given or missing:
        print_report([*given, *missing], title=f"Columns of {proposal.entity.name}")
    others = [
        {"attribute": name, "value": _shown(found.value), "how sure": found.confidence, "why": found.why}
        for name, found in proposal.attributes.items()
    ]
    if others:
        print_report(others, title="Rows and other files")
    if inspection.unmapped:
        listed = "; ".join(f"{column.name} ({_described(column)})" for column in inspection.unmapped)
        out.print(f"Columns of the file that nothing takes: {printable(listed)}.\n", soft_wrap=True)
    unfed = [name for name in proposal.entity.column_names if name not in {*proposal.rules, *proposal.missing}]
    if unfed:
        out.print(f"Without a value: {', '.join(unfed)}. No row needs these.\n", soft_wrap=True)
    for note in _notes(inspection):
        out.print(f"- {printable(note)}", soft_wrap=True)
    out.print("\nSave this as defs.yaml, in a new folder of your configuration:\n", soft_wrap=True)
    out.print(
        Syntax(printable(inspection.yaml), "yaml", theme="ansi_dark", background_color="default", word_wrap=False)
    )
    path = shlex.quote(printable(str(inspection.path)))
    out.print(f"\nTry it: {program()} import {proposal.entity.name} --file {path} --dry-run", soft_wrap=True)


def _column_row(inspection: "Inspection", column: dict[str, Any]) -> dict[str, Any]:
    row = column | {
        "type": " ".join([column["type"], *column["date_formats"]]),
        "example": _shortened(column["example"]),
        "to": ", ".join(column["to"]) or "-",
    }
    del row["date_formats"]
    return row


def _described(column: "ColumnProfile") -> str:
    """The type of a column, how its dates are written, and its most frequent cells."""
    formats = f" {' or '.join(column.formats)}" if column.formats else ""
    examples = sorted(column.values, key=lambda text: -column.values[text])[:_EXAMPLES]
    return f"{column.type}{formats}, such as {', '.join(map(_shortened, examples))}"


def _shortened(example: str) -> str:
    return example if len(example) <= _LONGEST_EXAMPLE else example[: _LONGEST_EXAMPLE - 1] + "…"


def _notes(inspection: "Inspection") -> list[str]:
    notes = list(inspection.notes)
    if not inspection.trial.refusal and inspection.trial.rows:
        if inspection.rejected_rows:
            faults = ", ".join(f"{fault} {count:,}" for fault, count in inspection.trial.faults.most_common(5))
            notes.append(f"Of these rows, {inspection.rejected_rows:,} would be rejected ({faults}).")
        else:
            notes.append(
                "None of these rows would be rejected by an import that finds no stored record. References are not"
                " checked here."
            )
    if inspection.source is None:
        notes.append("Replace SOURCE with the name of the FileSource that will have the files.")
    return notes


def _shown(value: Any) -> str:
    """A value in readable form: a tab is shown as \\t."""
    if isinstance(value, str):
        return value if value.isprintable() and value.strip() == value and value else repr(value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict):
        return ", ".join(f"{name}: {_shown(item)}" for name, item in value.items())
    if isinstance(value, list | tuple):
        return " ".join(map(_shown, value))
    return str(value)


def _inspect_connection(name: str, entity: str, *, as_json: bool) -> None:
    """Prints the fields of a system's records, the first records, and the pull that is proposed.

    Raises ConfigurationError for an unknown connection, ConnectionFailure.
    """
    from wiseparts_pipeline.profiling.connected import inspect_system

    with running_sources() as (configuration, _):
        pull = _pull_of(configuration, name, entity)
        with (
            Warehouse.open(role=Role.IMPORTER) as warehouse,
            warehouse.connect(autocommit=True) as connection,
            logged_in(pull.connection, connection, connect) as system,
        ):
            found = inspect_system(pull, system)
    if as_json:
        print_json(
            {
                "connection": name,
                "entity": entity,
                "rows": found.rows,
                "fields": [asdict(each) for each in found.fields],
                "records": found.records,
                "yaml": found.yaml,
            }
        )
    else:
        _report_system(found)


def _pull_of(configuration: Configuration, name: str, entity: str) -> Pull:
    """The configured pull of the entity, or one as the package has it."""
    if name not in configuration.connections:
        known = ", ".join(configuration.connections) or "none"
        raise ConfigurationError(f"{name}: there is no such connection; there are: {known}.")
    for each in configuration.pulls.values():
        if (each.connection, each.entity) == (name, entity):
            return chosen_pulls(configuration, [each.name])[0]
    connection = configuration.connections[name]
    settings = PullSettings(connection=name, entity=entity).completed(packaged_pull(connection.system, entity))
    alone = replace(configuration, pulls={settings.name: settings}).with_pulled()
    return chosen_pulls(alone, [settings.name])[0]


def _report_system(found: "SystemInspection") -> None:
    out.print(f"{found.rows:,} rows of the first records\n")
    print_report(
        [
            {
                "field": field.name,
                "filled": f"{field.filled} of {found.rows}",
                "examples": "; ".join(field.examples),
                "to": ", ".join(field.to) or "-",
            }
            for field in found.fields
        ],
        title="Fields",
    )
    out.print("The first records:\n")
    for record in found.records:
        text = json.dumps(record, ensure_ascii=False)
        out.print(printable(text[:_LONGEST_RECORD] + ("…" if len(text) > _LONGEST_RECORD else "")), soft_wrap=True)
    out.print("\nA pull with what the names and values suggest; what the package maps need not be repeated:\n")
    out.print(Syntax(printable(found.yaml), "yaml", theme="ansi_dark", background_color="default", word_wrap=False))
