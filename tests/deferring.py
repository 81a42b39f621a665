"""Turns the entry of a rejected row into that of a deferred one, as if its reference had been unknown."""

from wiseparts_pipeline.warehouse import Connection


def defer(connection: Connection, file_id: int, row_number: int) -> None:
    connection.execute(
        """
        with former as (
            delete from ops.rejected_entries where file_id = %s and row_number = %s returning *
        ),
        came as (
            insert into ops.deferred_rows (file_id, row_number, line_number, raw)
            select file_id, row_number, line_number, raw from former
        )
        insert into ops.deferred_entries (file_id, row_number, entity, key, column_name, code, message, value)
        select file_id, row_number, entity, key, column_name, 'unknown_reference', message, value from former
        """,
        [file_id, row_number],
    )
