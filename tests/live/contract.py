"""What every system that answers look-ups has to keep to. A class of tests inherits it, and has two fixtures:

`answering`, the system, logged in to, and `known`, what it has.
"""

import inspect
from base64 import urlsafe_b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, TypeVar, get_args

import pytest

from wiseparts_pipeline.live.answers import Invoice, InvoiceState, Offers, Order, OrderState, Page, Product
from wiseparts_pipeline.live.errors import BadQuestion, NotSupported, Unknown
from wiseparts_pipeline.live.questions import (
    PAGE,
    Answering,
    CustomerQuestion,
    FinancialsQuestion,
    InvoiceQuestion,
    InvoicesQuestion,
    OffersQuestion,
    OrderQuestion,
    OrdersQuestion,
    OrderTypesQuestion,
    ProductsQuestion,
    RoutesQuestion,
)

Item = TypeVar("Item", Invoice, Order)

# More than anybody has.
VERY_MANY = Decimal(1_000_000)

# Keys that nothing has, most of them more than a text to some query languages.
NOBODYS = ("%", "_", "' or 1=1 --", '["id", "!=", ""]', "\\", "Ω" * 200)


@dataclass(frozen=True)
class Known:
    """A customer with invoices and orders, products of which some lie in the warehouse, and today."""

    customer_id: str
    skus: Sequence[str]
    warehouse_id: str
    today: date


def _all(ask: Callable[[str | None], Page[Item]]) -> list[Item]:
    """The items of all pages."""
    page = ask(None)
    items = list(page.items)
    while page.cursor is not None:
        assert len(page.items) == PAGE
        page = ask(page.cursor)
        items += page.items
    assert len(page.items) <= PAGE
    return items


class Contract:
    """The tests."""

    @staticmethod
    def invoices(answering: Answering, known: Known, **asked: Any) -> list[Invoice]:
        return _all(lambda cursor: answering.invoices(InvoicesQuestion(known.customer_id, cursor=cursor, **asked)))

    @staticmethod
    def orders(answering: Answering, known: Known, **asked: Any) -> list[Order]:
        return _all(lambda cursor: answering.orders(OrdersQuestion(known.customer_id, cursor=cursor, **asked)))

    @staticmethod
    def products(answering: Answering, skus: Sequence[str], **asked: Any) -> list[Product]:
        return answering.products(ProductsQuestion(tuple(skus), **asked)).items

    def test_a_customer_is_the_one_that_was_asked_for(self, answering: Answering, known: Known) -> None:
        assert answering.customer(CustomerQuestion(known.customer_id)).model_dump()["customer_id"] == known.customer_id

    @pytest.mark.parametrize("key", NOBODYS)
    def test_what_does_not_exist_is_unknown(self, answering: Answering, known: Known, key: str) -> None:
        for question in (
            CustomerQuestion(key),
            FinancialsQuestion(key),
            InvoicesQuestion(key),
            InvoiceQuestion(key),
            OrdersQuestion(key),
            OrderQuestion(key),
            ProductsQuestion(tuple(known.skus), customer_id=key),
            ProductsQuestion(tuple(known.skus), warehouse_id=key),
        ):
            with pytest.raises(Unknown):
                question.put_to(answering)

    def test_credit_adds_up(self, answering: Answering, known: Known) -> None:
        told = answering.financials(FinancialsQuestion(known.customer_id))

        if told.credit_limit is None or told.committed is None:
            assert told.available_credit is None
        else:
            assert told.available_credit == told.credit_limit - told.balance - told.committed
        assert (told.overdue > 0) <= (told.oldest_due_on is not None and told.oldest_due_on < known.today)
        assert told.payment_status in {
            "blocked",
            "overdue" if told.overdue > 0 else "good",
            "over_limit" if (told.available_credit or 0) < 0 else "good",
        }

    def test_invoices_come_once_and_the_newest_first(self, answering: Answering, known: Known) -> None:
        invoices = self.invoices(answering, known)

        assert invoices
        assert len({each.invoice_id for each in invoices}) == len(invoices)
        days = [each.issued_on for each in invoices if each.issued_on]
        assert days == sorted(days, reverse=True)
        assert {each.customer_id for each in invoices} == {known.customer_id}

    def test_the_state_of_an_invoice_is_that_of_its_amounts(self, answering: Answering, known: Known) -> None:
        for each in self.invoices(answering, known):
            left, gross_amount = abs(each.open_amount), abs(each.gross_amount or Decimal(0))
            assert {
                "open": left == gross_amount,
                "part_paid": 0 < left < gross_amount,
                "paid": left == 0,
                "credited": left == 0,
            }[each.state], each

    def test_each_invoice_has_one_state(self, answering: Answering, known: Known) -> None:
        by_state = [self.invoices(answering, known, state=state) for state in get_args(InvoiceState)]

        everything = {each.invoice_id: each.state for each in self.invoices(answering, known)}
        assert {each.invoice_id: each.state for some in by_state for each in some} == everything
        assert sum(map(len, by_state)) == len(everything)

    def test_days_choose_invoices(self, answering: Answering, known: Known) -> None:
        everything = self.invoices(answering, known)
        day = max(each.issued_on for each in everything if each.issued_on)

        assert self.invoices(answering, known, since=day, until=day) == [
            each for each in everything if each.issued_on == day
        ]

    def test_an_invoice_is_the_one_of_the_list_with_its_lines(self, answering: Answering, known: Known) -> None:
        for listed in self.invoices(answering, known)[:3]:
            alone = answering.invoice(InvoiceQuestion(listed.invoice_id))
            assert listed.lines is None
            assert alone.model_copy(update={"lines": None}) == listed
            assert sum(line.net_amount for line in alone.lines or []) == alone.net_amount

    @pytest.mark.parametrize("written", ["?", '["2026-01-01"]', "[1, 2]", '["soon", "1"]', '["2026-01-01", "\\u0000"]'])
    def test_a_cursor_of_ones_own_is_refused(self, answering: Answering, known: Known, written: str) -> None:
        cursor = urlsafe_b64encode(written.encode()).decode()

        for question in (InvoicesQuestion, OrdersQuestion):
            with pytest.raises(BadQuestion, match="cursor"):
                question(known.customer_id, cursor=cursor).put_to(answering)

    def test_each_order_has_one_state(self, answering: Answering, known: Known) -> None:
        by_state = [self.orders(answering, known, state=state) for state in get_args(OrderState)]

        everything = {each.order_id: each.state for each in self.orders(answering, known)}
        assert everything
        assert {each.order_id: each.state for some in by_state for each in some} == everything
        assert sum(map(len, by_state)) == len(everything)

    def test_an_order_is_the_one_of_the_list_with_its_lines(self, answering: Answering, known: Known) -> None:
        for listed in self.orders(answering, known)[:3]:
            alone = answering.order(OrderQuestion(listed.order_id))
            assert listed.lines is None
            assert listed.deliveries is None
            assert alone.model_copy(update={"lines": None, "deliveries": None}) == listed
            left = [line.open_quantity for line in alone.lines or [] if line.open_quantity is not None]
            assert all(quantity >= 0 for quantity in left)
            if left:
                assert (listed.state == "open") == any(left)

    def test_products_come_in_the_order_of_the_question(self, answering: Answering, known: Known) -> None:
        skus = [*reversed(known.skus), "no such thing", known.skus[0]]

        told = answering.products(ProductsQuestion(tuple(skus), known.customer_id))

        assert [each.sku for each in told.items] == list(reversed(known.skus))
        assert told.unknown == ["no such thing"]

    def test_a_price_is_for_the_quantity(self, answering: Answering, known: Known) -> None:
        for each in self.products(answering, known.skus, customer_id=known.customer_id, quantity=Decimal(10)):
            if each.price is not None:
                assert each.price.quantity == 10
                assert abs(each.price.net_amount - 10 * each.price.unit_price) < Decimal("0.05")
                assert (each.price.quantity_break or 0) <= 10

    def test_a_warehouse_that_is_asked_for_is_the_only_one(self, answering: Answering, known: Known) -> None:
        for each in self.products(answering, known.skus, warehouse_id=known.warehouse_id):
            assert {stock.warehouse_id for stock in each.stock} <= {known.warehouse_id}

    def test_nothing_is_promised_from_stock_that_is_not_there(self, answering: Answering, known: Known) -> None:
        for each in self.products(answering, known.skus):
            if each.delivery.basis == "stock":
                assert each.delivery.on == known.today
                assert any((stock.free if stock.on_hand is None else stock.on_hand) > 0 for stock in each.stock)
            days = [incoming.on for stock in each.stock for incoming in stock.incoming if incoming.on]
            assert each.delivery.basis != "incoming" or each.delivery.on in days
        for each in self.products(answering, known.skus, quantity=VERY_MANY):
            assert each.delivery.basis in ("lead_time", "unknown")

    def test_routes_and_order_types_are_each_told_once_or_not_at_all(self, answering: Answering, known: Known) -> None:
        for asked, key in ((RoutesQuestion(), "route_id"), (OrderTypesQuestion(), "order_type")):
            try:
                told = [getattr(each, key) for each in asked.put_to(answering).items]  # type: ignore[attr-defined]
            except NotSupported:
                continue
            assert len(set(told)) == len(told)


