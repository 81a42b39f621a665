"""A requisition as orders to its suppliers: one document for each, checked before it goes anywhere."""

from base64 import b32encode
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time
from decimal import Decimal
from importlib.metadata import version
from typing import Any
from uuid import UUID, uuid4, uuid5

from wiseparts_pipeline.config.exports.exporter import ExporterSettings
from wiseparts_pipeline.config.exports.files import Rows
from wiseparts_pipeline.config.exports.purchasing import TEST_SUPPLIER
from wiseparts_pipeline.connections.receiving import SupplierOrder, TrialOffer
from wiseparts_pipeline.exporting.content.records import read_record
from wiseparts_pipeline.exporting.content.rows import Row, common, fetch
from wiseparts_pipeline.exporting.export import Code, Export, HeldRecord, WrittenFile
from wiseparts_pipeline.opentrans import (
    Address,
    Agreement,
    Document,
    Kind,
    Line,
    Party,
    Period,
    Role,
    Unreadable,
    parse,
    schema_faults,
    total_faults,
    write_order,
)
from wiseparts_pipeline.warehouse import Connection

# Longer numbers are not taken by all suppliers.
_LONGEST_NUMBER = 18
_LONGEST_DESCRIPTION = 150
_ROUNDING = Decimal("0.01")
_GENERATOR = f"WiseParts-Pipeline {version('wiseparts-pipeline')}"
_SHIP_TO = ("name", "name_2", "contact", "street", "postal_code", "city", "country_code", "phone", "email")
_NEEDED = ("name", "street", "postal_code", "city", "country_code")
_ACCOUNT = b"""
    select coalesce(order_account, customer_account) as account from raw.suppliers
    where supplier_id = %(supplier_id)s and _deleted_at is null
"""


def by_supplier(connection: Connection, exporter: ExporterSettings, export: Export) -> dict[str, list[Row]]:
    """The requisition's lines, in the order of their suppliers' first ones. Raises HeldRecord, UnwantedRecord."""
    parts: dict[str, list[Row]] = {}
    for line in read_record(connection, exporter, export)[Rows.LINE]:
        parts.setdefault(line["supplier_id"], []).append(line)
    return parts


def part_uuid(export: Export, supplier_id: str) -> UUID:
    """That of what a supplier gets, the same at every attempt."""
    return uuid5(export.record_uuid, supplier_id)


def supplier_order(
    connection: Connection, exporter: ExporterSettings, export: Export, supplier_id: str, lines: Sequence[Row]
) -> SupplierOrder:
    """The order that a supplier gets. Raises HeldRecord if it cannot be written, or not be sent."""
    if exporter.test and supplier_id != TEST_SUPPLIER:
        raise HeldRecord(
            Code.NOT_ACCEPTED,
            f"{exporter.name} sends to the test supplier {TEST_SUPPLIER} only; set `test: false` when orders are"
            " meant.",
        )
    return _checked(connection, exporter, part_uuid(export, supplier_id), supplier_id, lines)


def trial_order(connection: Connection, exporter: ExporterSettings, offer: TrialOffer) -> SupplierOrder:
    """One piece from the test supplier, under a number that nothing had before. Raises HeldRecord."""
    line = dict.fromkeys(exporter.entity_definition.column_names) | {
        "line_no": 1,
        "requested_at": datetime.now(UTC),
        "supplier_sku": offer.supplier_sku,
        "puid": offer.puid,
        "description": offer.name,
        "quantity": Decimal(1),
        "unit_price": offer.price,
        "currency": offer.currency,
        "note": "Test",
    }
    return _checked(connection, exporter, uuid4(), TEST_SUPPLIER, [line])


def _checked(
    connection: Connection, exporter: ExporterSettings, uuid: UUID, supplier_id: str, lines: Sequence[Row]
) -> SupplierOrder:
    key = b32encode(uuid.bytes).decode()[:_LONGEST_NUMBER]
    document = _Writer(exporter, key, supplier_id, lines).document(_account(connection, exporter, supplier_id))
    try:
        content = write_order(document, generator=_GENERATOR)
        faults = [*schema_faults(parse(content)), *total_faults(document, Decimal())]
    except Unreadable as error:
        raise HeldRecord(Code.UNENCODABLE, f"It {error}. Change that and send the requisition again.") from None
    if faults:
        told = "; ".join(f"{fault.element}: {fault.message}" for fault in faults)
        raise HeldRecord(
            Code.UNENCODABLE, f"As openTRANS it would not be valid: {told}. Change that and send the requisition again."
        )
    return SupplierOrder(key, supplier_id, document, content)


def supplier_files(connection: Connection, exporter: ExporterSettings, export: Export) -> Iterator[WrittenFile]:
    """The documents of all suppliers of a requisition. Raises HeldRecord, UnwantedRecord."""
    for supplier_id, lines in by_supplier(connection, exporter, export).items():
        yield file_of(supplier_order(connection, exporter, export, supplier_id, lines))


def file_of(order: SupplierOrder) -> WrittenFile:
    """The order as a file, with our number as its name."""
    return WrittenFile(f"{order.key}.xml", len(order.document.lines), order.content)


