"""Look-ups with the answers that a real Odoo 14 gave; `tests/connections/odoo/test_odoo.py` asks a real one."""

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from email.utils import parsedate_to_datetime

import pytest

from tests.connections.odoo.recorded import PRODUCTS, answering, known_of, read
from tests.connections.odoo.running import Unpaced, settings
from tests.live.contract import Contract, Known
from wiseparts_pipeline.config.connections.live import CAPABILITIES, KINDS
from wiseparts_pipeline.live.answers import DeliveryEstimate, Incoming, Price
from wiseparts_pipeline.live.errors import NotSupported, Unknown
from wiseparts_pipeline.live.questions import (
    CustomerQuestion,
    FinancialsQuestion,
    InvoiceQuestion,
    InvoicesQuestion,
    OrderQuestion,
    OrdersQuestion,
    OrderTypesQuestion,
    Question,
    RoutesQuestion,
)
from wiseparts_pipeline.live.systems.odoo import OdooAnswers


@pytest.fixture
def today() -> date:
    """The day on which Odoo answered."""
    return parsedate_to_datetime(read().at).date()


def test_a_customer_has_what_the_pull_has() -> None:
    with answering() as odoo, OdooAnswers(settings(odoo.url), Unpaced()) as system:
        found = system.customer(CustomerQuestion("C0001")).model_dump()
        with pytest.raises(Unknown, match="no customer 'none such'"):
            system.customer(CustomerQuestion("none such"))
    assert [found[name] for name in ("name", "status", "price_list", "payment_terms", "credit_limit", "language")] == [
        *("Καλυψώ 1", "active", "Public Pricelist", "30 Days", 1000, "en"),
    ]
    assert [(each["kind"], each["name"]) for each in found["addresses"]] == [
        ("billing", "Καλυψώ 1"),
        ("shipping", "Warehouse"),
        ("billing", "Accounts"),
    ]
    assert [each["last_name"] for each in found["contacts"]] == ["Eleni Markou"]


def test_what_is_owed_and_ordered_counts_as_credit(today: date) -> None:
    with answering() as odoo, OdooAnswers(settings(odoo.url), Unpaced()) as system:
        first = system.financials(FinancialsQuestion("C0001"))
        abroad = system.financials(FinancialsQuestion("C0002"))
        with pytest.raises(Unknown):
            system.financials(FinancialsQuestion("none such"))
    assert (first.credit_limit, first.balance, first.overdue) == (Decimal(1000), Decimal("106.50"), Decimal("123.40"))
    # The open order of 229.30 and tax of 15 %.
    assert (first.committed, first.available_credit) == (Decimal("263.70"), Decimal("629.80"))
    assert (first.oldest_due_on, first.payment_status) == (today - timedelta(days=20), "overdue")
    # In euros, of which one is 1.25 dollars.
    assert (abroad.currency, abroad.balance, abroad.credit_limit) == ("EUR", Decimal("328.79"), None)


def test_products_have_the_price_of_the_customer_and_what_lies_where(today: date) -> None:
    with answering() as odoo, OdooAnswers(settings(odoo.url), Unpaced()) as system:
        several, abroad, listed = (system.products(question) for question in PRODUCTS)
    part, brake, fitting = several.items
    assert several.unknown == ["none such"]
    assert [(each.warehouse_id, each.on_hand, each.free, each.incoming) for each in part.stock] == [
        ("WH", Decimal(25), Decimal(25), [Incoming(quantity=Decimal(50), on=today + timedelta(days=10))]),
        ("SHOP", Decimal(4), Decimal(4), []),
    ]
    assert [(each.on_hand, each.free) for each in brake.stock] == [(Decimal(40), Decimal(38)), (Decimal(0), Decimal(0))]
    assert part.delivery == DeliveryEstimate(on=today, basis="stock")
    assert (fitting.stock, fitting.delivery.basis) == ([], "unknown")
    # Ten per cent less from 20 on, in dollars.
    assert abroad.items[0].price == Price(
        unit_price=Decimal("44.89"),
        net_amount=Decimal("1346.70"),
        quantity=Decimal(30),
        currency="USD",
        price_list="Export",
        quantity_break=Decimal(20),
    )
    assert listed.items[0].price is not None
    assert (listed.items[0].price.unit_price, listed.items[0].price.price_list) == (Decimal("39.90"), None)


