"""Which stored record each row means: by system_id, else by the external key, else by what names it.

Rows of the same record are settled as the importer says; rows that mean none or several are rejected, and so are those
whose key belongs to another.
"""

from collections.abc import Sequence

from psycopg import sql

from wiseparts_pipeline.config.importer import Duplicates
from wiseparts_pipeline.entities.schema import SYSTEM_ID
from wiseparts_pipeline.importing.faults import RowCode
from wiseparts_pipeline.importing.loading.rows import RECORD, Rows


def match(rows: Rows, may_repeat: Sequence[tuple[str, ...]]) -> int:
    """Finds the records, settles duplicates and rejects conflicts; returns how many rows another one superseded.

    `may_repeat`: the keys that may come twice in the file.
    """
    superseded = sum(_settle_duplicates(rows, columns) for columns in may_repeat)
    if rows.entity.master and _may_mean_another_record(rows):
        _find_records(rows)
        superseded += _settle_duplicates(rows, (RECORD,))
    for column in rows.entity.unique:
        if column in rows.columns:
            _reject_conflicts(rows, column)
    return superseded


def _may_mean_another_record(rows: Rows) -> bool:
    """Whether a row may say otherwise than by the external key which record it means."""
    if SYSTEM_ID.name in rows.columns:
        return True
    (key,) = rows.entity.key
    if rows.entity.matched_by not in rows.columns:
        return False
    return key not in rows.columns or bool(
        rows.scalar("select exists (select from {table} where {key} is null)", key=sql.Identifier(key))
    )


def _find_records(rows: Rows) -> None:
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


def _fill_in_key(rows: Rows, key: str) -> None:
    """Gives the rows that mean their record otherwise its external key, which an empty cell does not clear."""
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


def _reject_unknown_system_ids(rows: Rows) -> None:
    rows.add_faults(
        "from {table} as staged where staged.{id} is not null and staged.{record} is null",
        RowCode.UNKNOWN_SYSTEM_ID,
        [SYSTEM_ID.name],
        sql.SQL("'There is no record of {} with system_id ' || staged.{} || {}").format(
            sql.SQL(rows.entity.name),
            sql.Identifier(SYSTEM_ID.name),
            sql.Literal(". Take it from the exported list of IDs, or leave the cell empty to go by the key."),
        ),
        id=sql.Identifier(SYSTEM_ID.name),
        record=sql.Identifier(RECORD),
    )


def _find_by(rows: Rows, name: str, keyless: sql.Composable) -> None:
    """Finds the record of rows that give no key by a column that several records may have the same value in."""
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
        sql.SQL("{} || staged.{} || ' is that of ' || several.times || ' records (' || {} || {}").format(
            sql.Literal(f"{name} "),
            sql.Identifier(name),
            sql.SQL("left(several.keys, 200)"),
            sql.Literal(f"). Give the {rows.entity.key[0]} of the one that is meant."),
        ),
        column_name=None,
        waits=False,
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


def _settle_duplicates(rows: Rows, columns: tuple[str, ...]) -> int:
    if not _has_duplicates(rows, columns):
        return 0
    if rows.rules.duplicates is not Duplicates.REJECT:
        return _supersede(rows, columns)
    _reject_duplicates(rows, columns)
    return 0


def _has_duplicates(rows: Rows, columns: Sequence[str]) -> bool:
    return bool(
        rows.scalar(
            "select exists (select from {table} where {present} group by {key} having count(*) > 1)",
            key=rows.names(columns),
            present=_all_present(rows, columns),
        )
    )


def _reject_duplicates(rows: Rows, columns: Sequence[str]) -> None:
    is_record = RECORD in columns
    name = "The record with system_id" if is_record else ", ".join(columns)
    rows.add_faults(
        """
        from (
            select *, min({row}) over same as first_row, max({row}) over same as last_row,
                count(*) over same as times
            from {table} where {present}
            window same as (partition by {key})
        ) as staged
        where times > 1 and not exists (
            select from {faults} as fault
            where fault.row_number = staged.{row} and fault.code = {duplicate} and {is_record}
        )
        """,
        RowCode.DUPLICATE_IN_FILE,
        columns,
        sql.SQL(
            "{name} || ' ' || {value} || ' stands ' || times || ' times in the file, first in row ' || first_row"
            " || ' and last in row ' || last_row || '. Send it once.'"
        ).format(name=sql.Literal(name), value=rows.joined(columns, ", ")),
        column_name=SYSTEM_ID.name if is_record else None,
        # Rows of one key are rows of one record as well: that is said once.
        is_record=sql.Literal(is_record),
        key=rows.names(columns),
        present=_all_present(rows, columns),
        duplicate=sql.Literal(RowCode.DUPLICATE_IN_FILE.value),
    )


def _supersede(rows: Rows, columns: Sequence[str]) -> int:
    direction = "asc" if rows.rules.duplicates is Duplicates.FIRST else "desc"
    return rows.execute(
        """
        delete from {table} as staged using (
            select {row}, row_number() over (partition by {key} order by {row} {direction}) as place
            from {table} where {present}
        ) as ranked
        where ranked.{row} = staged.{row} and ranked.place > 1
        """,
        key=rows.names(columns),
        present=_all_present(rows, columns),
        direction=sql.SQL(direction),
    )


def _reject_conflicts(rows: Rows, column: str) -> None:
    """Rejects the rows whose value of a unique column belongs to another record than the one they mean."""
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
    rows.add_faults(
        "from {table} as staged join {target} as other on other.{column} = staged.{column}"
        " where ({same}) is not true and not exists"
        " (select from {faults} as fault where fault.row_number = staged.{row} and fault.code = {unknown})",
        RowCode.IDENTITY_CONFLICT,
        [column],
        sql.SQL("{} || staged.{} || ' belongs to ' || {} || ' already. Correct one of the two.'").format(
            sql.Literal(f"{column} "),
            sql.Identifier(column),
            sql.SQL("'the record with system_id ' || other.system_id")
            if column in rows.entity.key
            else sql.SQL("{} || case when other._deleted_at is null then '' else ' (deleted)' end").format(
                rows.key_text("other")
            ),
        ),
        column=sql.Identifier(column),
        same=same,
        unknown=sql.Literal(RowCode.UNKNOWN_SYSTEM_ID.value),
    )


def _all_present(rows: Rows, columns: Sequence[str]) -> sql.Composable:
    return sql.SQL(" and ").join(sql.SQL("{} is not null").format(sql.Identifier(name)) for name in columns)
