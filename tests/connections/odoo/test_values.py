"""Values, units and terms of payment that the recorded answers do not have."""

from typing import Any

import pytest

from wiseparts_pipeline.connections.errors import UnexpectedAnswer
from wiseparts_pipeline.connections.odoo.completing import completed
from wiseparts_pipeline.connections.odoo.units import in_own_unit
from wiseparts_pipeline.connections.odoo.values import Field, plain

PIECE = {"id": "1", "factor": "1.0", "factor_inv": "1.0", "relative_factor": None, "category_id": {"id": "1"}}
DOZEN = {**PIECE, "id": "2", "factor": "0.08333333333333333", "factor_inv": "12.0"}
# As versions from 19 on write it.
GROSS = {**PIECE, "id": "3", "factor": "144.0", "factor_inv": None, "relative_factor": "12.0"}
PIECE_19 = {**PIECE, "factor_inv": None, "relative_factor": "1.0"}
KILO = {**PIECE, "id": "4", "category_id": {"id": "2"}}
BROKEN = {**DOZEN, "factor": "0.0", "factor_inv": "0.0"}


def line(unit: object, own: object) -> dict[str, Any]:
    product = {"uom_id": own, "type": "product"}
    return {"product_uom_id": unit, "product_id": product, "quantity": "2.0", "price_unit": "36.0"}


@pytest.mark.parametrize(
    ("unit", "own", "quantity", "price"),
    [
        (DOZEN, PIECE, "24", "3"),
        (PIECE, DOZEN, "0.166666666667", "432"),
        (GROSS, PIECE_19, "288", "0.25"),
        (PIECE, PIECE, "2.0", "36.0"),
        (KILO, PIECE, "2.0", "36.0"),
        ({"id": None}, PIECE, "2.0", "36.0"),
    ],
)
def test_quantities_and_prices_are_in_the_unit_of_the_product(
    unit: object, own: object, quantity: str, price: str
) -> None:
    assert in_own_unit(line(unit, own), "quantity", "line") == {"quantity": quantity, "unit_price": price}


def test_a_unit_that_is_none_is_told() -> None:
    with pytest.raises(UnexpectedAnswer, match="line 5: its unit cannot be converted"):
        in_own_unit(line(BROKEN, PIECE), "quantity", "line 5")


@pytest.mark.parametrize(
    ("lines", "days"),
    [
        ({"days": "30", "option": "day_after_invoice_date"}, "30"),
        ({"nb_days": "14", "delay_type": "days_after", "days": None}, "14"),
        ({"days": "30", "option": "day_following_month"}, None),
        ({"nb_days": "10", "delay_type": "days_after_end_of_month"}, None),
        ({"days": "0", "months": "1"}, None),
        ({"days": "0", "end_month": True}, None),
        ({}, None),
    ],
)
def test_only_a_number_of_days_after_the_invoice_is_one(lines: dict[str, Any], days: str | None) -> None:
    nothing = dict.fromkeys(("days", "option", "nb_days", "delay_type", "months", "end_month"))
    term = {"property_payment_term_id": {"line_ids": [{**nothing, **lines}]}, "category_id": []}
    (done,) = completed("customers", [term], "place")
    assert done["property_payment_term_id"]["days"] == days


def test_parts_of_a_payment_have_no_number_of_days() -> None:
    term = {"property_payment_term_id": {"line_ids": [{"days": "0"}, {"days": "30"}]}, "category_id": []}
    (done,) = completed("customers", [term], "place")
    assert done["property_payment_term_id"]["days"] is None


def test_a_text_of_a_page_is_one_without_its_tags() -> None:
    html = "<p>Ring &amp; wait</p><p>at <b>gate 2</b></p>"
    assert plain(html, Field("html"), None, "note") == "Ring & wait\nat gate 2"


def test_large_and_small_numbers_are_written_out() -> None:
    assert plain("1e+16", Field("float"), None, "amount") == "10000000000000000"
    assert plain("2.5e-07", Field("float"), None, "amount") == "0.00000025"
    assert plain("1.005", Field("monetary"), 2, "amount") == "1.01"


def test_an_order_of_shipping_alone_has_it_as_its_line() -> None:
    shipping = {
        "is_delivery": True,
        "price_tax": "1.0",
        "price_subtotal": "5.0",
        "display_type": None,
        "name": "Shipping",
    }
    own = {**line(PIECE, PIECE), **shipping, "id": "1", "product_uom_qty": "1.0", "qty_delivered": "0.0"}
    (order,) = completed("orders", [{"name": "S1", "state": "sale", "order_line": [own]}], "place")
    assert [each["tax_amount"] for each in order["order_line"]] == ["1.0"]
    assert order["delivered"] is False


def test_a_cart_of_the_web_shop_is_no_quote() -> None:
    cart = {"name": "S1", "state": "draft", "website_id": {"id": "1"}, "order_line": []}
    draft = {**cart, "website_id": {"id": None}}
    assert completed("quotes", [cart, draft], "place") == [draft]
