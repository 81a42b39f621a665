"""An exported record as raw has it: the rows of each of its files, unless it is not whole or not wanted any more."""

from collections.abc import Sequence
from functools import cache

from psycopg import sql

from wiseparts_pipeline.config.exports.exporter import ExporterSettings
from wiseparts_pipeline.config.exports.files import Rows
from wiseparts_pipeline.entities.schema import SYSTEM_ID, Entity
from wiseparts_pipeline.exporting.content.rows import MOST_ROWS, Row, check_number, fetch, names, of_customer
from wiseparts_pipeline.exporting.export import Code, Export, HeldRecord, Status, UnwantedRecord
from wiseparts_pipeline.warehouse import Connection
from wiseparts_pipeline.warehouse.tables import table_name


def read_record(connection: Connection, exporter: ExporterSettings, export: Export) -> dict[Rows, Sequence[Row]]:
    """The rows of the record's files, in order; for `rows: record` of an order, all its lines.

    Raises HeldRecord if something of it is not there yet, UnwantedRecord if it need not be exported any more.
    """
    if not exporter.entity_definition.master:
        lines = _order(connection, exporter, export)
        return {Rows.RECORD: lines, Rows.LINE: lines}
    customer = _customer(connection, exporter, export)
    kinds = {file.rows for file in exporter.files.values()} - {Rows.RECORD}
    return {Rows.RECORD: [customer], **{kind: of_customer(connection, kind, export, customer) for kind in kinds}}


def _order(connection: Connection, exporter: ExporterSettings, export: Export) -> list[Row]:
    entity = exporter.entity_definition
    if export.record_key is None:
        raise UnwantedRecord(
            Code.NOT_WANTED, f"The {exporter.noun}'s number was removed with the person that it was of."
        )
    beginning = entity.key_text([export.record_key])
    lines = fetch(
        connection,
        _lines_query(entity),
        {
            "order": export.record_key,
            "key": beginning,
            # As a range, which an index is used for in any plan: from / to the character behind it.
            "first": f"{beginning}/",
            "last": f"{beginning}0",
            "exporter": export.exporter,
            "uuid": export.record_uuid,
            "limit": MOST_ROWS + 1,
        },
    )
    _check_wanted(exporter, export, lines)
    _check_whole(export, lines[0])
    check_number(exporter.noun, lines)
    if exporter.after is not None:
        _check_customers(connection, exporter, export, lines)
    return lines


def _customer(connection: Connection, exporter: ExporterSettings, export: Export) -> Row:
    found = fetch(connection, _customer_query(exporter.entity_definition), {"system_id": export.record_uuid})
    _check_wanted(exporter, export, found)
    return found[0]


def _check_wanted(exporter: ExporterSettings, export: Export, rows: Sequence[Row]) -> None:
    if not rows:
        raise UnwantedRecord(Code.NOT_WANTED, f"The {exporter.noun} is not there any more.")
    # What goes again was judged by whoever asked for it: an import that changed it, or a person.
    is_first = export.version == 1 and not export.again and export.delivered_at is None
    for column, values in exporter.when.items() if is_first else ():
        for row in rows:
            if row[column] is None or str(row[column]) not in values:
                raise UnwantedRecord(
                    Code.NOT_WANTED, f"{column} is {row[column]!r}; exported with {' or '.join(values)} only."
                )


def _check_whole(export: Export, line: Row) -> None:
    """`line`: any of the order's, with what is missing of it."""
    place = f"row {line['missing_row']} of {line['missing_file']}"
    message = line["missing_message"]
    match line["missing_kind"]:
        case "rejected":
            why = f"A line was rejected, {place}: {message} Send it again, corrected; the order goes then."
        case "waiting":
            why = f"A line is not there yet, {place}: {message} The order goes as soon as it is loaded."
        # A person may know better.
        case "unreadable" if not export.again:
            why = (
                f"A line may be missing: {place} names the order and was rejected. {message} Send the order again,"
                " corrected. If the row is no line of it, deliver it as it is:"
                f" `wiseparts export {export.exporter} --record {export.record_key} --again`."
            )
        case _:
            return
    raise HeldRecord(Code.INCOMPLETE, why)


def _check_customers(connection: Connection, exporter: ExporterSettings, export: Export, lines: Sequence[Row]) -> None:
    """Raises HeldRecord if the receiver cannot have the customer yet; one that was never to be exported, it has."""
    customers = sorted({line["customer_id"] for line in lines} - {None})
    if not customers:
        return
    parameters = {"customers": customers, "exporter": exporter.after, "sources": list(exporter.sources)}
    for each in fetch(connection, _CUSTOMERS_QUERY, parameters):
        customer = f"Its customer {each['customer_id']!r}"
        if not each["is_known"]:
            why = f"{customer} is not known here. Import the customer; the order goes after it."
        elif not each["is_started"]:
            why = (
                f"Whether its customer {each['customer_id']!r} goes first is not known before {exporter.after} has"
                f" delivered for the first time. It does by itself, or with `wiseparts export {exporter.after}`."
            )
        elif each["standing"] not in (None, Status.CANCELLED):
            why = (
                f"{customer} is {each['standing']} in {exporter.after}: see `wiseparts exports {exporter.after}"
                f" --record {each['customer_id']}`. The order goes after it."
            )
        # A person may know better.
        elif export.again:
            continue
        else:
            why = (
                f"{customer} does not go: it does not fulfil the conditions of {exporter.after}, or is deleted. The"
                " order goes after it once it does. If the receiver has the customer, or needs none, deliver the order:"
                f" `wiseparts export {exporter.name} --record {export.record_key} --again`."
            )
        raise HeldRecord(Code.CUSTOMER_NOT_DELIVERED, why)


