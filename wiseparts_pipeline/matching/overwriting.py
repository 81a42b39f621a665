"""Writes what a marketplace says of confirmed products into our own, as far as `overwrite` lets it.

Not by a file: a record is of the file that last changed it, and one of the marketplace would be newer than those of the
ERP, which could then not change the record any more.
"""

from collections.abc import Mapping
from typing import LiteralString

from psycopg import sql
from psycopg.types.json import Jsonb

from wiseparts_pipeline.config.connections.overwriting import POLICIES, Overwrite
from wiseparts_pipeline.config.loader import Configuration
from wiseparts_pipeline.entities import ENTITIES
from wiseparts_pipeline.importing.ledger.changes import current_versions, moment_of_change, note_changes
from wiseparts_pipeline.importing.ledger.table import lock_name
from wiseparts_pipeline.importing.loading.matching.added import digest
from wiseparts_pipeline.warehouse import Connection, Warehouse
from wiseparts_pipeline.warehouse.locks import only_one

_PRODUCTS = ENTITIES["products"]
# What the marketplace has for each of our columns.
_VALUES: Mapping[str, LiteralString] = {
    "description": "coalesce(theirs.description, theirs.short_description)",
    "media_urls": "theirs.image_urls",
    "name": "theirs.name",
    "brand": "theirs.manufacturer_name",
    "barcode": "theirs.ean",
    "manufacturer_sku": "theirs.manufacturer_sku",
    # A price of another currency is another price.
    "list_price": "case when theirs.currency = stored.currency then theirs.list_price end",
    "attributes": "theirs.attributes",
}
_WRITE: LiteralString = """
    with offered as (
        select distinct on (stored.system_id) stored.system_id, {value} as value, theirs._file_id, theirs._row_number
        from ops.matches as matched
        inner join raw.supplier_products as theirs on theirs.puid = matched.theirs
        inner join raw.products as stored on stored.product_id = matched.ours
        where
            matched.kind = 'product' and matched.status = 'confirmed' and theirs._source = {source}
            and theirs._deleted_at is null and stored._deleted_at is null and {value} is not null
        order by stored.system_id, theirs.puid
    ),
    taken as (
        select offered.*, {value_digest} as digest,
            case when origin.digest = {stored_digest} then origin.replaced else {stored_digest} end as replaced
        from offered inner join raw.products as stored using (system_id)
        left join ops.column_origins as origin
            on origin.entity = 'products' and origin.system_id = stored.system_id
            and origin.column_name = {name} and origin.source = {source}
        where
            stored.{column} is distinct from offered.value
            and (stored.{column} is null or origin.digest = {stored_digest} or ({always} and origin.digest is null))
    ),
    written as (
        update raw.products as stored set {column} = taken.value, _updated_at = {moment}
        from taken where stored.system_id = taken.system_id
        returning stored.system_id
    )
    insert into ops.column_origins as known
        (entity, system_id, column_name, source, file_id, row_number, digest, replaced)
    select 'products', system_id, {name}, {source}, _file_id, _row_number, digest, replaced
    from taken inner join written using (system_id)
    on conflict (entity, system_id, column_name, source) do update
    set file_id = excluded.file_id, row_number = excluded.row_number, digest = excluded.digest,
        replaced = excluded.replaced, written_at = clock_timestamp()
"""


def write_over(warehouse: Warehouse, configuration: Configuration) -> dict[str, int]:
    """Writes what the pulls may, if anything has changed since the last time; by column, into how many products."""
    written: dict[str, int] = {}
    pulls = [pull for pull in configuration.pulls.values() if pull.entity == "supplier_products"]
    if not pulls:
        return written
    with warehouse.connect(autocommit=True) as connection:
        for source in sorted({pull.connection for pull in pulls}):
            policies = dict(POLICIES)
            for pull in pulls:
                policies |= pull.overwrite if pull.connection == source else {}
            if _seen(connection, source) == _state(connection, policies):
                continue
            with only_one(connection, lock_name("products"), lambda holder: None), connection.transaction():
                for column, count in _write(connection, source, policies).items():
                    written[column] = written.get(column, 0) + count
    return written


def _write(connection: Connection, source: str, policies: Mapping[str, Overwrite]) -> dict[str, int]:
    """By column, how many products were written, in the caller's transaction."""
    written = {}
    for column, policy in policies.items():
        if policy is Overwrite.NEVER:
            # What is there is ours from now on.
            connection.execute(
                "delete from ops.column_origins where entity = 'products' and column_name = %s and source = %s",
                [column, source],
            )
        elif count := _write_column(connection, source, column, always=policy is Overwrite.ALWAYS):
            written[column] = count
    if written:
        row = connection.execute(
            "select file_id from ops.entity_changes where entity = 'supplier_products' order by version desc limit 1"
        ).fetchone()
        assert row is not None
        note_changes(connection, row[0], ["products"])
    connection.execute(
        """
        insert into ops.matchings (kind, seen) values (%s, %s)
        on conflict (kind) do update set seen = excluded.seen, found_at = clock_timestamp()
        """,
        [_kind(source), Jsonb(_state(connection, policies))],
    )
    return written


def _write_column(connection: Connection, source: str, column: str, *, always: bool) -> int:
    statement = sql.SQL(_WRITE).format(
        value=sql.SQL(_VALUES[column]),
        source=sql.Literal(source),
        column=sql.Identifier(column),
        name=sql.Literal(column),
        always=sql.Literal(always),
        moment=moment_of_change("products"),
        stored_digest=digest(_PRODUCTS, column, "stored"),
        value_digest=digest(_PRODUCTS, column, "offered", "value"),
    )
    return connection.execute(statement).rowcount


def _kind(source: str) -> str:
    return f"overwrite {source}"


def _seen(connection: Connection, source: str) -> object:
    row = connection.execute("select seen from ops.matchings where kind = %s", [_kind(source)]).fetchone()
    return row[0] if row else None


def _state(connection: Connection, policies: Mapping[str, Overwrite]) -> dict[str, object]:
    """What the result depends on; a match that is decided counts as a change of supplier_products."""
    versions = current_versions(connection)
    return {
        "products": versions.get("products", 0),
        "supplier_products": versions.get("supplier_products", 0),
        "policies": {column: str(policy) for column, policy in policies.items()},
    }
