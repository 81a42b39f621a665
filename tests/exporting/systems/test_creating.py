"""Orders and customers become sales and parties of Tryton, once each, with what Tryton itself enters."""

from decimal import Decimal

import pytest

from tests.exporting.systems.creating import Creating, Tryton, amount
from wiseparts_pipeline.exporting.export import Status

DOZENS = {"sku": "LB-1", "quantity": 60, "unit_price": "2.50", "net_amount": "150"}


def test_an_order_is_confirmed_with_tryton_s_prices_and_its_number_comes_back(
    creating: Creating, tryton: Tryton
) -> None:
    key = creating.order(None, {}, DOZENS, note="Before noon")
    assert creating.deliver().notices == []
    (sale,) = tryton.sales(
        key,
        *("comment", "sale_date", "untaxed_amount", "party.code", "currency.code", "payment_term.name"),
        *("invoice_address.city", "shipment_address.city", "lines.quantity", "lines.unit.name", "lines.unit_price"),
    )
    (export,) = creating.exports()
    assert (export.status, export.external_id, export.path) == (Status.DELIVERED, sale["number"], None)
    assert (sale["state"], sale["comment"]) == ("processing", "Before noon")
    assert {name: int(sale["sale_date"][name]) for name in ("year", "month", "day")} == {
        "year": 2026,
        "month": 3,
        "day": 1,
    }
    assert (sale["party."]["code"], sale["currency."]["code"], sale["payment_term."]["name"]) == (
        *("C0002", "EUR"),
        "30 days",
    )
    assert (sale["invoice_address."]["city"], sale["shipment_address."]["city"]) == ("Αθήνα", "Piraeus")
    lines = [(each["quantity"], each["unit."]["name"], amount(each["unit_price"])) for each in sale["lines."]]
    # What is ordered is in the products' own units.
    assert lines == [("2.0", "Unit", Decimal("42.90")), ("60.0", "Unit", Decimal("2.50"))]


def test_what_is_agreed_is_only_quoted_or_gets_our_prices_and_another_amount_is_told(
    creating: Creating, tryton: Tryton
) -> None:
    creating.exporter("orders", prices="ours")
    ours = creating.order(unit_price="41.90", net_amount="83.80")
    assert creating.deliver().notices == []
    (sale,) = tryton.sales(ours, "untaxed_amount")
    assert (sale["state"], amount(sale["untaxed_amount"])) == ("quotation", Decimal("83.80"))
    creating.exporter("orders")
    theirs = creating.order(net_amount="83.80")
    assert creating.deliver().notices == [
        f"order {theirs}: Without tax it amounts to 85.80 EUR in erp, and to 83.80 EUR here. Correct whichever is"
        " wrong."
    ]
    assert creating.statuses() == ["delivered", "delivered amount_differs"]


def test_an_order_goes_to_the_address_that_it_names(creating: Creating, tryton: Tryton) -> None:
    creating.address("A1", "C0002", kind="shipping", street="DOCK 1", city="Piraeus")
    (party,) = tryton.find("party.party", [["code", "=", "C0002"]], "addresses")
    (theirs, ours) = party["addresses"]
    keys = [creating.order(ship_to_address_id=address) for address in ("A1", theirs)]
    elsewhere = creating.order(ship_to_address_id="99999")
    creating.deliver()
    assert [tryton.sales(key, "shipment_address")[0]["shipment_address"] for key in keys] == [ours, theirs]
    assert tryton.sales(elsewhere) == []
    (*_, held) = creating.exports()
    assert held.code == "not_there"
    assert str(held.error).startswith("The customer 'C0002' has no address '99999' in Tryton; enter it there")


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"sku": "NONE-1"}, "Line 1: there is no product with the code 'NONE-1' in Tryton"),
        ({"sku": None}, "Line 1 names no product"),
        ({"customer_id": "C9999"}, "There is no party with the code 'C9999' in Tryton"),
        ({"currency": "XXX"}, "There is no currency 'XXX' in Tryton"),
    ],
)
def test_what_tryton_does_not_have_holds_the_order_until_it_has(
    creating: Creating, columns: dict[str, str | None], message: str
) -> None:
    held = creating.held_alone(**columns)
    assert (held.code, str(held.error)[: len(message)]) == ("not_there", message)