@cache
def _lines_query(entity: Entity) -> bytes:
    """The lines of an order, and beside each the first row of it that is not loaded.

    In one statement, as an import may commit between two. A rejected row without a readable key may be of the order if
    it has its number in a cell and came with a file that brought a line of it, unless a later file has added a line, or
    the order was delivered since. The index by status, which has all open rows of the entity, is kept from a planner
    that has no statistics yet.
    """
    return (
        sql.SQL(
            """
        with lines as (
            select {columns}, _file_id, coalesce(_created_file_id, _file_id) as first_file_id from {table}
            where {document} = %(order)s and _deleted_at is null
            order by {line} limit %(limit)s
        ),
        entries as (
            select rejected_row_id, file_id, row_number, message, 'rejected' as kind
            from ops.rejected_entries
            where entity = {entity} and status || '' = 'rejected'
                and (key = %(key)s or (key ~>=~ %(first)s and key ~<~ %(last)s))
            union all
            select rejected_row_id, file_id, row_number, message, 'unreadable'
            from ops.rejected_entries
            where entity = {entity} and status || '' = 'rejected' and key is null
                and file_id = any(array(select _file_id from lines union select first_file_id from lines))
                and file_id >= (select max(first_file_id) from lines)
                and not exists (
                    select from ops.exports as export
                    where export.exporter = %(exporter)s and export.record_uuid = %(uuid)s
                        and export.delivered_at > rejected_entries.created_at
                )
                and exists (
                    select from json_each_text(coalesce(raw, '{{}}')) as cell where strpos(cell.value, %(order)s) > 0
                )
            union all
            select rejected_row_id, file_id, row_number, message, 'waiting'
            from ops.deferred_entries as entry
            where entity = {entity} and (key = %(key)s or (key ~>=~ %(first)s and key ~<~ %(last)s))
                and not exists (
                    select from ops.resolved_rows as resolved
                    where resolved.file_id = entry.file_id and resolved.row_number = entry.row_number
                )
                and not exists (select from ops.resolved_files as resolved where resolved.file_id = entry.file_id)
        ),
        missing as (
            select entry.kind as missing_kind, entry.row_number as missing_row, file.name as missing_file,
                entry.message as missing_message
            from entries as entry left join ops.import_files as file using (file_id)
            order by entry.kind = 'unreadable', rejected_row_id limit 1
        )
        select lines.*, missing.* from lines left join missing on true order by {line}
        """
        )
        .format(
            columns=names(entity.column_names),
            table=table_name(entity),
            document=sql.Identifier(entity.key[0]),
            line=sql.Identifier(entity.key[1]),
            entity=sql.Literal(entity.name),
        )
        .as_bytes()
    )


@cache
def _customer_query(entity: Entity) -> bytes:
    return (
        sql.SQL("select {columns} from {table} where {id} = %(system_id)s and _deleted_at is null")
        .format(
            columns=names([SYSTEM_ID.name, *entity.column_names]),
            table=table_name(entity),
            id=sql.Identifier(SYSTEM_ID.name),
        )
        .as_bytes()
    )


# Of the customers of an order, those that the receiver does not have yet, with the last version's status. What was
# there before the exporter, or comes from another source, it has; which these are is known once the exporter was
# started.
_CUSTOMERS_QUERY = b"""
    select given.customer_id, customer.system_id is not null as is_known, started.exporter is not null as is_started,
        (array_agg(export.status order by export.version desc))[1] as standing
    from unnest(%(customers)s::text[]) as given (customer_id)
    left join raw.customers as customer using (customer_id)
    left join ops.import_files as created on created.file_id = coalesce(customer._created_file_id, customer._file_id)
    left join ops.exporters as started on started.exporter = %(exporter)s
    left join ops.exports as export on export.exporter = %(exporter)s and export.record_uuid = customer.system_id
    group by given.customer_id, customer.system_id, customer._created_at, created.source, started.exporter,
        started.started_at
    having customer.system_id is null or not coalesce(
        bool_or(export.status in ('delivered', 'collected') or export.code is not distinct from 'before_start'),
        started.exporter is not null and (
            customer._created_at <= started.started_at or coalesce(created.source <> all(%(sources)s), true)
        )
    )
    order by given.customer_id
"""
