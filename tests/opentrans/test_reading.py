"""What suppliers send is read."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from tests.opentrans import documents
from wiseparts_pipeline.opentrans import Document, Kind, Period, Unreadable, parse, read, schema_faults


def read_valid(content: bytes) -> Document:
    """What a document says, which is as the schema wants it."""
    root = parse(content)
    assert schema_faults(root) == []
    return read(root)


def test_a_confirmation_names_the_order_its_lines_and_the_day_of_delivery() -> None:
    found = read_valid(documents.order_response())

    assert (found.kind, found.order_number, found.supplier_order_number) == (Kind.ORDERRESPONSE, "WP-1", "S-9")
    assert found.issued_at == datetime(2026, 1, 31, 10, 31, 21, tzinfo=UTC)
    (line,) = found.lines
    assert (line.number, str(line.quantity), line.price, line.amount) == (
        "001",
        "3.0",
        Decimal("10.50"),
        Decimal("31.50"),
    )
    assert line.delivery == Period(datetime(2026, 2, 3), datetime(2026, 2, 5))
    assert (line.supplier_sku, line.ean, line.description) == ("123002", "0888462006781", 'Monitor, 24"')


def test_a_dispatch_note_names_the_parcel_and_the_serial_numbers() -> None:
    found = read_valid(documents.dispatch_notification())

    assert (found.number, found.order_number, found.supplier_order_number) == ("D-5", "WP-1", "S-9")
    assert (found.shipment_number, found.carrier) == ("1Z73", "Parcels Ltd")
    assert found.tracking_url == "https://parcels.example/1Z73"
    assert found.lines[0].serial_numbers == ("SN-1", "SN-2")
    assert found.lines[0].order_line == "1"


def test_an_invoice_names_goods_charges_and_taxes() -> None:
    found = read_valid(documents.invoice())

    assert (found.number, found.currency, found.net_amount) == ("I-8", "EUR", Decimal("31.50"))
    assert (found.charges_amount, found.tax_amount, found.total_amount) == (
        Decimal("3.92"),
        Decimal("6.73"),
        Decimal("42.15"),
    )


def test_a_quotation_names_until_when_it_is_valid() -> None:
    assert read_valid(documents.quotation()).valid_until == datetime(2026, 2, 28)


def test_a_document_in_the_common_envelope_is_read() -> None:
    enveloped = b'<OPENTRANS xmlns="http://www.opentrans.org/XMLSchema/2.1">' + documents.invoice() + b"</OPENTRANS>"

    assert read_valid(enveloped).number == "I-8"


def test_what_is_no_number_is_left_out() -> None:
    root = parse(
        documents.invoice().replace(b">31.50</NET", b">31,50</NET").replace(b"<QUANTITY>3.0", b"<QUANTITY>NaN")
    )
    found = read(root)

    assert (found.net_amount, found.lines[0].quantity) == (None, None)
    assert [fault.element for fault in schema_faults(root)] == ["QUANTITY", "NET_VALUE_GOODS"]


def test_charges_may_be_written_as_a_float() -> None:
    assert read_valid(documents.invoice().replace(b">3.92<", b">392E-2<")).charges_amount == Decimal("3.92")


def test_a_kind_that_is_not_read_is_told() -> None:
    with pytest.raises(Unreadable, match="is ORDERCHANGE, which is not read; read are QUOTATION, ORDER, "):
        read(parse(documents.order_response().replace(b"ORDERRESPONSE", b"ORDERCHANGE")))
