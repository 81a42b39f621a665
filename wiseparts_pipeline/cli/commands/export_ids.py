"""`wiseparts export-ids`: the system ids of an entity's records, as a file that can be imported."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, BinaryIO

import typer
from psycopg import sql

from wiseparts_pipeline.cli.commands.trace import entity_named
from wiseparts_pipeline.cli.output import out as screen
from wiseparts_pipeline.cli.output import print_json
from wiseparts_pipeline.entities import ENTITIES
from wiseparts_pipeline.entities.schema import SYSTEM_ID, Entity
from wiseparts_pipeline.warehouse import Connection, Warehouse
from wiseparts_pipeline.warehouse.tables import table_name


def export_ids(
    entity: Annotated[str, typer.Argument(metavar="ENTITY", help="Master data, such as customers.")],
    out: Annotated[Path | None, typer.Option(metavar="PATH", help="Write it there instead of on the screen.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the same as JSON.")] = False,
) -> None:
    """Write system_id and external key of every record as CSV, ordered by key.

    Further columns are those that a row of the entity must have. An importer of the entity takes the file as it is; a
    row whose system_id is known changes that record, its external key included.
    """
    exported = entity_named(entity)
    if not exported.master:
        masters = ", ".join(name for name, each in ENTITIES.items() if each.master)
        raise typer.BadParameter(f"{entity} have no system_id; these have: {masters}", param_hint="ENTITY")
    if out is not None and as_json:
        raise typer.BadParameter("goes to the screen; leave --out away", param_hint="--json")
    with Warehouse.open() as warehouse, warehouse.connect() as connection:
        if as_json:
            rows = connection.execute(_query(exported)).fetchall()
            print_json([dict(zip(_columns(exported), row, strict=True)) for row in rows])
        elif out is None:
            _write(connection, exported, sys.stdout.buffer)
        else:
            with _whole(out) as file:
                count = _write(connection, exported, file)
            screen.print(f"{count:,} records of {entity} are in {out}.")


def _columns(entity: Entity) -> list[str]:
    # A file without a column that every row must have would be refused.
    required = [column.name for column in entity.columns if column.required]
    return list(dict.fromkeys([SYSTEM_ID.name, *entity.key, *entity.unique, *required]))


def _query(entity: Entity) -> sql.Composed:
    return sql.SQL("select {columns} from {table} where _deleted_at is null order by {key}, system_id").format(
        columns=sql.SQL(", ").join(map(sql.Identifier, _columns(entity))),
        table=table_name(entity),
        key=sql.SQL(", ").join(map(sql.Identifier, entity.key)),
    )


def _write(connection: Connection, entity: Entity, file: BinaryIO) -> int:
    """Streams the records; returns how many there are."""
    with connection.cursor() as cursor:
        with cursor.copy(sql.SQL("copy ({}) to stdout (format csv, header)").format(_query(entity))) as copy:
            for data in copy:
                file.write(data)
        return cursor.rowcount


@contextmanager
def _whole(path: Path) -> Iterator[BinaryIO]:
    """A file that stands at the path once it is complete; what stood there stays until then."""
    target = path.resolve()
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        with part.open("xb") as file:
            yield file
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