def test_a_new_customer_goes_before_its_order_with_addresses_and_tax_number(creating: Creating, tryton: Tryton) -> None:
    creating.deliver_new_customer()
    (party,) = tryton.find(
        *("party.party", [["code", "=", "W0001"]]),
        *("name", "tax_identifier.code", "tax_identifier.type", "email", "phone", "addresses.city"),
        *("addresses.invoice", "addresses.delivery", "addresses.party_name", "addresses.country.code"),
    )
    assert (party["name"], party["email"], party["tax_identifier."]["code"]) == (
        *("Garage Alfa", "a@example.org"),
        "094014201",
    )
    assert party["tax_identifier."]["type"] == "gr_vat"
    assert sorted(each["city"] for each in party["addresses."]) == ["Athina", "Patra"]
    (sale,) = tryton.sales("WEB-NEW", "shipment_address.city", "invoice_address.city")
    assert (sale["shipment_address."]["city"], sale["invoice_address."]["city"]) == ("Patra", "Athina")


def test_a_code_that_another_customer_has_is_told_and_the_same_customer_is_found(
    creating: Creating, tryton: Tryton
) -> None:
    creating.exporter("customers")
    creating.customer("C0001", name="ΚΑΛΥΨΏ  1")
    creating.customer("C0003", name="Garage Beta")
    creating.deliver()
    same, other = creating.exports()
    assert (same.status, same.external_id) == (Status.DELIVERED, "C0001")
    assert (other.status, other.code) == (Status.HELD, "differs_there")
    assert "erp already has C0003 for 'C0003', which has the name 'Καλυψώ 3', not 'Garage Beta'" in str(other.error)
    creating.execute("update ops.exports set again = true where status = 'held'")
    creating.again()
    assert [each.status for each in creating.exports()] == [Status.DELIVERED] * 2


def test_an_order_over_the_credit_limit_stays_a_quotation_until_somebody_decides(
    creating: Creating, tryton: Tryton
) -> None:
    (key, cancelled) = [creating.order(quantity=500, customer_id="C0001", net_amount="21450") for _ in range(2)]
    creating.deliver()
    (sale,) = tryton.sales(key)
    first, _ = creating.exports()
    assert (first.status, first.code, first.external_id) == (Status.HELD, "not_accepted", sale["number"])
    assert f"It is {sale['number']} in erp, unconfirmed, because of: The party" in str(first.error)
    assert "will exceed their EUR1000.00 credit limit" in str(first.error)
    assert sale["state"] == "quotation"
    # People decide in Tryton.
    (other,) = tryton.sales(cancelled)
    tryton.ask("model.sale.sale.cancel", [int(other["id"])])
    tryton.set_credit_limit("C0001", "99000")
    creating.again()
    assert creating.statuses() == ["delivered", "cancelled cancelled_there"]
    assert [each["state"] for each in tryton.sales(key)] == ["processing"]


def test_warnings_are_skipped_only_if_that_is_agreed(creating: Creating, tryton: Tryton) -> None:
    creating.exporter("orders", confirm=True, warnings="skip")
    key = creating.order(quantity=5000, net_amount="214500", customer_id="C0003")
    assert creating.deliver().notices == []
    assert [each["state"] for each in tryton.sales(key)] == ["processing"]


def test_an_order_that_tryton_refuses_is_held_with_its_words(creating: Creating, tryton: Tryton) -> None:
    key = creating.order(quantity="0.123456")
    creating.deliver()
    (export,) = creating.exports()
    assert (export.status, export.code, tryton.sales(key)) == (Status.HELD, "not_accepted", [])
    assert "erp does not accept it: The number of digits" in str(export.error)
