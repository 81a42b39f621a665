"""Which records an exporter exports: by the source that created them, and what they are now."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import LiteralString, NamedTuple
from uuid import UUID

from psycopg import sql
from psycopg.rows import args_row

from wiseparts_pipeline.config.exports.exporter import Changes, ExporterSettings
from wiseparts_pipeline.config.exports.files import Rows
from wiseparts_pipeline.warehouse import Connection

# So many records are dealt with at a time.
_BATCH = 10_000


class Record(NamedTuple):
    """A record that one of the exporter's sources created. A tuple, as an import may bring thousands.

    `file_id`: the file that created it. `is_wanted`: whether it fulfils the exporter's conditions. `is_news`: of one
    that an import has changed, whether the change comes from another source than the exporter goes to;
    `has_other_rows`: whether rows were added to it or deleted in such a change. `is_known`: whether a version of it was
    noted before.
    """

    key: str | None
    system_id: UUID | None
    file_id: int
    is_wanted: bool
    is_news: bool
    has_other_rows: bool
    is_known: bool


# The lines of an order come from one file; if others have added some, the first line's is what created the order.
_OF_LINES: LiteralString = """
        select found.*,
            case when first_file = last_file then first_file else (
                select coalesce(_created_file_id, _file_id) from {table} as line where line.{key} = found.key
                order by _created_at, 1 limit 1
            ) end as file_id
        from (
            select {key} as key, null::uuid as system_id,
                min(coalesce(_created_file_id, _file_id)) as first_file,
                max(coalesce(_created_file_id, _file_id)) as last_file,
                min(coalesce(_created_row_number, _row_number)) as row_number,
                coalesce(bool_and({is_wanted}) filter (where _deleted_at is null), false) as is_wanted,
                bool_or({is_news}) as is_news,
                bool_or({is_news} and {is_other_row}) as has_other_rows,
                (min({made_at}) at time zone {zone})::date as day,
                min(_created_at) as created_at
            from {table} as stored where {chosen} group by {key}
        ) as found
    """
# By exported entity: the records that fulfil {chosen}. `file_id`, `row_number`: of what created the record.
_FOUND: dict[str, LiteralString] = {
    "orders": _OF_LINES,
    "purchase_requisitions": _OF_LINES,
    "customers": """
        select customer_id as key, system_id, coalesce(_created_file_id, _file_id) as file_id,
            coalesce(_created_row_number, _row_number) as row_number,
            _deleted_at is null and {is_wanted}
                and not exists (
                    select from ops.forgotten as gone
                    where gone.entity = 'customers' and gone.system_id = stored.system_id
                )
                and not exists (
                    select from ops.forgotten as gone where gone.entity = 'customers' and gone.key = stored.customer_id
                ) as is_wanted,
            {is_news} as is_news,
            false as has_other_rows,
            coalesce(created_on, (_created_at at time zone {zone})::date) as day,
            _created_at as created_at
        from raw.customers as stored where {chosen}
    """,
}
# By exported entity, which versions in ops.exports are those of a record.
_SAME: dict[str, LiteralString] = {
    "orders": "known.record_key = found.key",
    "purchase_requisitions": "known.record_key = found.key",
    "customers": "known.record_uuid = found.system_id",
}
# Of records with lines, when they were made.
_MADE_AT = {"orders": "placed_at", "purchase_requisitions": "requested_at"}
# The orders of changed lines, without those that neither go nor were to go. The other lines of these are part of them.
# A line that another source adds makes no order go, but one that goes is not complete without it.
_CHANGED_ORDERS: LiteralString = """
    {key} in (
        select {key} from {table} as line
        where {later} and (
            ({conditions} or _deleted_at is not null) and ({was_there} or exists (
                select from ops.import_files as file
                where file.file_id = coalesce(line._created_file_id, line._file_id) and file.source = any({sources})
            ))
            or {key} in (
                select record_key from ops.exports where exporter = {exporter} and status in ('waiting', 'held')
                union all
                select record_key from ops.exports where exporter = {exporter} and status = 'given_up'
            )
            or {matters} and exists (
                select from ops.exports as known where known.exporter = {exporter} and known.record_key = {key}
            )
        )
    )
