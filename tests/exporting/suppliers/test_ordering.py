"""Each supplier of a requisition gets one order, which says what was asked for."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from tests.exporting.records import insert
from tests.exporting.suppliers.ordering import SHIP_TO, Ordering, exporting
from wiseparts_pipeline.config.exports.purchasing import TEST_SUPPLIER
from wiseparts_pipeline.exporting.export import Status
from wiseparts_pipeline.opentrans import Address, Agreement, Role

PROJECT = {"agreement_id": "P-77", "agreement_ends_on": date(2026, 12, 31), "end_customer": "Stadt Karlsruhe"}


def test_an_order_goes_to_the_test_supplier_and_both_numbers_are_kept(ordering: Ordering) -> None:
    ordering.requisition({"note": "Before noon"}, {"supplier_sku": "9", "quantity": "1.5", "unit_price": "0.333333"})
    assert ordering.deliver().notices == []
    (export,) = ordering.exports()
    (deal,) = ordering.market.deals.values()
    assert (export.status, export.external_id) == (Status.DELIVERED, deal["orderId"])
    assert [file["name"] for file in export.files] == [f"{deal['ownOrderId']}.xml"]
    assert len(deal["ownOrderId"]) == 18
    (order,) = ordering.ordered()
    # What the market keeps of ours, beside its own number.
    assert (order.number, order.customer_reference) == (deal["orderId"], deal["ownOrderId"])
    assert order.issued_at == datetime(2026, 3, 1, 22, 30, 5, tzinfo=UTC)
    assert (order.currency, order.note, order.total_amount) == ("EUR", "Before noon", Decimal("86.2999995"))
    assert [(line.supplier_sku, line.quantity, line.price, line.unit) for line in order.lines] == [
        ("123002", 2, Decimal("42.9"), "C62"),
        ("9", Decimal("1.5"), Decimal("0.333333"), "C62"),
    ]
    assert order.lines[0].itscope_id == "6676919000"
    numbers = {party.role: (party.number, party.numbered_by) for party in order.parties}
    assert numbers == {
        Role.SUPPLIER: (TEST_SUPPLIER, "buyer_specific"),
        Role.BUYER: ("123456", "supplier_specific"),
        Role.DELIVERY: ("123456", "supplier_specific"),
    }


def test_an_order_of_three_suppliers_becomes_three(ordering: Ordering) -> None:
    ordering.exporter = exporting(test=False)
    ordering.requisition({}, {"supplier_id": "77"}, {"supplier_id": "88"}, {"supplier_id": "77", "supplier_sku": "2"})
    ordering.deliver()
    (export,) = ordering.exports()
    assert export.status is Status.DELIVERED
    assert str(export.external_id).split(", ") == list(ordering.market.deals)
    suppliers = [(order.party(Role.SUPPLIER), len(order.lines)) for order in ordering.ordered()]
    assert [(party and party.number, lines) for party, lines in suppliers] == [(TEST_SUPPLIER, 1), ("77", 2), ("88", 1)]


def test_goods_go_to_the_customer_where_that_is_said(ordering: Ordering) -> None:
    ordering.requisition(**SHIP_TO, order_id="WEB-1")
    ordering.deliver()
    (order,) = ordering.ordered()
    delivery = order.party(Role.DELIVERY)
    assert delivery is not None
    assert delivery.address == Address(
        name="Garage Alfa", street="Ermou 12", postal_code="10563", city="Athina", country_code="GR"
    )
    assert order.uses_own_delivery_note


def test_a_project_is_named(ordering: Ordering) -> None:
    ordering.requisition(**PROJECT, quotation_id="AN-1")
    ordering.deliver()
    (line,) = ordering.ordered()[0].lines
    assert line.quotation_number == "AN-1"
    assert line.agreement == Agreement("P-77", datetime(2026, 12, 31), None, "Stadt Karlsruhe")


@pytest.mark.parametrize(
    ("columns", "code", "message"),
    [
        ({"supplier_id": "77"}, "not_accepted", "ordering sends to the test supplier 10000735 only; set `test: false`"),
        ({"order_unit": "STK"}, "unencodable", "As openTRANS it would not be valid: ORDER_UNIT: The value 'STK' is"),
        ({"net_amount": "99"}, "differing_values", "Line 1: net_amount is 99, and quantity times unit_price is 85.8."),
        ({"agreement_id": "P-77"}, "missing_value", "Line 1: agreement_ends_on has no value, and is needed where"),
        ({"ship_to_name": "Garage"}, "missing_value", "ship_to_street has no value, and is needed where goods are"),
        ({"note": "a\x0bb"}, "unencodable", "It cannot be written as XML"),
        ({"supplier_sku": "GONE"}, "not_accepted", "SUPPLIER_PID GONE is unknown"),
    ],
)
def test_what_cannot_be_ordered_is_held_and_nothing_is_sent(
    ordering: Ordering, columns: dict[str, Any], code: str, message: str
) -> None:
    ordering.requisition(**columns)
    ordering.deliver()
    (export,) = ordering.exports()
    assert (export.status, export.code) == (Status.HELD, code)
    assert message in str(export.error)
    assert ordering.market.deals == {}


def test_a_supplier_that_does_not_know_us_holds_the_order_until_the_number_is_pulled(ordering: Ordering) -> None:
    ordering.exporter = exporting(accounts={})
    ordering.requisition()
    ordering.deliver()
    assert "Our customer number at the supplier '10000735' is not known" in str(ordering.exports()[0].error)
    with ordering.warehouse.connect() as connection:
        known = {"supplier_id": TEST_SUPPLIER, "customer_account": "1", "order_account": "1-2"}
        insert(connection, "raw.suppliers", **known, name="Test", system_id=uuid4())
    ordering.again()
    (order,) = ordering.ordered()
    buyer = order.party(Role.BUYER)
    assert buyer is not None
    assert buyer.number == "1-2"


def test_what_keeps_one_supplier_keeps_no_other_and_nothing_is_ordered_twice(ordering: Ordering) -> None:
    ordering.exporter = exporting(test=False)
    ordering.requisition({"supplier_id": "77"}, {"supplier_id": "88", "supplier_sku": "GONE"})
    ordering.deliver()
    (export,) = ordering.exports()
    (deal,) = ordering.market.deals.values()
    assert (export.status, export.external_id) == (Status.HELD, deal["orderId"])
    assert str(export.error).startswith("Supplier 88: ")
    ordering.execute("update raw.purchase_requisitions set supplier_sku = '8' where supplier_id = '88'")
    ordering.again()
    (export,) = ordering.exports()
    assert export.status is Status.DELIVERED
    assert str(export.external_id).split(", ") == list(ordering.market.deals)
    assert len(ordering.market.deals) == 2


def test_an_order_that_was_sent_with_other_quantities_is_told(ordering: Ordering) -> None:
    ordering.requisition()
    ordering.deliver()
    ordering.execute("update ops.exports set status = 'waiting', external_id = null")
    ordering.execute("update raw.purchase_requisitions set quantity = 3")
    ordering.again()
    (export,) = ordering.exports()
    assert (export.status, export.code) == (Status.HELD, "differs_there")
    assert "which has 2 of '123002', not 3" in str(export.error)
    assert len(ordering.market.deals) == 1