def ask_everything(answering: Answering, known: Known) -> None:
    """Puts all questions of the tests, where nothing but the answers to them is wanted."""
    contract = Contract()
    for name, test in inspect.getmembers(contract, inspect.ismethod):
        if name.startswith("test_"):
            if "key" in inspect.signature(test).parameters:
                for key in NOBODYS:
                    test(answering, known, key)
            elif "written" not in inspect.signature(test).parameters:
                test(answering, known)


class OffersContract:
    """That of what answers about offers: `ask` does, and `sku` is of a product that suppliers offer."""

    @pytest.mark.parametrize("key", NOBODYS)
    def test_a_product_that_does_not_exist_is_unknown(self, ask: Callable[[OffersQuestion], Offers], key: str) -> None:
        with pytest.raises(Unknown):
            ask(OffersQuestion(key))

    @pytest.mark.parametrize("quantity", ["0.5", "1", "10", "1000000"])
    def test_offers_are_told_as_what_they_are_for(
        self, ask: Callable[[OffersQuestion], Offers], sku: str, quantity: str
    ) -> None:
        asked = Decimal(quantity)
        told = ask(OffersQuestion(sku, asked))

        assert (told.sku, told.quantity) == (sku, asked)
        assert told.items
        assert len({each.supplier_item_id for each in told.items}) == len(told.items)
        for each in told.items:
            assert each.order_quantity >= asked
            assert (each.quantity_break or 0) <= asked
            if each.unit_price is not None:
                assert each.net_amount is not None
                assert abs(each.net_amount - asked * each.unit_price) < Decimal("0.01") + asked * Decimal("0.000001")
            if each.has_quantity and each.stock is not None:
                assert each.stock >= asked
        assert (told.best is None) <= (asked > 1)
        assert told.best in (None, told.items[0].supplier_item_id)