def _account(connection: Connection, exporter: ExporterSettings, supplier_id: str) -> str:
    """Our customer number at the supplier."""
    if supplier_id in exporter.accounts:
        return exporter.accounts[supplier_id]
    for supplier in fetch(connection, _ACCOUNT, {"supplier_id": supplier_id}):
        if supplier["account"]:
            return str(supplier["account"])
    raise HeldRecord(
        Code.MISSING_VALUE,
        f"Our customer number at the supplier {supplier_id!r} is not known. Pull `suppliers`, or write it into"
        f" `accounts` of {exporter.name}.",
    )


class _Writer:
    """What becomes of the lines of one supplier."""

    def __init__(self, exporter: ExporterSettings, key: str, supplier_id: str, lines: Sequence[Row]) -> None:
        self._exporter = exporter
        self._key = key
        self._supplier_id = supplier_id
        self._rows = lines

    def document(self, account: str) -> Document:
        lines = [self._line(row) for row in self._rows]
        references = {row["order_id"] for row in self._rows}
        own_address, ship_to = self._own_address(), self._ship_to()
        buyer = Party(Role.BUYER, account, "supplier_specific", own_address)
        if ship_to is None:
            delivery = Party(Role.DELIVERY, account, "supplier_specific", own_address)
        else:
            # Goods that go to somebody else go to an address that the supplier has no number for.
            delivery = Party(Role.DELIVERY, self._key, "buyer_specific", ship_to)
        return Document(
            kind=Kind.ORDER,
            number=self._key,
            issued_at=min(row["requested_at"] for row in self._rows).astimezone(self._exporter.zone),
            lines=lines,
            item_count=len(lines),
            order_number=self._key,
            customer_reference=references.pop() if len(references) == 1 else None,
            currency=self._common("currency"),
            parties=[Party(Role.SUPPLIER, self._supplier_id, "buyer_specific"), buyer, delivery],
            uses_own_delivery_note=ship_to is not None,
            total_amount=sum((line.amount for line in lines if line.amount is not None), Decimal()),
            note=self._common("note"),
        )

    def _own_address(self) -> Address:
        buyer = self._exporter.buyer
        assert buyer is not None
        return _address(buyer.model_dump())

    def _ship_to(self) -> Address | None:
        """Where goods go that do not go to us."""
        given = {name: self._common(f"ship_to_{name}") for name in _SHIP_TO}
        if not any(given.values()):
            return None
        for name in _NEEDED:
            if not given[name]:
                raise self._missing(f"ship_to_{name}", "where goods are delivered to somebody else")
        return _address(given)

    def _line(self, row: Row) -> Line:
        quantity, price = _plain(row["quantity"]), _plain(row["unit_price"])
        amount = _plain(quantity * price)
        if row["net_amount"] is not None and abs(row["net_amount"] - amount) > _ROUNDING:
            raise HeldRecord(
                Code.DIFFERING_VALUES,
                f"Line {row['line_no']}: net_amount is {_plain(row['net_amount']):f}, and quantity times unit_price is"
                f" {amount:f}. Send the requisition again with what is meant.",
            )
        wished = _midnight(row["deliver_on"])
        return Line(
            number=str(row["line_no"]),
            quantity=quantity,
            unit=row["order_unit"] or "C62",
            supplier_sku=row["supplier_sku"],
            ean=row["ean"],
            itscope_id=row["puid"],
            buyer_sku=row["sku"],
            description=(row["description"] or "")[:_LONGEST_DESCRIPTION].strip() or None,
            price=price,
            amount=amount,
            delivery=None if wished is None else Period(wished, wished, is_fixed=False),
            quotation_number=row["quotation_id"],
            agreement=self._agreement(row),
            note=row["line_note"],
        )

    def _agreement(self, row: Row) -> Agreement | None:
        if row["agreement_id"] is None:
            return None
        last = _midnight(row["agreement_ends_on"])
        if last is None:
            raise self._missing("agreement_ends_on", "where there is an agreement_id", row)
        return Agreement(row["agreement_id"], last, _midnight(row["agreement_starts_on"]), row["end_customer"])

    def _common(self, column: str) -> Any:
        remedy = "Send the lines for one supplier with the same value, or as two requisitions."
        return common(self._rows, column, f"order to {self._supplier_id}", remedy)

    def _missing(self, column: str, where: str, row: Row | None = None) -> HeldRecord:
        place = f"Line {row['line_no']}: " if row is not None else ""
        return HeldRecord(
            Code.MISSING_VALUE, f"{place}{column} has no value, and is needed {where}. Send the requisition again."
        )


def _address(values: Mapping[str, str | None]) -> Address:
    same = ("name", "contact", "street", "postal_code", "city", "country_code", "phone", "email")
    return Address(name2=values["name_2"], **{name: values[name] for name in same})


def _plain(number: Decimal) -> Decimal:
    """Without zeros at its end, and without an exponent."""
    whole = number.normalize()
    return whole.quantize(Decimal(1)) if whole == whole.to_integral_value() else whole


def _midnight(day: date | None) -> datetime | None:
    return None if day is None else datetime.combine(day, time())