"""
_ALL = sql.SQL("true")
_NONE = sql.SQL("false")
# Of rows that were there before this transaction, where no import is known to have changed them.
_BEFORE = sql.SQL("_created_at < now()")


def concerning(exporter: ExporterSettings) -> set[str]:
    """The entities whose rows are in the exporter's files."""
    return {exporter.entity, *({file.rows.value for file in exporter.files.values()} - {Rows.RECORD, Rows.LINE})}


def last_changes(connection: Connection, entities: Collection[str]) -> dict[str, datetime | None]:
    """By entity, when the last import ended that changed rows of it; what is changed since has a later time."""
    rows = connection.execute(
        """
        select entity, (
            select changed_at from ops.entity_changes as change where change.entity = given.entity
            order by version desc limit 1
        ) from unnest(%s::text[]) as given (entity)
        """,
        [list(entities)],
    )
    return dict(rows.fetchall())


def changed_records(
    connection: Connection, exporter: ExporterSettings, since: Mapping[str, datetime | None]
) -> Iterator[list[Record]]:
    """The exporter's records that this transaction has changed, piece by piece.

    `since`: by entity of which it has changed rows, see last_changes.
    """
    chosen, is_news = [], []
    for entity, moment in since.items():
        names = {
            "later": sql.SQL("_updated_at > {}").format(sql.Literal(moment)) if moment else _ALL,
            "was_there": sql.SQL("_created_at <= {}").format(sql.Literal(moment)) if moment else _BEFORE,
            "other": _ALL if exporter.echo else sql.SQL("_source <> {}").format(sql.Literal(exporter.to)),
            "table": sql.Identifier("raw", entity),
            "key": sql.Identifier(exporter.entity_definition.key[0]),
            "conditions": _conditions(exporter),
            "exporter": sql.Literal(exporter.name),
            "sources": sql.Literal(list(exporter.sources)),
        }
        # Of a delivered order, those who export no versions are told of lines that were added, or deleted.
        names["matters"] = _ALL if exporter.changes is Changes.VERSION else sql.SQL("not {was_there}").format(**names)
        if entity != exporter.entity:
            chosen.append(sql.SQL("{key} in (select {key} from {table} where {later})").format(**names))
            is_news.append(sql.SQL("{key} in (select {key} from {table} where {later} and {other})").format(**names))
            continue
        is_news.append(sql.SQL("({later} and {other})").format(**names))
        if exporter.entity_definition.master:
            chosen.append(sql.SQL("{later}").format(**names))
        else:
            chosen.append(sql.SQL(_CHANGED_ORDERS).format(**names))
    either = sql.SQL(" or ")
    condition = sql.SQL("(is_wanted or is_known)")
    moment = since.get(exporter.entity)
    is_other_row = sql.SQL("(_created_at > {moment} or _deleted_at > {moment})").format(moment=sql.Literal(moment))
    return _batches(
        connection,
        exporter,
        either.join(chosen),
        condition,
        is_news=either.join(is_news),
        is_other_row=is_other_row if moment else _NONE,
    )


def wanted_records(
    connection: Connection,
    exporter: ExporterSettings,
    *,
    until: datetime | None = None,
    since: date | None = None,
    before: date | None = None,
) -> Iterator[list[Record]]:
    """The exporter's wanted records, piece by piece.

    `until`: when they were created at the latest. `since`, `before`: of which days they are; see `start`.
    """
    conditions = [
        sql.SQL("is_wanted"),
        *([sql.SQL("day >= {}").format(sql.Literal(since))] if since else []),
        *([sql.SQL("day < {}").format(sql.Literal(before))] if before else []),
        *([sql.SQL("created_at <= {}").format(sql.Literal(until))] if until else []),
    ]
    # Before they are grouped: mostly, none of what the first import brings was there.
    names = {
        "key": sql.Identifier(exporter.entity_definition.key[0]),
        "table": sql.Identifier("raw", exporter.entity),
        "until": sql.Literal(until),
    }
    earlier = sql.SQL("{key} in (select {key} from {table} where _created_at <= {until})").format(**names)
    return _batches(connection, exporter, earlier if until else _ALL, sql.SQL(" and ").join(conditions))


