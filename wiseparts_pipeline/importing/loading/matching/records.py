"""Which stored record each row means: by system_id, else by the external key, else by a name.

Rows that mean no record or several are rejected, and so are those whose key belongs to another record.
"""

from collections.abc import Sequence

from psycopg import sql

from wiseparts_pipeline.config.records.duplicates import Combine
from wiseparts_pipeline.entities.schema import SYSTEM_ID
from wiseparts_pipeline.importing.faults import RowCode
from wiseparts_pipeline.importing.loading.matching.added import keep_added_values
from wiseparts_pipeline.importing.loading.matching.duplicates import resolve_duplicates
from wiseparts_pipeline.importing.loading.matching.parts import combine_parts
from wiseparts_pipeline.importing.loading.matching.protection import protect_stored_values
from wiseparts_pipeline.importing.loading.statements import RECORD, Statements, message


def match(rows: Statements, may_repeat: Sequence[tuple[str, ...]]) -> int:
    """Finds the records, resolves duplicates and rejects conflicts; returns how many rows are superseded by others.

    `may_repeat`: the keys that may occur twice in the file.
    """
    if isinstance(rows.rules.duplicates, Combine):
        superseded = combine_parts(rows, rows.rules.duplicates)
    else:
        superseded = sum(resolve_duplicates(rows, columns) for columns in may_repeat)
    if rows.entity.master and _needs_record(rows):
        _find_records(rows)
        superseded += resolve_duplicates(rows, (RECORD,))
    for column in rows.entity.unique:
        if column in rows.columns:
            _reject_conflicts(rows, column)
    protect_stored_values(rows)
    keep_added_values(rows)
    return superseded


def _needs_record(rows: Statements) -> bool:
    """Whether a row may name its record in another way than by the external key."""
    if SYSTEM_ID.name in rows.columns:
        return True
    (key,) = rows.entity.key
    if rows.entity.matched_by not in rows.columns:
        return False
    return key not in rows.columns or bool(
        rows.scalar("select exists (select from {table} where {key} is null)", key=sql.Identifier(key))
    )


def _find_records(rows: Statements) -> None:
    """Notes which stored record each row means: by system_id, else by the external key, else by name."""
    (key,) = rows.entity.key
    names = {"record": sql.Identifier(RECORD), "key": sql.Identifier(key), "id": sql.Identifier(SYSTEM_ID.name)}
    has_id, has_key = SYSTEM_ID.name in rows.columns, key in rows.columns
    rows.execute("alter table {table} add column {record} uuid", **names)
    rows.has_record = True
    no_id = rows.format("staged.{id} is null" if has_id else "true", **names)
    no_key = rows.format("staged.{key} is null" if has_key else "true", **names)
    if has_id:
        rows.execute(
            "update {table} as staged set {record} = stored.{id} from {target} as stored"
            " where stored.{id} = staged.{id}",
            **names,
        )
        _reject_unknown_system_ids(rows)
    if has_key:
        rows.execute(
            "update {table} as staged set {record} = stored.{id} from {target} as stored"
            " where {no_id} and stored.{key} = staged.{key}",
            no_id=no_id,
            **names,
        )
    if has_id and has_key:
        _reject_conflicts(rows, key)
    if rows.entity.matched_by in rows.columns:
        assert rows.entity.matched_by is not None
        _find_by(rows, rows.entity.matched_by, sql.SQL("{} and {}").format(no_id, no_key))
    _fill_in_key(rows, key)


def _fill_in_key(rows: Statements, key: str) -> None:
    """Gives rows without an external key that of their record, as an empty cell does not clear it."""
    if key not in rows.columns:
        rows.execute("alter table {table} add column {key} text", key=sql.Identifier(key))
        rows.columns.append(key)
    rows.execute(
        "update {table} as staged set {key} = stored.{key} from {target} as stored"
        " where staged.{key} is null and stored.{id} = staged.{record}",
        key=sql.Identifier(key),
        id=sql.Identifier(SYSTEM_ID.name),
        record=sql.Identifier(RECORD),
    )


def _reject_unknown_system_ids(rows: Statements) -> None:
    rows.add_faults(
        "from {table} as staged where staged.{id} is not null and staged.{record} is null",
        RowCode.UNKNOWN_SYSTEM_ID,
        [SYSTEM_ID.name],
        message(
            RowCode.UNKNOWN_SYSTEM_ID.template,
            entity=rows.entity.name,
            value=sql.Identifier("staged", SYSTEM_ID.name),
        ),
        id=sql.Identifier(SYSTEM_ID.name),
        record=sql.Identifier(RECORD),
    )


def _find_by(rows: Statements, name: str, keyless: sql.Composable) -> None:
    """Finds the record of rows without a key by a column in which several records may have the same value."""
    parts = {
        "keyless": keyless,
        "name": sql.Identifier(name),
        "key": sql.Identifier(*rows.entity.key),
        "id": sql.Identifier(SYSTEM_ID.name),
    }
    rows.add_faults(
        """
        from {table} as staged join (
            select stored.{name} as name, count(*) as times,
                string_agg(stored.{key}, ', ' order by stored.{key}) as keys
            from {target} as stored where stored._deleted_at is null
                and exists (select from {table} as staged where {keyless} and staged.{name} = stored.{name})
            group by stored.{name} having count(*) > 1
        ) as several on several.name = staged.{name}
        where {keyless}
        """,
        RowCode.AMBIGUOUS_MATCH,
        [name],
        message(
            RowCode.AMBIGUOUS_MATCH.template,
            label=rows.label(name),
            value=sql.Identifier("staged", name),
            times=sql.Identifier("several", "times"),
            keys=sql.SQL("left(several.keys, 200)"),
            key=rows.entity.key[0],
        ),
        column_name=None,
        **parts,
    )
    rows.execute(
        """
        update {table} as staged set {record} = stored.{id} from {target} as stored
        where {keyless} and stored.{name} = staged.{name} and stored._deleted_at is null
            and not exists (select from {faults} as fault where fault.row_number = staged.{row})
        """,
        record=sql.Identifier(RECORD),
        **parts,
    )


def _reject_conflicts(rows: Statements, column: str) -> None:
    """Rejects the rows whose value in a unique column belongs to another record than the one they mean."""
    if rows.has_record:
        same = rows.format(
            "other.{id} = staged.{record}",
            id=sql.Identifier(SYSTEM_ID.name),
            record=sql.Identifier(RECORD),
        )
    else:
        same = rows.format(
            "({other}) is not distinct from ({staged})",
            other=rows.names(rows.entity.key, "other"),
            staged=rows.names(rows.entity.key, "staged"),
        )
    owner: sql.Composable = sql.SQL("'the record with system_id ' || other.system_id")
    if column not in rows.entity.key:
        deleted = sql.SQL("{} || case when other._deleted_at is null then '' else ' (deleted)' end")
        owner = deleted.format(rows.key_text("other"))
    rows.add_faults(
        "from {table} as staged join {target} as other on other.{column} = staged.{column}"
        " where ({same}) is not true and not exists"
        " (select from {faults} as fault where fault.row_number = staged.{row} and fault.code = {unknown})",
        RowCode.IDENTITY_CONFLICT,
        [column],
        message(
            RowCode.IDENTITY_CONFLICT.template,
            label=rows.label(column),
            value=sql.Identifier("staged", column),
            owner=owner,
        ),
        column=sql.Identifier(column),
        same=same,
        unknown=sql.Literal(RowCode.UNKNOWN_SYSTEM_ID.value),
    )
