"""Other places with words about a person: Dagster's storage, log files, and what is left anywhere in the database."""

from collections import Counter
from pathlib import Path

from psycopg import sql

from wiseparts_pipeline.forgetting.texts import Texts
from wiseparts_pipeline.retention.logs import log_files
from wiseparts_pipeline.warehouse import Connection

# How often what Dagster has changed meanwhile is read again; `remains` tells what is left.
_TRIES = 5
_TEXTUAL = "('text', 'character varying', 'json', 'jsonb', 'text[]')"


def hide_in_dagster(connection: Connection, texts: Texts) -> Counter[str]:
    """Takes the texts out of what Dagster has stored about runs; returns how many rows were changed, by table.

    Dagster keeps writing meanwhile. What it has written since it was read is read again.
    """
    counts: Counter[str] = Counter()
    for schema, table, column, type_ in _columns(connection, "nspname = 'dagster'"):
        query = sql.SQL("update {} set {column} = %s::{} where ctid = %s::tid and {column}::text = %s").format(
            sql.Identifier(schema, table), sql.SQL(type_), column=sql.Identifier(column)
        )
        for _ in range(_TRIES):
            found = [
                (hidden, place, value)
                for place, value in _with_any(connection, schema, table, column, texts)
                if (hidden := texts.hidden_json(value)) != value
            ]
            if not found:
                break
            counts[f"{schema}.{table}"] += sum(connection.execute(query, each).rowcount for each in found)
    return counts


def hide_in_logs(home: Path, texts: Texts, *, dry_run: bool) -> Counter[str]:
    """Takes the texts out of log files; returns how many times by file. Each is written in place, as it may be open."""
    counts: Counter[str] = Counter()
    for path in log_files(home) if texts.all else ():
        before = "" if path.is_symlink() else _text(path)
        after = texts.hidden(before)
        if after == before:
            continue
        counts[str(path)] = 1
        if not dry_run:
            with path.open("r+b") as file:
                file.write(after.encode())
                file.truncate()
    return counts


def _text(path: Path) -> str:
    """The text of a file; empty for anything else, which would be broken."""
    data = path.read_bytes()
    try:
        return "" if b"\0" in data else data.decode()
    except UnicodeDecodeError:
        return ""


def remains(connection: Connection, texts: Texts) -> Counter[str]:
    """Where one of the texts still is in the database: how many rows, by table and column."""
    counts: Counter[str] = Counter()
    if not texts.all:
        return counts
    for schema, table, column, _ in _columns(
        connection, "nspname not like 'pg\\_%%' and nspname <> 'information_schema'"
    ):
        if rows := _with_any(connection, schema, table, column, texts):
            counts[f"{schema}.{table}.{column}"] = len(rows)
    return counts


def _columns(connection: Connection, condition: str) -> list[tuple[str, str, str, str]]:
    return connection.execute(
        f"""
        select nspname, relname, attname, format_type(atttypid, null)
        from pg_class inner join pg_namespace on pg_namespace.oid = relnamespace
        inner join pg_attribute on attrelid = pg_class.oid
        where relkind in ('r', 'm') and attnum > 0 and not attisdropped
            and format_type(atttypid, null) in {_TEXTUAL} and {condition}
        order by 1, 2, 3
        """.replace("%%", "%").encode()  # noqa: S608
    ).fetchall()


def _with_any(connection: Connection, schema: str, table: str, column: str, texts: Texts) -> list[tuple[str, str]]:
    """The place and the text of each value that has one of the texts in it."""
    rows = connection.execute(
        sql.SQL(
            "select ctid::text, {0}::text from only {1}"
            " where exists (select from unnest(%s::text[]) as form where position(form in {0}::text) > 0)"
        ).format(sql.Identifier(column), sql.Identifier(schema, table)),
        [texts.forms],
    )
    return [(place, value) for place, value in rows if texts.are_in(value)]
