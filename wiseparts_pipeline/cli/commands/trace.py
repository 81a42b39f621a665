"""`wiseparts trace`: where a record is."""

import json
from decimal import Decimal
from typing import Annotated, Any

import typer

from wiseparts_pipeline.cli.arguments import entity_named
from wiseparts_pipeline.cli.exports import as_json as export_as_json
from wiseparts_pipeline.cli.exports import print_exports
from wiseparts_pipeline.cli.output import complain, out, print_json, print_report, printable, program
from wiseparts_pipeline.diagnostics.trace import Origin, Record, Trace
from wiseparts_pipeline.diagnostics.trace import trace as find
from wiseparts_pipeline.entities.schema import SYSTEM_ID, Entity
from wiseparts_pipeline.warehouse import Warehouse

EXIT_NOT_FOUND = 1
EXIT_NOT_LOADED = 3


def trace(
    entity: Annotated[str, typer.Argument(metavar="ENTITY", help="What the record is, such as sales.")],
    key: Annotated[
        list[str],
        typer.Argument(
            metavar="KEY...",
            help="The parts of its key in order, or the first of them for every record that starts with them; also a"
            " product's sku, or the system_id of master data.",
        ),
    ],
    as_json: Annotated[bool, typer.Option("--json", help="Print everything that is known as JSON.")] = False,
) -> None:
    """Show where a record is: the file rows that created and last changed it, rejected rows, the marts, its exports.

    Exit status: 0 it is loaded · 3 it is only rejected or waiting · 1 nothing is known of it · 2 usage.
    """
    traced = entity_named(entity)
    if len(key) > len(traced.key):
        raise typer.BadParameter(
            f"the key of {entity} has {len(traced.key)}: {', '.join(traced.key)}", param_hint="KEY"
        )
    with Warehouse.open() as warehouse, warehouse.connect() as connection:
        found = find(connection, traced, key)
    if as_json:
        print_json(_document(found))
    else:
        _report(found)
    if not found.records:
        raise typer.Exit(EXIT_NOT_LOADED if found.entries else EXIT_NOT_FOUND)


def _document(found: Trace) -> dict[str, Any]:
    return {
        "entity": found.entity.name,
        "key": list(found.key),
        "records": [
            {
                **_values(found.entity, record),
                "created": _origin(found, record.created, record.values["_created_at"]),
                "changed": _origin(found, record.changed, record.values["_updated_at"]),
                "written": _written(found, record),
                "deleted_at": record.values["_deleted_at"],
                "marts": record.marts,
            }
            for record in found.records
        ],
        "rejected_rows": [entry | {"file": _name(found, entry["file_id"])} for entry in found.entries],
        "exports": [export_as_json(each) for each in found.exports],
        "near": found.near,
        "is_cut": found.is_cut,
    }


def _values(entity: Entity, record: Record) -> dict[str, Any]:
    names = [SYSTEM_ID.name] if entity.master else []
    return {name: record.values[name] for name in [*names, *entity.column_names]}


def _origin(found: Trace, origin: Origin, at: Any) -> dict[str, Any]:
    return {
        "file_id": origin.file_id,
        "file": _name(found, origin.file_id),
        "row_number": origin.row_number,
        "at": at,
    }


def _written(found: Trace, record: Record) -> dict[str, dict[str, Any]]:
    return {
        column: {"source": each.source, **_origin(found, each.origin, each.at)}
        for column, each in record.written.items()
    }


def _name(found: Trace, file_id: int) -> str | None:
    file = found.files.get(file_id)
    return file.name if file else None


def _report(found: Trace) -> None:
    match found.records:
        case [record]:
            _report_one(found, record)
        case [_, *_]:
            _report_several(found)
    if found.entries:
        print_report([_entry(found, entry) for entry in found.entries], title="Its rejected and waiting rows")
    if found.exports:
        print_exports(found.exports, title="Its exports")
    if found.is_cut:
        out.print("There are more; these are the first.")
    shown = " / ".join(found.key)
    if not found.records and found.entries:
        out.print(
            f"{printable(shown)} is not loaded: fix its rejected rows, or see which records its waiting rows need."
        )
        out.print(f"{program()} errors {found.entries[0]['file_id']}  shows all rows of that file.")
    elif not found.records:
        _report_nothing(found, shown)


def _report_one(found: Trace, record: Record) -> None:
    title = " / ".join(str(record.values[name]) for name in found.entity.key)
    values = {name: value for name, value in _values(found.entity, record).items() if value is not None}
    print_report(
        [{"column": name, "value": _plain(value)} for name, value in values.items()],
        title=printable(f"{found.entity.name} {title}"),
    )
    print_report(_history(found, record), title="Where it comes from")
    if record.marts:
        print_report([{"mart": name, "state": state} for name, state in record.marts.items()], title="Marts")


def _plain(value: Any) -> Any:
    """A value as a file would have it: numbers without trailing zeros, as text to be aligned like the rest."""
    match value:
        case dict() | list():
            return json.dumps(value, ensure_ascii=False)
        case Decimal():
            return f"{value.normalize():f}"
        case bool():
            return value
        case int():
            return str(value)
    return value


def _history(found: Trace, record: Record) -> list[dict[str, Any]]:
    created = _origin(found, record.created, record.values["_created_at"])
    changed = _origin(found, record.changed, record.values["_updated_at"])
    rows = [{"what": "created by"} | created]
    if record.values["_deleted_at"] is not None:
        rows.append({"what": "deleted by" if not record.changed.row_number else "deleted; last changed by"} | changed)
    elif created != changed:
        rows.append({"what": "last changed by"} | changed)
    for column, origin in _written(found, record).items():
        rows.append({"what": f"{column} by {origin.pop('source')}"} | origin)
    return [row | {"file_id": str(row["file_id"]), "row_number": row["row_number"] or "not in it"} for row in rows]


def _report_several(found: Trace) -> None:
    print_report(
        [
            {
                **{name: str(record.values[name]) for name in found.entity.key},
                "created by": _place(found, record.created),
                "last changed by": _place(found, record.changed),
                "updated at": record.values["_updated_at"],
                "deleted at": record.values["_deleted_at"],
                "marts": ", ".join(f"{name}: {state}" for name, state in record.marts.items()),
            }
            for record in found.records
        ],
        title=printable(f"{found.entity.name} {' / '.join(found.key)}"),
    )


def _place(found: Trace, origin: Origin) -> str:
    row = f"row {origin.row_number}" if origin.row_number else "not in it"
    return f"file {origin.file_id} {_name(found, origin.file_id) or ''}, {row}"


def _entry(found: Trace, entry: dict[str, Any]) -> dict[str, Any]:
    resolved = entry["resolved_by_file_id"]
    return {
        "status": entry["status"] + (f" by file {resolved} {_name(found, resolved) or ''}" if resolved else ""),
        "key": entry["key"],
        "file": f"{entry['file_id']} {_name(found, entry['file_id']) or ''}",
        "row": entry["row_number"],
        "line": entry["line_number"],
        "column": entry["column_name"],
        "code": entry["code"],
        "message": entry["message"],
    }


def _report_nothing(found: Trace, shown: str) -> None:
    entity = found.entity
    ways = [" / ".join(entity.key), *entity.unique, *([SYSTEM_ID.name] if entity.master else [])]
    complain(f"Nothing is known of {entity.name} {shown}: no record or rejected row has this {', or '.join(ways)}.")
    if found.near:
        complain(f"Similar: {', '.join(found.near)}")
