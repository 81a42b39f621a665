"""The records that are created in systems, as what they are here now."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from wiseparts_pipeline.config.exports.exporter import ExporterSettings
from wiseparts_pipeline.config.exports.files import Rows
from wiseparts_pipeline.connections.receiving import Address, Customer, Line, Order
from wiseparts_pipeline.exporting.content.records import read_record
from wiseparts_pipeline.exporting.content.rows import Row, common, fetch
from wiseparts_pipeline.exporting.export import Export
from wiseparts_pipeline.warehouse import Connection

_ADDRESS = b"select *, _source from raw.addresses where address_id = %(address_id)s and _deleted_at is null"
_PLACE = ("street", "city", "region", "postal_code", "country_code")


def order_of(connection: Connection, exporter: ExporterSettings, export: Export) -> Order:
    """An order with its lines. Raises HeldRecord, UnwantedRecord."""
    lines = read_record(connection, exporter, export)[Rows.LINE]

    def of_all(column: str) -> Any:
        return common(lines, column, "order", "Send the lines again with the same value.")

    address_id = of_all("ship_to_address_id")
    return Order(
        key=str(export.record_key),
        customer_id=of_all("customer_id"),
        placed_on=min(line["placed_at"] for line in lines).astimezone(exporter.zone).date(),
        currency=of_all("currency"),
        net_amount=sum((line["net_amount"] for line in lines), Decimal()),
        note=of_all("note"),
        ship_to=_ship_to(connection, exporter, address_id) if address_id else None,
        lines=[_line(line) for line in lines],
    )


def customer_of(connection: Connection, exporter: ExporterSettings, export: Export) -> Customer:
    """A customer with its addresses. Raises HeldRecord, UnwantedRecord."""
    rows = read_record(connection, exporter, export)
    (customer,) = rows[Rows.RECORD]
    own = Address("", "billing", **{name: customer[name] for name in _PLACE})
    return Customer(
        key=customer["customer_id"],
        name=customer["legal_name"] or customer["name"],
        **{name: customer[name] for name in ("tax_id", "email", "phone", "mobile", "language")},
        addresses=[own, *_addresses(rows[Rows.ADDRESSES])],
    )


def _line(line: Row) -> Line:
    return Line(
        number=line["line_no"],
        product=line["sku"] or line["product_id"],
        description=line["description"],
        quantity=line["quantity"],
        unit_price=line["unit_price"],
    )


def _ship_to(connection: Connection, exporter: ExporterSettings, address_id: str) -> Address:
    """The address that an order is delivered to; one that is not known here can only be known in the system."""
    rows = fetch(connection, _ADDRESS, {"address_id": address_id})
    if not rows or rows[0]["_source"] == exporter.to:
        return Address(address_id, "shipping", is_theirs=True)
    return _addresses(rows)[0]


def _addresses(rows: Sequence[Row]) -> list[Address]:
    return [
        Address(row["address_id"], row["kind"], row["name"], **{name: row[name] for name in _PLACE}) for row in rows
    ]
