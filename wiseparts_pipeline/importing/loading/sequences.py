"""Line numbers of documents whose file has none: `sequence_within` in an importer's columns."""

from collections.abc import Sequence
from typing import LiteralString

from psycopg import sql

from wiseparts_pipeline.config.columns import Sequence as Numbering
from wiseparts_pipeline.importing.faults import RowCode
from wiseparts_pipeline.importing.loading.other_files.parts import Parts
from wiseparts_pipeline.importing.loading.rows import Rows
from wiseparts_pipeline.importing.loading.statements import message
from wiseparts_pipeline.importing.reading import MADE_ROWS
from wiseparts_pipeline.importing.validation.validated import CORRECTS


def assign_line_numbers(rows: Rows, column: str, within: str, gaps: Sequence[tuple[int, str]]) -> int:
    """Fills a column with 1, 2, 3 ... within the same value of another, in file order.

    `gaps`: of each row that was rejected before, its number in the file (in an error file, the one that it had) and its
    value of the other column; it keeps its line number. A row that comes back in an error file gets the line number
    that it had in the original file. Returns how many rows continue a document that another file of the day has begun;
    see `_find_starts`.
    """
    rows.execute("create unlogged table {gaps} (row_number bigint, key text, number bigint)")
    names = {"column": sql.Identifier(column), "within": sql.Identifier(within)}
    rows.execute("alter table {table} add column {column} bigint", **names)
    rows.columns.append(column)
    rows.sequence = (column, within)
    statement = rows.format("copy {gaps} (row_number, key) from stdin")
    with rows.connection.cursor() as cursor, cursor.copy(statement) as copy:
        for gap in gaps:
            copy.write_row(gap)
    if rows.rules.corrects is not None:
        _assign_original_numbers(rows, column, within)
        return 0
    continued = _find_starts(rows, column, within)
    rows.execute(
        """
        with numbered as (
            select row_number, coalesce(start.number, 0)
                + row_number() over (partition by key order by row_number) as number
            from (
                select {row} as row_number, {within}::text as key from {table}
                union all
                select row_number, key from {gaps}
            ) as rows left join {starts} as start using (key)
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
    _reject_unsure(rows, column, within)
    return continued


def _find_starts(rows: Rows, column: str, within: str) -> int:
    """Notes for each document how many lines it has before those of the file; -1 where that cannot be known.

    None, as a rule: a document that is sent again replaces the stored one. What an earlier import of the same file has
    added to a document keeps its place. Else, a document goes on if the importer says so, or if it is the last one of
    another file of the day and the first of this one (or the other way round), and no line has the same product as the
    other file's line in its place. Lines without products tell that a document is sent again, by one that is the same,
    but not that it goes on. Returns how many rows go on by this rule.
    """
    rows.execute("create unlogged table {starts} (key text, number bigint, file text, by_rule boolean)")
    parts = rows.rules.parts
    if parts is None or not parts.others or parts.numbering is Numbering.RESTART:
        return 0
    _find_begun(rows, column, within, parts)
    rows.execute(
        """
        with lines as (
            select {row} as row_number, {within}::text as key, {product} as product,
                row_number() over (partition by {within} order by {row}) as number
            from (
                select {row}, {within}, {columns} from {table}
                union all
                select row_number, key::{type}, {nulls} from {gaps}
            ) as staged
        ),
        positions as (
            select key, min(row_number) = 1 as is_first,
                max(row_number) = (select max(row_number) from lines) as is_last
            from lines group by key
        ),
        documents as (
            select key, min(begun.number) filter (where is_same) as own, max(begun.number) as last,
                bool_or(ends and positions.is_first or begins and positions.is_last) as adjoins,
                count(*) filter (where lines.product is not null and begun.product is not null) as compared,
                count(*) filter (where lines.product = begun.product) as alike, max(begun.file) as file
            from {begun} as begun join positions using (key) left join lines using (key, number)
            group by key
        )
        insert into {starts}
        select key,
            case
                when own is not null then own - 1
                when {goes_on} then last
                when compared > 0 and alike >= {enough} then 0
                when {has_products} and compared > 0 and alike = 0 then last
                else -1
            end,
            file, own is null and not {goes_on} and {has_products} and compared > 0 and alike = 0
        from documents where own is not null or {goes_on} or adjoins
        """,
        within=sql.Identifier(within),
        product=_product(rows, "staged"),
        columns=rows.names(_compared_columns(rows)) if _compared_columns(rows) else sql.SQL("null"),
        nulls=sql.SQL(", ").join([sql.SQL("null")] * max(1, len(_compared_columns(rows)))),
        has_products=sql.Literal(bool(_product_columns(rows))),
        enough=sql.SQL("compared" if _product_columns(rows) else "1"),
        type=sql.SQL(rows.entity[within].type.sql),
        goes_on=sql.Literal(parts.numbering is Numbering.CONTINUE),
    )
    return rows.scalar(
        "select count(*) from {table} as staged join {starts} as start on start.key = staged.{within}::text"
        " where start.by_rule",
        within=sql.Identifier(within),
    )


def _find_begun(rows: Rows, column: str, within: str, parts: Parts) -> None:
    """Collects the lines that the other files of the day have of the file's documents, also those not loaded yet."""
    files = [*parts.same, *parts.others]
    rows.execute(
        """
        create unlogged table {begun} as
        with files as (
            select * from unnest({ids}, {names}, {rows_read}, {same}, {follow})
                as file (file_id, name, rows_read, is_same, follows)
        ),
        lines as (
            select {within}::text as key, {column}::bigint as number, _file_id as file_id, _row_number as row_number,
                {stored_product} as product
            from {target} as stored where _file_id = any({ids}) and _deleted_at is null
            union all
            select {within}::text, {column}::bigint, file_id, row_number, {waiting_product}
            from {waiting} as waiting where file_id = any({ids})
            union all
            select sequence_within, sequence_number, file_id, row_number, null
            from ops.rejected_entries where file_id = any({ids}) and status = 'rejected' and sequence_number is not null
        )
        select key, number, row_number, product, file.name as file, file.is_same,
            row_number = file.rows_read and not file.is_same as ends, row_number = 1 and file.follows as begins
        from lines join files as file using (file_id)
        where key in (select {within}::text from {table} union select key from {gaps})
        """,
        ids=_array("bigint", [each.file_id for each in files]),
        names=_array("text", [each.name for each in files]),
        rows_read=_array("bigint", [each.rows_read for each in files]),
        same=_array("boolean", [each in parts.same for each in files]),
        follow=_array("boolean", [parts.is_followed_by(each) for each in files]),
        within=sql.Identifier(within),
        column=sql.Identifier(column),
        stored_product=_product(rows, "stored"),
        waiting_product=_product(rows, "waiting"),
    )


def _array(type_: LiteralString, values: Sequence[object]) -> sql.Composable:
    return sql.SQL("{}::{}[]").format(sql.Literal(list(values)), sql.SQL(type_))


def _product_columns(rows: Rows) -> list[str]:
    return [name for name in rows.columns if name in ("sku", "product_id")]


def _compared_columns(rows: Rows) -> list[str]:
    """What tells whether two lines are the same: their product, or all that they have where no column has it."""
    return _product_columns(rows) or [name for name in rows.columns if name not in rows.entity.key]


def _product(rows: Rows, table: str) -> sql.Composable:
    values = [sql.Identifier(table, name) for name in _compared_columns(rows)]
    if not values:
        return sql.SQL("null::text")
    return sql.SQL("nullif(jsonb_build_array({})::text, {})").format(
        sql.SQL(", ").join(values), sql.Literal(f"[{', '.join(['null'] * len(values))}]")
    )


def _reject_unsure(rows: Rows, column: str, within: str) -> None:
    """Rejects the rows of documents that may go on or be sent again, without a line number."""
    rows.add_faults(
        "from {table} as staged join {starts} as start on start.key = staged.{within}::text where start.number = -1",
        RowCode.SPLIT_DOCUMENT,
        [within],
        message(
            RowCode.SPLIT_DOCUMENT.template,
            label=rows.label(within),
            value=sql.SQL("start.key"),
            file=sql.SQL("start.file"),
            column=column,
        ),
        within=sql.Identifier(within),
    )
    rows.execute(
        "update {table} as staged set {column} = null from {starts} as start"
        " where start.key = staged.{within}::text and start.number = -1",
        column=sql.Identifier(column),
        within=sql.Identifier(within),
    )


def _assign_original_numbers(rows: Rows, column: str, within: str) -> None:
    """Gives rows that come back the line numbers that they had.

    Of several rows that were made of one, all come back when one was rejected. Those that were not follow it, or come
    before it: by as many lines as rows, if all between them are of the document.
    """
    rows.execute(
        r"""
        with lines as (
            select number, key, number - row_number() over (partition by key order by number) as run
            from (
                select {corrects} as number, {within}::text as key from {table} where {corrects} is not null
                union
                select row_number, key from {gaps}
            ) as returned
        ),
        known as (
            select lines.key, lines.run, made.first, made.last, min(entry.sequence_number - entry.row_number) as shift
            from ops.rejected_entries as entry
            join lines on lines.number = entry.row_number and lines.key = entry.sequence_within
            cross join lateral (
                select coalesce(substring(entry.raw ->> {made_rows} from '^(\d+)-')::bigint, entry.row_number) as first,
                    coalesce(substring(entry.raw ->> {made_rows} from '^\d+-(\d+)$')::bigint, entry.row_number) as last
            ) as made
            where entry.file_id = {original}
            group by 1, 2, 3, 4
        )
        update {table} as staged set {column} = staged.{corrects} + known.shift
        from lines join known using (key, run)
        where lines.number = staged.{corrects} and lines.key = staged.{within}::text
            and staged.{corrects} between known.first and known.last
        """,
        made_rows=sql.Literal(MADE_ROWS),
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
            update ops.rejected_entries as rejected set sequence_number = gap.number, sequence_within = gap.key
            from {gaps} as gap where rejected.file_id = {file_id} and rejected.row_number = gap.row_number
            """,
            file_id=sql.Literal(rows.rules.file_id),
        )
    else:
        rows.execute(
            """
            update ops.rejected_entries as rejected
            set sequence_number = earlier.sequence_number, sequence_within = earlier.sequence_within
            from ops.rejected_entries as earlier
            where rejected.file_id = {file_id} and earlier.file_id = {original}
                and earlier.row_number::text = rejected.raw ->> '_row'
            """,
            file_id=sql.Literal(rows.rules.file_id),
            original=sql.Literal(rows.rules.corrects),
        )
