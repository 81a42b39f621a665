"""Orders and customers become quotations and partners of Odoo, once each, with what Odoo itself enters."""

from typing import Any

import pytest

from tests.exporting.systems.creating import Creating, Odoo
from wiseparts_pipeline.exporting.export import Status

pytestmark = pytest.mark.parametrize("erp", ["odoo"], indirect=True)

DOZENS = {"sku": "LB-1", "quantity": 60, "unit_price": "2.50", "net_amount": "150"}


def test_an_order_is_confirmed_with_odoo_s_prices_and_its_number_comes_back(creating: Creating, odoo: Odoo) -> None:
    key = creating.order(None, {}, DOZENS, note="Before noon\nat gate 2")
    assert creating.deliver().notices == []
    (sale,) = odoo.sales(
        *(key, "note", "amount_untaxed", "partner_id", "partner_invoice_id", "partner_shipping_id"),
        *("payment_term_id", "user_id", "warehouse_id", "order_line"),
    )
    (export,) = creating.exports()
    assert (export.status, export.external_id, export.path) == (Status.DELIVERED, sale["name"], None)
    assert (sale["state"], sale["note"], sale["amount_untaxed"]) == ("sale", "Before noon\nat gate 2", 233.8)
    names = ("partner_id", "partner_invoice_id", "partner_shipping_id", "payment_term_id", "user_id")
    assert [sale[name][1] for name in names] == [
        *("Καλυψώ 1", "Καλυψώ 1, Accounts", "Καλυψώ 1, Warehouse", "30 Days", "Maria Nikolaou"),
    ]
    fields = ["product_uom_qty", "product_uom", "price_unit", "tax_id"]
    lines = odoo.admin.call("sale.order.line", "read", sale["order_line"], fields)
    # What is ordered is in the products' own units.
    assert [(each["product_uom_qty"], each["product_uom"][1], each["price_unit"]) for each in lines] == [
        (2, "Units", 41.9),
        (60, "Units", 2.5),
    ]
    assert all(each["tax_id"] for each in lines)


def test_a_price_of_a_quantity_and_its_discount_are_what_a_person_would_get(creating: Creating, odoo: Odoo) -> None:
    prices = odoo.one_price_list("C0002")
    odoo.admin.write("product.pricelist", prices, {"discount_policy": "without_discount"})
    # The setting Discounts.
    shown = [[4, odoo.admin.named("product", "group_discount_per_so_line")]]
    odoo.admin.write("res.groups", odoo.admin.named("base", "group_user"), {"implied_ids": shown})
    key = creating.order(customer_id="C0002", quantity=20, currency="USD", net_amount="942.84")
    assert creating.deliver().notices == []
    (sale,) = odoo.sales(key, "order_line", "amount_untaxed")
    (line,) = odoo.admin.call("sale.order.line", "read", sale["order_line"], ["price_unit", "discount"])
    # 41.90 euros are 52.38 dollars.
    assert (line["price_unit"], line["discount"]) == (52.38, 10)


def test_what_is_agreed_is_only_a_quotation_or_gets_our_prices_and_another_amount_is_told(
    creating: Creating, odoo: Odoo
) -> None:
    creating.exporter("orders", prices="ours")
    ours = creating.order(unit_price="40.90", net_amount="81.80")
    assert creating.deliver().notices == []
    (sale,) = odoo.sales(ours, "amount_untaxed", "date_order")
    assert (sale["state"], sale["amount_untaxed"], sale["date_order"]) == ("draft", 81.8, "2026-03-01 12:00:00")
    creating.exporter("orders")
    theirs = creating.order(net_amount="81.80")
    assert creating.deliver().notices == [
        f"order {theirs}: Without tax it amounts to 83.80 EUR in erp, and to 81.80 EUR here. Correct whichever is"
        " wrong."
    ]


def test_an_order_goes_to_the_address_that_it_names(creating: Creating, odoo: Odoo) -> None:
    creating.address("A1", "C0001", kind="billing", street="p.o.  box 1")
    dock = odoo.admin.one("res.partner", ["street", "=", "Dock 1"])
    keys = [creating.order(ship_to_address_id=address) for address in ("A1", str(dock))]
    elsewhere = creating.order(ship_to_address_id="99999")
    creating.deliver()
    assert [odoo.sales(key, "partner_shipping_id")[0]["partner_shipping_id"][1] for key in keys] == [
        "Καλυψώ 1, Accounts",
        "Καλυψώ 1, Warehouse",
    ]
    assert odoo.sales(elsewhere) == []
    (*_, held) = creating.exports()
    assert held.code == "not_there"
    assert str(held.error).startswith("The customer 'C0001' has no address '99999' in Odoo; enter it there")


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"sku": "NONE-1"}, "Line 1: there is no product with the reference 'NONE-1' in Odoo"),
        ({"sku": "OLD-2"}, "Line 1: there is no product with the reference 'OLD-2' in Odoo, or it is archived"),
        ({"sku": None}, "Line 1 names no product"),
        ({"quantity": "0.123"}, "Line 1: Odoo keeps 2 decimals of quantities, and 0.123 has more"),
        ({"customer_id": "C9999"}, "There is no customer with the reference 'C9999' in Odoo"),
        ({"currency": "USD"}, "The price list of the customer 'C0001' in Odoo is in EUR, and the order in USD"),
    ],
)
def test_what_odoo_does_not_have_holds_the_order_until_it_has(
    creating: Creating, columns: dict[str, str | None], message: str
) -> None:
    held = creating.held_alone(**columns)
    assert (held.code, str(held.error)[: len(message)]) == ("not_there", message)


