"""The entries of rejected and deferred rows, one for each of their faults: the view `ops.rejected_rows`.

Deferred rows come and go by the hundred thousand: their entries are not changed when they are loaded, which is noted
beside them.
"""

from psycopg import sql

from wiseparts_pipeline.warehouse.connection import Connection

# By name, in the order in which they are created. Raw cells are json, not jsonb, to keep the file's order of columns.
_RELATIONS: dict[str, sql.SQL] = {
    "rejected_row_ids": sql.SQL("create sequence ops.rejected_row_ids"),
    "rejected_entries": sql.SQL(
        """
        create table ops.rejected_entries (
            rejected_row_id bigint primary key default nextval('ops.rejected_row_ids'),
            file_id bigint not null,
            row_number bigint not null,
            line_number bigint,
            entity text not null,
            key text,
            column_name text,
            code text not null,
            message text not null,
            value text,
            raw json,
            status text not null default 'rejected' check (status in ('rejected', 'resolved')),
            created_at timestamptz not null default now(),
            resolved_at timestamptz,
            resolved_by_file_id bigint,
            -- The row's number in its importer's sequence_within, for when it is sent again on its own.
            sequence_number bigint,
            sequence_within text
        );
        create index on ops.rejected_entries (file_id);
        create index on ops.rejected_entries (entity, key text_pattern_ops);
        create index on ops.rejected_entries (entity, status) where status <> 'resolved';
        """
    ),
    # Deferred rows as they came; as they are to be loaded: see deferred.py.
    "deferred_rows": sql.SQL(
        """
        create table ops.deferred_rows (
            file_id bigint not null,
            row_number bigint not null,
            line_number bigint,
            raw json,
            created_at timestamptz not null default now(),
            primary key (file_id, row_number)
        )
        """
    ),
    # What each of them waits for, or waited for.
    "deferred_entries": sql.SQL(
        """
        create table ops.deferred_entries (
            rejected_row_id bigint not null default nextval('ops.rejected_row_ids'),
            file_id bigint not null,
            row_number bigint not null,
            entity text not null,
            key text,
            column_name text,
            code text not null,
            message text not null,
            value text
        );
        create index on ops.deferred_entries (file_id, row_number);
        create index on ops.deferred_entries (entity, key text_pattern_ops);
        """
    ),
    # The deferred rows that wait no longer: loaded, rejected or superseded, because of which file.
    "resolved_rows": sql.SQL(
        """
        create table ops.resolved_rows (
            file_id bigint not null,
            row_number bigint not null,
            resolved_at timestamptz not null default now(),
            resolved_by_file_id bigint not null,
            primary key (file_id, row_number)
        )
        """
    ),
    # The files of which no row waits any longer, and because of which file the last ones do not: those that have no row
    # of their own in the table above.
    "resolved_files": sql.SQL(
        """
        create table ops.resolved_files (
            file_id bigint primary key,
            resolved_at timestamptz not null default now(),
            resolved_by_file_id bigint not null
        )
        """
    ),
    "rejected_rows": sql.SQL(
        """
        create or replace view ops.rejected_rows as
        select rejected_row_id, file_id, row_number, line_number, entity, key, column_name, code, message, value, raw,
            status, created_at, resolved_at, resolved_by_file_id, sequence_number, sequence_within
        from ops.rejected_entries
        union all
        select entry.rejected_row_id, entry.file_id, entry.row_number, came.line_number, entry.entity, entry.key,
            entry.column_name, entry.code, entry.message, entry.value, came.raw,
            case when resolved.file_id is null and last.file_id is null then 'waiting' else 'resolved' end,
            came.created_at, coalesce(resolved.resolved_at, last.resolved_at),
            coalesce(resolved.resolved_by_file_id, last.resolved_by_file_id), null, null
        from ops.deferred_entries as entry
        inner join ops.deferred_rows as came using (file_id, row_number)
        left join ops.resolved_rows as resolved using (file_id, row_number)
        left join ops.resolved_files as last using (file_id)
        """
    ),
}


def ensure_entries(connection: Connection) -> None:
    """Create the missing tables and the view; take over the entries of an earlier version, which was one table."""
    kinds: dict[str, str] = dict(
        connection.execute(
            "select relname, relkind::text from pg_class"
            " where relnamespace = 'ops'::regnamespace and relname = any(%s)",
            [list(_RELATIONS)],
        ).fetchall()
    )
    has_former = kinds.get("rejected_rows") == "r"
    if has_former:
        connection.execute("alter table ops.rejected_rows rename to former_rejected_rows")
    missing = _RELATIONS.keys() - kinds.keys()
    for name, statements in _RELATIONS.items():
        # The view reads the others.
        if name in missing or (missing and name == "rejected_rows"):
            connection.execute(statements)
    if has_former:
        _take_over(connection)


def _take_over(connection: Connection) -> None:
    connection.execute(
        """
        insert into ops.rejected_entries (rejected_row_id, file_id, row_number, line_number, entity, key, column_name,
            code, message, value, raw, status, created_at, resolved_at, resolved_by_file_id, sequence_number,
            sequence_within)
        select rejected_row_id, file_id, row_number, line_number, entity, key, column_name,
            code, message, value, raw, status, created_at, resolved_at, resolved_by_file_id, sequence_number,
            sequence_within
        from ops.former_rejected_rows where status <> 'waiting';

        insert into ops.deferred_rows (file_id, row_number, line_number, raw, created_at)
        select distinct on (file_id, row_number) file_id, row_number, line_number, raw, created_at
        from ops.former_rejected_rows where status = 'waiting' order by file_id, row_number;

        insert into ops.deferred_entries
            (rejected_row_id, file_id, row_number, entity, key, column_name, code, message, value)
        select rejected_row_id, file_id, row_number, entity, key, column_name, code, message, value
        from ops.former_rejected_rows where status = 'waiting';

        select setval('ops.rejected_row_ids', coalesce(max(rejected_row_id), 0) + 1, false)
        from ops.former_rejected_rows;

        drop table ops.former_rejected_rows;
        """
    )