def records_with_keys(connection: Connection, exporter: ExporterSettings, keys: Sequence[str]) -> list[Record]:
    """The exporter's records with these keys."""
    column = sql.Identifier(exporter.entity_definition.key[0])
    chosen = sql.SQL("{} = any({})").format(column, sql.Literal(list(keys)))
    return [record for records in _batches(connection, exporter, chosen, _ALL) for record in records]


def why_not(connection: Connection, exporter: ExporterSettings, key: str) -> str:
    """Why a key is not that of one of the exporter's records, as a sentence for people."""
    names = {
        "key": sql.Identifier(exporter.entity_definition.key[0]),
        "table": sql.Identifier("raw", exporter.entity),
    }
    known = connection.execute(
        sql.SQL(
            "select file.source from {table} as stored inner join ops.import_files as file"
            " on file.file_id = coalesce(_created_file_id, stored._file_id)"
            " where {key} = %s order by _created_at limit 1"
        ).format(**names),
        [key],
    ).fetchone()
    if known is not None:
        return (
            f"{exporter.noun.capitalize()} {key!r} was created by {known[0]}; {exporter.name} exports what"
            f" {' and '.join(exporter.sources)} created (`sources`)."
        )
    near = connection.execute(
        sql.SQL(
            "select distinct {key} from {table} where ltrim(lower({key}), '0') = ltrim(lower(btrim(%s)), '0')"
            " order by 1 limit 5"
        ).format(**names),
        [key],
    ).fetchall()
    similar = f"; there is {' and '.join(repr(found) for (found,) in near)}" if near else ""
    return f"There is no {exporter.noun} {key!r}{similar}."


def _conditions(exporter: ExporterSettings) -> sql.Composed:
    conditions = [
        sql.SQL("coalesce({}::text = any({}), false)").format(sql.Identifier(column), sql.Literal(list(values)))
        for column, values in exporter.when.items()
    ]
    return sql.SQL("({})").format(sql.SQL(" and ").join([_ALL, *conditions]))


def _batches(
    connection: Connection,
    exporter: ExporterSettings,
    chosen: sql.Composable,
    condition: sql.Composable,
    *,
    is_news: sql.Composable = _ALL,
    is_other_row: sql.Composable = _NONE,
) -> Iterator[list[Record]]:
    query = sql.SQL(
        """
        select key, system_id, file_id, is_wanted, is_news, has_other_rows, is_known
        from (
            select found.*,
                exists (select from ops.exports as known where exporter = {exporter} and {same}) as is_known
            from ({found}) as found
            inner join ops.import_files as file using (file_id)
            where file.source = any({sources})
        ) as theirs
        where {condition}
        order by file_id, row_number
        """
    ).format(
        found=sql.SQL(_FOUND[exporter.entity]).format(
            is_wanted=_conditions(exporter),
            is_news=is_news,
            is_other_row=is_other_row,
            zone=sql.Literal(exporter.timezone),
            chosen=chosen,
            table=sql.Identifier("raw", exporter.entity),
            key=sql.Identifier(exporter.entity_definition.key[0]),
            made_at=sql.Identifier(_MADE_AT.get(exporter.entity, "")),
        ),
        exporter=sql.Literal(exporter.name),
        same=sql.SQL(_SAME[exporter.entity]),
        sources=sql.Literal(list(exporter.sources)),
        condition=condition,
    )
    # All are read: a plan that begins quickly would take longer.
    connection.execute("set local cursor_tuple_fraction = 1")
    with connection.cursor("records", row_factory=args_row(Record)) as cursor:
        cursor.execute(query)
        while records := cursor.fetchmany(_BATCH):
            yield records