def test_orders_have_what_was_shipped_of_them() -> None:
    with answering() as odoo, OdooAnswers(settings(odoo.url), Unpaced()) as system:
        orders = system.orders(OrdersQuestion("C0001"))
        assert system.orders(OrdersQuestion("C0001", state="open")).items == [orders.items[-1]]
        waiting, shipped = (system.order(OrderQuestion(number)) for number in ("S00004", "S00005"))
        with pytest.raises(Unknown, match="no order 'S00003'"):
            system.order(OrderQuestion("S00003"))
    assert [(each.order_id, each.status, each.gross_amount) for each in orders.items] == [
        ("S00006", "cancelled", Decimal(80)),
        ("S00005", "shipped", Decimal("83.80")),
        ("S00004", "confirmed", Decimal("263.70")),
    ]
    assert waiting.lines is not None
    assert [(each.sku, each.ordered_quantity, each.open_quantity) for each in waiting.lines] == [
        ("BP-1003", Decimal(2), Decimal(2)),
        ("LB-1", Decimal(60), Decimal(60)),
    ]
    assert shipped.deliveries is not None
    assert [(each.delivery_id, each.status) for each in shipped.deliveries] == [("WH/OUT/00002", "shipped")]
    assert shipped.lines is not None
    assert [(each.shipped_quantity, each.open_quantity) for each in shipped.lines] == [(Decimal(2), Decimal(0))]


def test_invoices_have_what_is_open_of_them() -> None:
    with answering() as odoo, OdooAnswers(settings(odoo.url), Unpaced()) as system:
        found = system.invoices(InvoicesQuestion("C0001")).items
        assert [each.state for each in found] == ["paid", "open", "open", "part_paid"]
        assert system.invoices(InvoicesQuestion("C0001", state="part_paid")).items == [found[-1]]
        long_ago = InvoicesQuestion("C0001", since=date(2020, 1, 1), until=date(2020, 1, 31))
        assert system.invoices(long_ago).items == []
        credit = system.invoice(InvoiceQuestion("RINV/2026/11/0001"))
        with pytest.raises(Unknown, match="no invoice 'none such'"):
            system.invoice(InvoiceQuestion("none such"))
    assert (found[-1].gross_amount, found[-1].open_amount) == (Decimal("83.80"), Decimal(50))
    assert (credit.document_type, credit.gross_amount, credit.open_amount) == (
        *("credit_note", Decimal("-41.90"), Decimal("-41.90")),
    )
    assert credit.lines is not None
    assert [(each.sku, each.quantity, each.net_amount) for each in credit.lines] == [
        ("BP-1002", Decimal(-1), Decimal("-41.90")),
    ]


@pytest.mark.parametrize("question", [RoutesQuestion(), OrderTypesQuestion()])
def test_what_odoo_is_not_asked_is_told(question: Question) -> None:
    assert question.kind not in CAPABILITIES["odoo"]
    with (
        answering() as odoo,
        OdooAnswers(settings(odoo.url), Unpaced()) as system,
        pytest.raises(NotSupported, match="Odoo"),
    ):
        question.put_to(system)


def test_nothing_is_lacking_where_all_modules_are() -> None:
    with answering() as odoo, OdooAnswers(settings(odoo.url), Unpaced()) as system:
        assert list(system.notes(KINDS)) == []


@pytest.fixture(scope="module")
def recorded() -> Iterator[OdooAnswers]:
    with answering() as odoo, OdooAnswers(settings(odoo.url), Unpaced()) as system:
        yield system


class TestContract(Contract):
    @pytest.fixture
    def answering(self, recorded: OdooAnswers) -> OdooAnswers:
        return recorded

    @pytest.fixture
    def known(self, today: date) -> Known:
        return known_of(today)
