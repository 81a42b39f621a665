"""Resolves the hierarchy of staged rows, and cascades their changes to the records below."""

from psycopg import sql

from wiseparts_pipeline.entities.schema import SYSTEM_ID, Hierarchy
from wiseparts_pipeline.importing.faults import RowCode
from wiseparts_pipeline.importing.loading.hierarchy.paths import Record, moved_paths
from wiseparts_pipeline.importing.loading.hierarchy.tree import Row, resolve
from wiseparts_pipeline.importing.loading.statements import RECORD, Statements


def resolve_hierarchy(rows: Statements) -> None:
    """Rejects the rows that cannot be where they say, and writes parent and name into the others."""
    tree = rows.entity.hierarchy
    if tree is None or not {tree.parent, tree.path} & set(rows.columns):
        return
    resolved = resolve(
        _rows_of(rows, tree),
        _stored_records(rows, tree, except_renamed=True),
        gives_parent=tree.parent in rows.columns,
        gives_name=tree.name in rows.columns,
        path_label=rows.label(tree.path),
        parent_source=rows.source(tree.parent),
    )
    with rows.connection.cursor() as cursor:
        faults = rows.format("copy {faults} (row_number, column_name, code, message) from stdin")
        with cursor.copy(faults) as copy:
            for row, fault in resolved.faults.items():
                column = tree.path if fault.code in (RowCode.PATH_CONFLICT, RowCode.BAD_FORMAT) else tree.parent
                copy.write_row((row, column, fault.code.value, fault.message))
        rows.execute("create unlogged table {parents} (row_number bigint, parent text, name text)")
        with cursor.copy(rows.format("copy {parents} from stdin")) as copy:
            for row, parent in resolved.parents.items():
                copy.write_row((row, parent, resolved.names[row]))
    rows.execute(
        "update {faults} as fault set key = {key}, value = staged.{path} from {table} as staged"
        " where fault.row_number = staged.{row} and fault.key is null",
        key=rows.key_text("staged"),
        path=sql.Identifier(tree.path if tree.path in rows.columns else tree.parent),
    )
    for column in (tree.parent, tree.name):
        if column not in rows.columns:
            rows.execute("alter table {table} add column {column} text", column=sql.Identifier(column))
            rows.columns.append(column)
    rows.execute(
        "update {table} as staged set {parent} = resolved.parent, {name} = resolved.name from {parents} as resolved"
        " where resolved.row_number = staged.{row}",
        parent=sql.Identifier(tree.parent),
        name=sql.Identifier(tree.name),
    )


def _rows_of(rows: Statements, tree: Hierarchy) -> list[Row]:
    (key,) = rows.entity.key
    given = [name if name in rows.columns else None for name in (key, tree.parent, tree.path, tree.name)]
    columns = [sql.Identifier("staged", name) if name else sql.SQL("null") for name in given]
    found = rows.connection.execute(
        rows.format(
            """
            select staged.{row}, coalesce({given_key}, stored.{key}), {rest}
            from {table} as staged left join {target} as stored on {same}
            where not exists (select from {faults} as fault where fault.row_number = staged.{row})
            order by staged.{row}
            """,
            same=rows.same_record(),
            key=sql.Identifier(key),
            given_key=columns[0],
            rest=sql.SQL(", ").join(columns[1:]),
        )
    )
    return [Row(*row) for row in found]


def _stored_records(rows: Statements, tree: Hierarchy, *, except_renamed: bool = False) -> dict[str, Record]:
    """The records by key, deleted ones left out; `except_renamed`: also those whose key a row of the file changes."""
    (key,) = rows.entity.key
    renamed: sql.Composable = sql.SQL("false")
    if except_renamed and rows.has_record and key in rows.columns:
        renamed = rows.format(
            "exists (select from {table} as staged where staged.{record} = stored.{id}"
            " and staged.{key} <> stored.{key})",
            record=sql.Identifier(RECORD),
            id=sql.Identifier(SYSTEM_ID.name),
            key=sql.Identifier(key),
        )
    found = rows.connection.execute(
        rows.format(
            "select {columns} from {target} as stored"
            " where stored._deleted_at is null and stored.{key} is not null and not {renamed}",
            columns=rows.names([key, tree.parent, tree.path, tree.name], "stored"),
            key=sql.Identifier(key),
            renamed=renamed,
        )
    )
    return {row[0]: Record(*row[1:]) for row in found}


def renamed_keys(rows: Statements) -> list[tuple[str, str]]:
    """The keys of stored records that the rows change, with the new ones."""
    if not rows.has_record:
        return []
    return rows.connection.execute(
        rows.format(
            "select stored.{key}, staged.{key} from {table} as staged join {target} as stored on {same}"
            " where stored.{key} <> staged.{key}",
            key=sql.Identifier(*rows.entity.key),
            same=rows.same_record(),
        )
    ).fetchall()


def cascade_changes(rows: Statements, tree: Hierarchy, renamed: list[tuple[str, str]]) -> None:
    """Updates the records below renamed or moved ones: the keys of their parents, and their paths."""
    _change(rows, tree.parent, dict(renamed), where=tree.parent)
    _change(rows, tree.path, moved_paths(_stored_records(rows, tree)), where=rows.entity.key[0])


def _change(rows: Statements, column: str, values: dict[str, str], *, where: str) -> None:
    if values:
        rows.connection.execute(
            rows.format(
                "update {target} as stored set {column} = new.value, _updated_at = {moment}"
                " from unnest(%s::text[], %s::text[]) as new (key, value) where stored.{where} = new.key",
                column=sql.Identifier(column),
                where=sql.Identifier(where),
            ),
            [list(values), list(values.values())],
        )
