"""Rows that are parts of one record, like the legs of a call: kept in `ops.record_parts`, and combined into it.

A record is combined from all its parts, whichever file they came in, so the same rows give the same record however they
are spread over files, and a part that is sent again counts once.
"""

from collections.abc import Iterable
from typing import LiteralString

from psycopg import sql

from wiseparts_pipeline.config.records.duplicates import Combine, Duplicates
from wiseparts_pipeline.importing.ledger.order import in_order
from wiseparts_pipeline.importing.loading.statements import Statements
from wiseparts_pipeline.importing.validation.validated import PART


def combine_parts(rows: Statements, combine: Combine) -> int:
    """Turns the file's rows into one for each key, made of all its parts; returns how many are superseded by others."""
    _keep_parts(rows)
    superseded = _supersede(rows, combine)
    _combine(rows, combine)
    return superseded


def forget_rejected_parts(rows: Statements) -> None:
    """Removes the parts that a file's faulty rows have brought, as these come back corrected, or not at all."""
    rows.execute(
        """
        delete from ops.record_parts as part using {faults} as fault
        where part.file_id = {file_id} and part.row_number = fault.row_number
        """,
        file_id=sql.Literal(rows.rules.file_id),
    )


def _keep_parts(rows: Statements) -> None:
    """Adds the file's rows to the parts; one that is known gets the values that it has now.

    Its place among the parts is where it is in the oldest file.
    """
    pairs = [part for name in rows.columns for part in (sql.Literal(name), sql.Identifier("staged", name))]
    rows.execute(
        """
        insert into ops.record_parts as known (
            entity, importer, key, part, file_id, file_date, file_moment, row_number, record
        )
        select distinct on ({key}, staged.{part})
            {entity}, {importer}, {key}, staged.{part}, {file_id}, {file_date}, {file_moment}, staged.{row},
            jsonb_build_object({pairs})
        from {table} as staged
        order by {key}, staged.{part}, staged.{row}
        on conflict (entity, importer, key, part) do update set
            record = excluded.record,
            (file_id, file_date, file_moment, row_number) = (
                select earlier.* from (values
                    (excluded.file_id, excluded.file_date, excluded.file_moment, excluded.row_number),
                    (known.file_id, known.file_date, known.file_moment, known.row_number)
                ) as earlier (file_id, file_date, file_moment, row_number)
                order by {in_order} limit 1
            )
        where known.record <> excluded.record
            or excluded.file_date < known.file_date
            or excluded.file_date = known.file_date and excluded.file_moment < known.file_moment
        """,
        entity=sql.Literal(rows.entity.name),
        importer=sql.Literal(rows.rules.importer),
        file_id=sql.Literal(rows.rules.file_id),
        file_date=sql.SQL("{}::date").format(sql.Literal(rows.rules.file_date)),
        file_moment=sql.SQL("{}::timestamptz").format(sql.Literal(rows.rules.file_moment)),
        in_order=in_order("earlier"),
        key=rows.key_text("staged"),
        part=sql.Identifier(PART),
        pairs=sql.SQL(", ").join(pairs),
    )


def _supersede(rows: Statements, combine: Combine) -> int:
    """Leaves the row of each key that decides among those of the file."""
    return rows.execute(
        """
        delete from {table} as staged using (
            select {row}, row_number() over (partition by {key} order by {preferred} {row} {direction}) as place
            from {table} as part
        ) as ranked
        where ranked.{row} = staged.{row} and ranked.place > 1
        """,
        key=rows.names(rows.entity.key),
        preferred=_preferred(rows, combine),
        direction=_direction(combine),
    )


def _combine(rows: Statements, combine: Combine) -> None:
    """Gives each row the values of all parts of its record."""
    names = [name for name in rows.columns if name not in rows.entity.key]
    filled = [name for name in names if name in combine.fill]
    summed = [name for name in names if name in combine.sum]
    extremes = {name: sql.SQL("min") for name in names if name in combine.earliest}
    extremes |= {name: sql.SQL("max") for name in names if name in combine.latest}
    rows.execute(
        """
        with parts as (
            select
                known.key as _key, part.*,
                row_number() over (
                    partition by known.key
                    order by {preferred} {in_order}, known.row_number {direction}
                ) as _place
            from ops.record_parts as known
            cross join lateral jsonb_populate_record(null::{target}, known.record) as part
            where known.entity = {entity} and known.importer = {importer}
                and known.key in (select {key} from {table} as staged)
        ),
        deciding as (select * from parts where _place = 1),
        filled as (select _key {filled} from parts group by _key),
        extreme as (select _key {extreme} from parts group by _key),
        summed as (
            select _key {summed} from (select _key {largest} from parts group by _key, {once}) as largest group by _key
        )
        update {table} as staged set {assignments}
        from deciding join filled using (_key) join extreme using (_key) join summed using (_key)
        where {key} = deciding._key
        """,
        preferred=_preferred(rows, combine),
        direction=_direction(combine),
        in_order=in_order("known", newest_first=combine.keep is Duplicates.LAST),
        entity=sql.Literal(rows.entity.name),
        importer=sql.Literal(rows.rules.importer),
        key=rows.key_text("staged"),
        filled=_each(", (array_agg({name} order by _place) filter (where {name} is not null))[1] as {name}", filled),
        extreme=sql.SQL("").join(
            sql.SQL(", {}({}) as {}").format(function, sql.Identifier(name), sql.Identifier(name))
            for name, function in extremes.items()
        ),
        largest=_each(", max({name}) as {name}", summed),
        summed=_each(", sum({name}) as {name}", summed),
        once=sql.Identifier(combine.sum_once_per or "_place"),
        assignments=sql.SQL(", ").join(
            sql.SQL("{} = {}").format(
                sql.Identifier(name),
                _value(
                    name,
                    of_one="filled" if name in filled else "deciding",
                    of_all="summed" if name in summed else "extreme" if name in extremes else None,
                ),
            )
            for name in names
        ),
    )


def _each(expression: LiteralString, names: Iterable[str]) -> sql.Composable:
    return sql.SQL("").join(sql.SQL(expression).format(name=sql.Identifier(name)) for name in names)


def _value(name: str, of_one: str, of_all: str | None) -> sql.Composable:
    """A column's value in one of the parts, or where that has one, in all of them."""
    one = sql.Identifier(of_one, name)
    if of_all is None:
        return one
    return sql.SQL("case when {} is not null then {} end").format(one, sql.Identifier(of_all, name))


def _preferred(rows: Statements, combine: Combine) -> sql.Composable:
    """What rows called part are ordered by, the best first, up to the comma before what else decides."""
    return sql.SQL("").join(
        sql.SQL("array_position({}::text[], part.{}::text) nulls last, ").format(
            sql.Literal(list(values)), sql.Identifier(name)
        )
        for name, values in combine.prefer.items()
        if name in rows.columns
    )


def _direction(combine: Combine) -> sql.Composable:
    return sql.SQL("asc" if combine.keep is Duplicates.FIRST else "desc")
