"""What ops.exports says of a person: the key, and reasons that quote what is written of records."""

from psycopg import sql

from wiseparts_pipeline.config.exports.files import Rows
from wiseparts_pipeline.forgetting.person import Person
from wiseparts_pipeline.forgetting.texts import Texts
from wiseparts_pipeline.warehouse import Connection

_FORGOTTEN = "It was forgotten."
# Exported records whose lines name a customer.
_WITH_LINES = ("orders", "purchase_requisitions")
# What a customer's files may have beside the customer.
_OF_CUSTOMERS = (Rows.ADDRESSES, Rows.CONTACTS, Rows.CUSTOMER_BRANCHES)


def empty_exports(connection: Connection, person: Person, texts: Texts) -> int:
    """Leaves nothing but the UUID of the person's own exports, which do not go any more; returns how many rows changed.

    Of records that are about the person, why they are held is found out again.
    """
    changed = connection.execute(
        """
        update ops.exports
        set record_key = null, external_id = null, files = '[]',
            error = case when status in ('waiting', 'held', 'given_up') then %(forgotten)s end,
            code = case when status in ('waiting', 'held', 'given_up') then 'not_wanted' else code end,
            status = case when status in ('waiting', 'held', 'given_up') then 'cancelled' else status end
        where entity = %(entity)s and (record_uuid::text = any(%(ids)s) or record_key = any(%(keys)s))
            and (record_key is not null or status in ('waiting', 'held', 'given_up'))
        """,
        {
            "forgotten": _FORGOTTEN,
            "entity": person.entity.name,
            "ids": list(person.system_ids),
            "keys": list(person.keys),
        },
    ).rowcount
    changed += connection.execute(
        sql.SQL(
            "update ops.exports set error = null, next_attempt_at = now()"
            " where error is not null and status <> 'cancelled' and ({})"
        ).format(sql.SQL(" or ").join(_about(person)))
    ).rowcount
    for export_id, error in connection.execute("select export_id, error from ops.exports where error is not null"):
        if texts.are_in(error):
            connection.execute(
                "update ops.exports set error = %s where export_id = %s", [texts.hidden(error), export_id]
            )
            changed += 1
    return changed


def _about(person: Person) -> list[sql.Composed]:
    """The conditions that an export has something of the person in its files."""
    conditions = [sql.SQL("false").format()]
    for entity in person.entities:
        names: dict[str, sql.Composable] = {
            "table": sql.Identifier("raw", entity.name),
            "owns": person.owns(entity, "stored"),
        }
        if entity.name in _WITH_LINES:
            names |= {"entity": sql.Literal(entity.name), "key": sql.Identifier(entity.key[0])}
            of_lines = "entity = {entity} and record_key in (select {key} from {table} as stored where {owns})"
            conditions.append(sql.SQL(of_lines).format(**names))
        elif entity.name in _OF_CUSTOMERS:
            customers = (
                "entity = 'customers' and record_uuid in (select system_id from raw.customers"
                " where customer_id in (select customer_id from {table} as stored where {owns}))"
            )
            conditions.append(sql.SQL(customers).format(**names))
    return conditions
