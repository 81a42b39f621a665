"""Which offer is the best, and which of its prices holds."""

from decimal import Decimal
from typing import Any

import pytest

from wiseparts_pipeline.live.answers import Offer
from wiseparts_pipeline.live.offers import Row, Step, ranked

NEW = {"condition_id": "1", "availability_code": "1", "currency": "EUR", "stock": 100}


def row(number: str, price: str | None = None, **others: Any) -> Row:
    given = {"supplier_item_id": number, "puid": "7", "supplier_id": "3", "price": price}
    return Row.model_validate(given | NEW | others)


def offer(quantity: str = "1", **others: Any) -> Offer:
    (only,) = ranked("S1", Decimal(quantity), [row("1", **others)], "EUR").items
    return only


def places(rows: list[Row], quantity: int = 1) -> list[str]:
    return [each.supplier_item_id for each in ranked("S1", Decimal(quantity), rows, "EUR").items]


def test_the_cheapest_that_has_the_quantity_is_first_and_new_goods_come_before_others() -> None:
    rows = [
        row("used", "10", condition_id="2"),
        row("too few", "12", stock=9),
        row("dear", "30"),
        row("cheap", "20"),
        row("on order", "11", availability_code="4"),
        row("free of charge", "0"),
        row("without price"),
    ]
    found = ranked("S1", Decimal(10), rows, "EUR")
    assert [each.supplier_item_id for each in found.items] == [
        *("cheap", "dear", "used", "on order", "too few", "free of charge", "without price"),
    ]
    assert found.best == "cheap"


def test_of_the_same_price_more_in_stock_is_better_and_then_the_key_decides() -> None:
    rows = [row("b", "5", stock=7), row("c", "5", stock=8), row("a", "5", stock=7), row("d", "5", stock=None)]
    assert places(rows) == ["c", "a", "b", "d"]


def test_prices_in_our_currency_come_before_others_that_cannot_be_compared() -> None:
    assert places([row("1", "1", currency="USD"), row("2", "1", currency="CHF"), row("3", "9")]) == ["3", "2", "1"]


def test_nothing_is_best_where_nobody_has_the_quantity() -> None:
    found = ranked("S1", Decimal(101), [row("1", "5"), row("2", "5", condition_id="2", stock=500)], "EUR")
    assert found.best is None
    assert [each.has_quantity for each in found.items] == [True, False]


@pytest.mark.parametrize(
    ("quantity", "price", "step"),
    [("1", "2.00", None), ("9.5", "2.00", None), ("10", "1.80", 10), ("99", "1.80", 10), ("100", "1.50", 100)],
)
def test_the_price_is_that_of_the_last_step_that_is_reached(quantity: str, price: str, step: int | None) -> None:
    steps = [Step(from_quantity=Decimal(each), price=Decimal(cost)) for each, cost in ((100, "3"), (1, 9), (10, "3.6"))]
    found = offer(quantity, price="4", price_quantity=2, scale_prices=steps)
    assert (found.unit_price, found.quantity_break) == (Decimal(price), step)
    assert found.net_amount == (Decimal(price) * Decimal(quantity)).quantize(Decimal("0.01"))


@pytest.mark.parametrize(("beside", "price"), [("4.0", "3"), (None, "3"), ("5", "4")])
def test_a_step_holds_beside_the_price_that_it_came_with(beside: str | None, price: str) -> None:
    steps = [{"from_quantity": 10, "price": "3", "beside_price": beside}]
    assert offer("10", price="4", scale_prices=steps).unit_price == Decimal(price)


def test_an_amount_is_not_that_of_a_rounded_price() -> None:
    found = offer("100000", price="1.2345", price_quantity=1000)
    assert (found.unit_price, found.net_amount) == (Decimal("0.001235"), Decimal("123.45"))


def test_a_price_is_no_float_and_as_long_as_it_has_to_be() -> None:
    document = offer("3", price="10", price_quantity=3, stock="12.50").model_dump(mode="json")
    assert (document["unit_price"], document["net_amount"], document["stock"]) == ("3.333333", "10.00", "12.5")


@pytest.mark.parametrize(
    ("stock", "code", "quantity", "has"),
    [
        (5, "1", "5", True),
        (5, "1", "6", False),
        (5, None, "5", True),
        (5, "4", "1", False),
        (0, "1", "1", False),
        (None, "1", "1", True),
        (None, "1", "2", None),
        (None, None, "1", False),
    ],
)
def test_what_is_in_stock_is_told_as_far_as_it_is_known(
    stock: int | None, code: str | None, quantity: str, has: bool | None
) -> None:
    assert offer(quantity, price="1", stock=stock, availability_code=code).has_quantity is has


@pytest.mark.parametrize(
    ("quantity", "least", "step", "ordered"),
    [
        ("3", None, None, 3),
        ("3", 10, None, 10),
        ("11", 10, 5, 15),
        ("15", 10, 5, 15),
        ("7", None, 4, 8),
        ("2", 0, 0, 2),
    ],
)
def test_what_has_to_be_ordered_is_told(quantity: str, least: int | None, step: int | None, ordered: int) -> None:
    assert offer(quantity, price="1", min_order_qty=least, order_increment=step).order_quantity == ordered
