"""Values that were added to records of others: `ops.column_origins` says of a column what was written there last.

Files of those whose record it is say nothing against such a value as long as they have an empty cell there, or still
what it replaced.
"""

from psycopg import sql

from wiseparts_pipeline.entities.schema import Entity, Type
from wiseparts_pipeline.importing.loading.statements import Statements


def digest(entity: Entity, column: str, table: str, named: str | None = None) -> sql.Composable:
    """What is equal for equal values of a column, null for an empty one. `named`: its name there, if it is another."""
    value = sql.Identifier(table, named or column)
    numeric = next(each.type for each in entity.columns if each.name == column) in (Type.MONEY, Type.NUMBER)
    text = sql.SQL("trim_scale({})::text" if numeric else "{}::text").format(value)
    return sql.SQL("hashtextextended({}, 0)").format(text)


def keep_added_values(rows: Statements) -> None:
    """Gives rows the values that were added, unless they have something new to say."""
    if not rows.entity.master:
        return
    added = rows.connection.execute(
        "select distinct column_name from ops.column_origins where entity = %s", [rows.entity.name]
    ).fetchall()
    for (column,) in added:
        if column not in rows.columns:
            continue
        rows.execute(
            """
            update {table} as staged set {column} = stored.{column}
            from {target} as stored inner join ops.column_origins as origin
                on origin.entity = {entity} and origin.system_id = stored.system_id and origin.column_name = {name}
            where {same} and origin.digest = {stored}
                and (staged.{column} is null or {staged} = origin.replaced)
            """,
            column=sql.Identifier(column),
            name=sql.Literal(column),
            entity=sql.Literal(rows.entity.name),
            same=rows.same_record(),
            stored=digest(rows.entity, column, "stored"),
            staged=digest(rows.entity, column, "staged"),
        )