def test_a_new_customer_goes_before_its_order_with_addresses_and_tax_number(creating: Creating, odoo: Odoo) -> None:
    creating.deliver_new_customer()
    fields = ["name", "type", "city", "zip", "vat", "email", "is_company", "customer_rank"]
    alfa, depot = odoo.admin.call(
        "res.partner", "search_read", ["|", ["ref", "=", "W0001"], ["parent_id.ref", "=", "W0001"]], fields
    )
    assert [alfa[name] for name in fields] == [
        *("Garage Alfa", "contact", "Athina", "10563", "094014201", "a@example.org", True, 1),
    ]
    assert (depot["name"], depot["type"], depot["city"]) == ("Depot", "delivery", "Patra")
    (sale,) = odoo.sales("WEB-NEW", "partner_shipping_id", "partner_invoice_id")
    assert (sale["partner_shipping_id"][0], sale["partner_invoice_id"][0]) == (depot["id"], alfa["id"])


def test_a_reference_that_another_customer_has_is_told_and_the_same_customer_is_found(
    creating: Creating, odoo: Odoo
) -> None:
    creating.exporter("customers")
    creating.customer("C0001", name="ΚΑΛΥΨΏ  1")
    creating.customer("C0002", name="Garage Beta")
    creating.customer("C0004", name="Closed 4")
    creating.deliver()
    same, other, archived = creating.exports()
    assert (same.status, same.external_id) == (Status.DELIVERED, "C0001")
    assert (other.status, other.code) == (Status.HELD, "differs_there")
    assert "erp already has C0002 for 'C0002', which has the name 'Export 2', not 'Garage Beta'" in str(other.error)
    assert "which is archived" in str(archived.error)


def warn(odoo: Odoo, kind: str, **more: Any) -> str:
    """A new customer with a message of this kind; returns its reference."""
    key = f"W-{kind}-{len(more)}"
    message = {"sale_warn": kind, "sale_warn_msg": "Pays late:\nask Maria."}
    odoo.admin.new("res.partner", {"name": key, "ref": key, "is_company": True, "customer_rank": 1, **message, **more})
    return key


def test_an_order_that_odoo_warns_of_stays_a_quotation_until_somebody_decides(creating: Creating, odoo: Odoo) -> None:
    customer = warn(odoo, "warning")
    key, cancelled, confirmed = [creating.order(customer_id=customer) for _ in range(3)]
    creating.deliver()
    first, *_ = creating.exports()
    (sale,) = odoo.sales(key)
    assert (first.status, first.code, first.external_id) == (Status.HELD, "not_accepted", sale["name"])
    assert f"It is {sale['name']} in erp, unconfirmed, because of: {customer}: Pays late: ask Maria." in str(
        first.error
    )
    assert sale["state"] == "draft"
    # People decide in Odoo.
    odoo.admin.call("sale.order", "action_cancel", [odoo.sales(cancelled)[0]["id"]])
    odoo.admin.call("sale.order", "action_confirm", [odoo.sales(confirmed)[0]["id"]])
    creating.again()
    assert creating.statuses() == ["held not_accepted", "cancelled cancelled_there", "delivered"]
    odoo.admin.write("res.partner", odoo.admin.one("res.partner", ["ref", "=", customer]), {"sale_warn": "no-message"})
    creating.again()
    assert [each["state"] for each in odoo.sales(key)] == ["sale"]


def test_warnings_are_skipped_only_if_that_is_agreed_and_what_blocks_never_is(creating: Creating, odoo: Odoo) -> None:
    creating.exporter("orders", confirm=True, warnings="skip")
    warned, blocked = [creating.order(customer_id=warn(odoo, kind, street="x")) for kind in ("warning", "block")]
    creating.deliver()
    assert [each["state"] for each in odoo.sales(warned)] == ["sale"]
    assert creating.statuses() == ["delivered", "held not_accepted"]
    (_, held) = creating.exports()
    assert "erp does not accept it: W-block-1: Pays late: ask Maria." in str(held.error)
    assert odoo.sales(blocked) == []


def test_what_odoo_refuses_to_confirm_stays_a_quotation_with_its_words(creating: Creating, odoo: Odoo) -> None:
    nowhere = odoo.admin.new("stock.location", {"name": "Nowhere", "usage": "customer"})
    customer = warn(odoo, "no-message", property_stock_customer=nowhere)
    odoo.admin.write("stock.location", nowhere, {"usage": "internal"})
    key = creating.order(customer_id=customer)
    creating.deliver()
    (export,) = creating.exports()
    assert (export.status, export.code) == (Status.HELD, "not_accepted")
    assert "unconfirmed, because of: No rule has been found to replenish" in str(export.error)
    assert [each["state"] for each in odoo.sales(key)] == ["draft"]
