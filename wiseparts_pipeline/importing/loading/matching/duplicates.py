"""Rows of one file with the same key: rejected, or superseded by the first or last of them."""

from collections.abc import Sequence

from psycopg import sql

from wiseparts_pipeline.config.records.duplicates import Duplicates
from wiseparts_pipeline.entities.schema import SYSTEM_ID
from wiseparts_pipeline.importing.faults import RowCode
from wiseparts_pipeline.importing.loading.statements import RECORD, REPEATED, Statements, message


def resolve_duplicates(rows: Statements, columns: tuple[str, ...]) -> int:
    """Resolves rows with the same values in these columns as the importer says; returns how many are superseded."""
    if not _has_duplicates(rows, columns):
        return 0
    if rows.rules.duplicates is not Duplicates.REJECT:
        return _supersede(rows, columns)
    _reject_duplicates(rows, columns)
    return 0


def _has_duplicates(rows: Statements, columns: Sequence[str]) -> bool:
    return bool(
        rows.scalar(
            "select exists (select from {table} where {present} group by {key} having count(*) > 1)",
            key=rows.names(columns),
            present=_all_present(rows, columns),
        )
    )


def _reject_duplicates(rows: Statements, columns: Sequence[str]) -> None:
    is_record = RECORD in columns
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
        message(
            RowCode.DUPLICATE_IN_FILE.template,
            label="The record with system_id" if is_record else rows.label(*columns),
            value=rows.joined(columns, ", "),
            times=sql.Identifier("times"),
            first_row=sql.Identifier("first_row"),
            last_row=sql.Identifier("last_row"),
        ),
        column_name=SYSTEM_ID.name if is_record else None,
        # Rows of one key are rows of one record as well, which is reported once.
        is_record=sql.Literal(is_record),
        key=rows.names(columns),
        present=_all_present(rows, columns),
        duplicate=sql.Literal(RowCode.DUPLICATE_IN_FILE.value),
    )


def _supersede(rows: Statements, columns: Sequence[str]) -> int:
    if rows.rules.protect:
        _note_repeated(rows, columns)
    direction = "asc" if rows.rules.duplicates is Duplicates.FIRST else "desc"
    return rows.execute(
        """
        delete from {table} as staged using (
            select {row}, row_number() over (partition by {key} order by {row} {direction}) as position
            from {table} where {present}
        ) as ranked
        where ranked.{row} = staged.{row} and ranked.position > 1
        """,
        key=rows.names(columns),
        present=_all_present(rows, columns),
        direction=sql.SQL(direction),
    )


def _note_repeated(rows: Statements, columns: Sequence[str]) -> None:
    """Notes which rows are not the only ones of their record, before the others are gone."""
    if not rows.has_repeated:
        rows.execute(
            "alter table {table} add column {repeated} boolean not null default false",
            repeated=sql.Identifier(REPEATED),
        )
        rows.has_repeated = True
    rows.execute(
        """
        update {table} as staged set {repeated} = true from (
            select {row}, count(*) over (partition by {key}) as times from {table} where {present}
        ) as counted
        where counted.{row} = staged.{row} and counted.times > 1
        """,
        repeated=sql.Identifier(REPEATED),
        key=rows.names(columns),
        present=_all_present(rows, columns),
    )


def _all_present(rows: Statements, columns: Sequence[str]) -> sql.Composable:
    return sql.SQL(" and ").join(sql.SQL("{} is not null").format(sql.Identifier(name)) for name in columns)
