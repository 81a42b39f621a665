"""`wiseparts export-ids`: the system ids of an entity's records, as a file that can be imported."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, BinaryIO

import typer
from psycopg import sql

from wiseparts_pipeline.cli.arguments import entity_named
from wiseparts_pipeline.cli.output import out as screen
from wiseparts_pipeline.cli.output import print_json
from wiseparts_pipeline.entities import ENTITIES
from wiseparts_pipeline.entities.schema import SYSTEM_ID, Entity
from wiseparts_pipeline.warehouse import Connection, Warehouse
from wiseparts_pipeline.warehouse.tables import table_name


def export_ids(
    entity: Annotated[str, typer.Argument(metavar="ENTITY", help="Master data, such as customers.")],
    out: Annotated[Path | None, typer.Option(metavar="PATH", help="Write to this file instead of the screen.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the same as JSON.")] = False,
) -> None:
    """Write the system_id and external key of every record as CSV, ordered by key.

    The file also has the columns that every row of the entity needs, so it can be imported as it is: a row with a known
    system_id changes that record, including its external key.
    """
    exported = entity_named(entity)
    if not exported.master:
        masters = ", ".join(name for name, each in ENTITIES.items() if each.master)
        raise typer.BadParameter(f"{entity} have no system_id; these have: {masters}", param_hint="ENTITY")
    if out is not None and as_json:
        raise typer.BadParameter("prints to the screen and cannot be combined with --out", param_hint="--json")
    with Warehouse.open() as warehouse, warehouse.connect() as connection:
        if as_json:
            rows = connection.execute(_query(exported)).fetchall()
            print_json([dict(zip(_columns(exported), row, strict=True)) for row in rows])
        elif out is None:
            _write(connection, exported, sys.stdout.buffer)
        else:
            with _atomic(out) as file:
                count = _write(connection, exported, file)
            screen.print(f"{count:,} records of {entity} are in {out}.")


def _columns(entity: Entity) -> list[str]:
    # A file without a required column would be refused.
    required = [column.name for column in entity.columns if column.required]
    return list(dict.fromkeys([SYSTEM_ID.name, *entity.key, *entity.unique, *required]))


def _query(entity: Entity) -> sql.Composed:
    return sql.SQL("select {columns} from {table} where _deleted_at is null order by {key}, system_id").format(
        columns=sql.SQL(", ").join(map(sql.Identifier, _columns(entity))),
        table=table_name(entity),
        key=sql.SQL(", ").join(map(sql.Identifier, entity.key)),
    )


def _write(connection: Connection, entity: Entity, file: BinaryIO) -> int:
    """Stream the records to the file; returns how many there are."""
    with connection.cursor() as cursor:
        with cursor.copy(sql.SQL("copy ({}) to stdout (format csv, header)").format(_query(entity))) as copy:
            for data in copy:
                file.write(data)
        return cursor.rowcount


@contextmanager
def _atomic(path: Path) -> Iterator[BinaryIO]:
    """A file that replaces the one at the path once it is complete."""
    target = path.resolve()
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        with part.open("xb") as file:
            yield file
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
