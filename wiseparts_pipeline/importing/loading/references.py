"""Rows that refer to records that do not exist: rejected, deferred or counted, as the reference's policy says."""

from collections import Counter

from psycopg import sql

from wiseparts_pipeline.config.importer import Mode
from wiseparts_pipeline.entities.schema import Policy
from wiseparts_pipeline.importing.faults import RowCode, WarningCode
from wiseparts_pipeline.importing.loading.statements import FAULT_MESSAGE, Statements, message

_REJECTED = ". Send it first, then this row again."
_DEFERRED = " yet. The row waits and is loaded automatically when it arrives."


def reject_unknown_references(rows: Statements) -> None:
    """Notes a fault of each row with an unknown reference under the policy `reject`."""
    for name in referring_columns(rows, Policy.REJECT):
        rows.add_faults(
            "from {table} as staged where {unknown}",
            RowCode.UNKNOWN_REFERENCE,
            [name],
            _message(rows, name, _REJECTED),
            unknown=_is_unknown(rows, name),
        )


def defer_rows(rows: Statements) -> int:
    """Moves the rows with an unknown reference under the policy `wait` to `{waiting}`, and notes what they wait for.

    Returns how many there are.
    """
    names = referring_columns(rows, Policy.WAIT)
    if not names:
        return 0
    deferred = rows.execute(
        """
        with moved as (delete from {table} as staged where {unknown} returning staged.*)
        insert into {waiting} (file_id, row_number, entity, key, {columns})
        select {file_id}, staged.{row}, {entity}, {key}, {values} from moved as staged
        """,
        unknown=sql.SQL(" or ").join(_is_unknown(rows, name) for name in names),
        file_id=sql.Literal(rows.rules.file_id),
        entity=sql.Literal(rows.entity.name),
        key=rows.key_text("staged"),
        columns=rows.names(rows.columns),
        values=rows.names(rows.columns, "staged"),
    )
    if not deferred:
        return 0
    # The planner would take them for a few, and look through all records for each.
    rows.execute("analyze {waiting} (file_id)")
    rows.execute(
        """
        insert into ops.waiting_files (file_id, columns, awaits, append, protect)
        values ({file_id}, {columns}, {awaits}, {append}, {protect})
        """,
        file_id=sql.Literal(rows.rules.file_id),
        columns=sql.Literal(rows.columns),
        awaits=sql.Literal(names),
        append=sql.Literal(rows.rules.mode is Mode.APPEND),
        protect=sql.SQL("{}::text[]").format(sql.Literal(list(rows.rules.protect))),
    )
    faults = [
        rows.format(
            "select row_number, key, {name} as column_name, {message} as message, {column}::text as value"
            " from {waiting} as staged where file_id = {file_id} and {unknown}",
            name=sql.Literal(name),
            message=_message(rows, name, _DEFERRED),
            column=sql.Identifier(name),
            file_id=sql.Literal(rows.rules.file_id),
            unknown=_is_unknown(rows, name),
        )
        for name in names
    ]
    rows.execute(
        """
        insert into ops.deferred_entries (file_id, row_number, entity, key, column_name, code, message, value)
        select {file_id}, row_number, {entity}, key, column_name, {code}, {message}, value
        from ({faults}) as fault order by row_number
        """,
        file_id=sql.Literal(rows.rules.file_id),
        entity=sql.Literal(rows.entity.name),
        code=sql.Literal(RowCode.UNKNOWN_REFERENCE.value),
        message=FAULT_MESSAGE,
        faults=sql.SQL(" union all ").join(faults),
    )
    return deferred


def count_unknown_references(rows: Statements) -> Counter[str]:
    """Counts, as a warning, the unknown references under the policy `warn`."""
    names = referring_columns(rows, Policy.WARN)
    if not names:
        return Counter()
    joins, sums = [], []
    for index, name in enumerate(names):
        reference = rows.entity.references[name]
        parts = {
            "entity": sql.Identifier("raw", reference.entity),
            "other": sql.Identifier(f"other_{index}"),
            "referenced": sql.Identifier(reference.column),
            "column": sql.Identifier(name),
        }
        joins.append(
            sql.SQL(
                "left join {entity} as {other} on {other}.{referenced} = staged.{column}"
                " and {other}._deleted_at is null"
            ).format(**parts)
        )
        sums.append(
            sql.SQL("count(*) filter (where staged.{column} is not null and {other}.{referenced} is null)").format(
                **parts
            )
        )
    count = rows.scalar(
        "select {sums} from {table} as staged {joins}", sums=sql.SQL(" + ").join(sums), joins=sql.SQL(" ").join(joins)
    )
    return Counter({WarningCode.UNKNOWN_REFERENCE: count}) if count else Counter()


def referring_columns(rows: Statements, policy: Policy) -> list[str]:
    """The columns of the file that refer to other records under this policy."""
    return [name for name in rows.entity.references if name in rows.columns and rows.rules.policies.get(name) is policy]


def _is_unknown(rows: Statements, name: str) -> sql.Composable:
    """The condition that the record does not exist that the row called staged refers to."""
    reference = rows.entity.references[name]
    return sql.SQL(
        "staged.{column} is not null and not exists (select from {other} as other"
        " where other.{referenced} = staged.{column} and other._deleted_at is null)"
    ).format(
        column=sql.Identifier(name),
        other=sql.Identifier("raw", reference.entity),
        referenced=sql.Identifier(reference.column),
    )


def _message(rows: Statements, name: str, advice: str) -> sql.Composable:
    reference = rows.entity.references[name]
    return message(
        RowCode.UNKNOWN_REFERENCE.template,
        entity=reference.entity,
        label=reference.column,
        value=sql.Identifier("staged", name),
        advice=advice,
    )
