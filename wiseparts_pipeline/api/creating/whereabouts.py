"""Where an order is that was created here: in a system, under a number of its own, or only here as yet."""

from dataclasses import dataclass

from wiseparts_pipeline.api.syncs import place_of
from wiseparts_pipeline.config.connections.service import SERVICE
from wiseparts_pipeline.config.loader import Configuration
from wiseparts_pipeline.warehouse import Warehouse


@dataclass(frozen=True)
class Whereabouts:
    """`number_there`: in the system that is asked about orders. `is_ours`: it was created over the service."""

    number_there: str | None
    is_ours: bool


def whereabouts(configuration: Configuration, warehouse: Warehouse, order_id: str) -> Whereabouts:
    """Of the order with this number here. Raises WarehouseError, psycopg.Error."""
    asked = [
        place_of(configuration.connections[live.connection])
        for live in configuration.live.values()
        if "orders" in live.answered_by(configuration.connections[live.connection].system)
    ]
    exporters = [
        each.name
        for each in configuration.exporters.values()
        if each.is_creating and each.entity == "orders" and place_of(configuration.connections[each.to]) in asked
    ]
    with warehouse.connect(autocommit=True) as connection:
        found = connection.execute(
            """
            select
                (
                    select external_id from ops.exports
                    where entity = 'orders' and record_key = %(order)s and external_id is not null
                        and exporter = any(%(exporters)s)
                    order by export_id desc limit 1
                ),
                exists (
                    select from raw.orders
                    inner join ops.import_files as file on file.file_id = coalesce(_created_file_id, _file_id)
                    where order_id = %(order)s and _deleted_at is null and file.source = %(service)s
                )
            """,
            {"order": order_id, "exporters": exporters, "service": SERVICE},
        ).fetchone()
    assert found is not None
    return Whereabouts(*found)
