"""Line numbers of documents whose file has none: `sequence_within` in an importer's columns."""

from collections.abc import Sequence

from psycopg import sql

from wiseparts_pipeline.importing.faults import RowCode
from wiseparts_pipeline.importing.loading.rows import Rows
from wiseparts_pipeline.importing.validation.validated import CORRECTS


def assign_line_numbers(rows: Rows, column: str, within: str, gaps: Sequence[tuple[int, str]]) -> None:
    """Fills a column with 1, 2, 3 ... within the same value of another, in file order.

    `gaps`: of each row that was rejected before, its number in the file and its value of the other column; it keeps its
    line number. A row that comes back in an error file gets the line number that it had in the original file.
    """
    rows.execute("create unlogged table {gaps} (row_number bigint, key text, number bigint)")
    names = {"column": sql.Identifier(column), "within": sql.Identifier(within)}
    rows.execute("alter table {table} add column {column} bigint", **names)
    rows.columns.append(column)
    rows.sequence = (column, within)
    if rows.rules.corrects is not None:
        _assign_original_numbers(rows, column, within)
        return
    statement = rows.format("copy {gaps} (row_number, key) from stdin")
    with rows.connection.cursor() as cursor, cursor.copy(statement) as copy:
        for gap in gaps:
            copy.write_row(gap)
    rows.execute(
        """
        with numbered as (
            select row_number, row_number() over (partition by key order by row_number) as number
            from (
                select {row} as row_number, {within}::text as key from {table}
                union all
                select row_number, key from {gaps}
            ) as rows
        ),
        noted as (
            update {gaps} as gap set number = numbered.number
            from numbered where numbered.row_number = gap.row_number
        )
        update {table} as staged set {column} = numbered.number
        from numbered where numbered.row_number = staged.{row}
        """,
        **names,
    )


def _assign_original_numbers(rows: Rows, column: str, within: str) -> None:
    rows.execute(
        """
        update {table} as staged set {column} = rejected.sequence_number
        from ops.rejected_rows as rejected
        where rejected.file_id = {original} and rejected.row_number = staged.{corrects}
            and rejected.sequence_within = staged.{within}::text
        """,
        column=sql.Identifier(column),
        within=sql.Identifier(within),
        original=sql.Literal(rows.rules.corrects),
        corrects=sql.Identifier(CORRECTS),
    )
    rows.add_faults(
        "from {table} as staged where staged.{column} is null",
        RowCode.MISSING_REQUIRED,
        [],
        sql.Literal(
            f"{column} cannot be determined: _row is not the number of a rejected row of this {within}. Send the row in"
            " the whole file."
        ),
        column_name=column,
        column=sql.Identifier(column),
    )


def note_sequence_numbers(rows: Rows) -> None:
    """Records the line number of each rejected row in `ops.rejected_rows`, for when it comes back on its own."""
    if rows.rules.corrects is None:
        rows.execute(
            """
            update ops.rejected_rows as rejected set sequence_number = gap.number, sequence_within = gap.key
            from {gaps} as gap where rejected.file_id = {file_id} and rejected.row_number = gap.row_number
            """,
            file_id=sql.Literal(rows.rules.file_id),
        )
    else:
        rows.execute(
            """
            update ops.rejected_rows as rejected
            set sequence_number = earlier.sequence_number, sequence_within = earlier.sequence_within
            from ops.rejected_rows as earlier
            where rejected.file_id = {file_id} and earlier.file_id = {original}
                and earlier.row_number::text = rejected.raw ->> '_row'
            """,
            file_id=sql.Literal(rows.rules.file_id),
            original=sql.Literal(rows.rules.corrects),
        )
