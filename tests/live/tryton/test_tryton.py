"""A real Tryton: what look-ups answer is what it says itself, also after something has changed in it."""

import json
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, get_args

import pytest

from tests.connections import installed
from tests.connections.tryton import trading
from tests.connections.tryton.install import FOLDER, FOR_LOOKUPS, PASSWORD
from tests.connections.tryton.running import Unpaced, asking, settings, tryton
from tests.installation import Installation
from tests.live.contract import Contract, Known
from wiseparts_pipeline.connections.errors import LoginRefused, Refused
from wiseparts_pipeline.connections.tryton.values import plain
from wiseparts_pipeline.live.answers import Invoice, InvoiceState, Order, Product
from wiseparts_pipeline.live.questions import (
    CustomerQuestion,
    FinancialsQuestion,
    InvoiceQuestion,
    InvoicesQuestion,
    OrderQuestion,
    OrdersQuestion,
    OrderTypesQuestion,
    ProductsQuestion,
    RoutesQuestion,
)
from wiseparts_pipeline.live.systems.tryton import TrytonAnswers, paging
from wiseparts_pipeline.live.systems.tryton.values import as_date
from wiseparts_pipeline.warehouse import Warehouse

Call = Callable[..., Any]

BUYER = "L0001"


class Counted(Unpaced):
    """As fast as can be; counts the requests."""

    def __init__(self) -> None:
        self.requests = 0

    def wait(self) -> None:
        self.requests += 1


# The same at first, for the tests that change something.
CHANGING = f"{FOR_LOOKUPS}_changing"


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    installed.need(FOLDER, "python3 -m tests.connections.tryton.install")
    with tryton(tmp_path_factory.mktemp("tryton"), FOR_LOOKUPS, CHANGING) as url:
        yield url


@pytest.fixture(scope="module")
def pace() -> Counted:
    return Counted()


@pytest.fixture(scope="module")
def erp(url: str, pace: Counted) -> Iterator[TrytonAnswers]:
    with TrytonAnswers(settings(url, database=FOR_LOOKUPS), pace) as erp:
        yield erp


@pytest.fixture
def call(url: str) -> Iterator[Call]:
    """Tryton's own methods, as its client calls them."""
    with asking(url, FOR_LOOKUPS) as called:
        yield lambda method, *params, **context: plain(called(f"model.{method}", *params, **context), method)


@pytest.fixture(scope="module")
def changing(url: str) -> Iterator[TrytonAnswers]:
    with TrytonAnswers(settings(url, database=CHANGING), Unpaced()) as changing:
        yield changing


@pytest.fixture
def change(url: str) -> Iterator[Call]:
    with asking(url, CHANGING) as change:
        yield change


@pytest.fixture
def today(call: Call) -> date:
    return date.fromisoformat(call("ir.date.today"))


def _found(call: Call, model: str, domain: list[Any], *fields: str, **context: Any) -> dict[str, Any]:
    (record,) = call(f"{model}.search_read", domain, 0, 2, None, list(fields), **context)
    return dict(record)


def _buyer(call: Call, *fields: str) -> dict[str, Any]:
    return _found(call, "party.party", [["code", "=", BUYER]], *fields)


def _invoices(erp: TrytonAnswers, **asked: Any) -> list[Invoice]:
    return erp.invoices(InvoicesQuestion(BUYER, **asked)).items


def _orders(erp: TrytonAnswers, **asked: Any) -> list[Order]:
    return erp.orders(OrdersQuestion(BUYER, **asked)).items


def _product(erp: TrytonAnswers, sku: str, quantity: int = 1, customer: str | None = BUYER, **asked: Any) -> Product:
    (product,) = erp.products(ProductsQuestion((sku,), customer, Decimal(quantity), **asked)).items
    return product


def test_a_customer_has_the_columns_that_the_pulls_load(
    erp: TrytonAnswers, url: str, warehouse: Warehouse, tmp_path: Path
) -> None:
    installation = Installation(tmp_path, {"WISEPARTS_DATABASE_URL": warehouse.url})
    login = {"username": "admin", "password": PASSWORD, "allow_plaintext": True, "requests_per_second": 1000}
    address = {"name": "erp", "system": "tryton", "url": url, "database": FOR_LOOKUPS}
    installation.component("Connection", "erp", address | login)
    for entity in ("customers", "addresses", "contacts"):
        installation.component("Pull", entity, {"connection": "erp", "entity": entity})
    installation.run("pull", "--no-progress")
    loaded = json.loads(installation.run("lookup", "customer", BUYER, "--stored", "--json").out)
    live = erp.customer(CustomerQuestion(BUYER)).model_dump(mode="json")
    assert loaded["data"] | {"price_list": "Workshops", "payment_terms": "2 days"} == live
    assert (live["name"], live["credit_limit"], len(live["addresses"]), len(live["contacts"])) == (
        "Συνεργείο Αφοί Ωμέγα",
        "2000.00",
        2,
        1,
    )


def test_credit_is_what_tryton_says(erp: TrytonAnswers, call: Call) -> None:
    party = _buyer(call, "receivable", "credit_amount", "credit_limit_amount")
    found = erp.financials(FinancialsQuestion(BUYER))
    assert found.balance == Decimal(party["receivable"]) == Decimal("143.93")
    assert found.committed == Decimal(party["credit_amount"]) - Decimal(party["receivable"])
    assert found.available_credit == Decimal(party["credit_limit_amount"]) - Decimal(party["credit_amount"])
    assert found.currency == "EUR"


def test_overdue_is_what_was_due_before_today(erp: TrytonAnswers, today: date) -> None:
    found = erp.financials(FinancialsQuestion(BUYER))
    due = [each for each in _invoices(erp) if each.due_on and each.due_on < today and each.open_amount > 0]
    assert found.overdue == sum(each.open_amount for each in due) == Decimal("77.70")
    assert found.oldest_due_on == min(each.due_on for each in due if each.due_on)
    assert found.payment_status == "overdue"


def test_invoices_have_the_amounts_of_tryton(erp: TrytonAnswers, call: Call) -> None:
    for invoice in _invoices(erp):
        fields = ("invoice_date", "untaxed_amount", "tax_amount", "total_amount", "amount_to_pay", "currency.code")
        record = _found(call, "account.invoice", [["number", "=", invoice.invoice_id]], *fields)
        assert invoice.issued_on == date.fromisoformat(record["invoice_date"])
        assert invoice.net_amount == Decimal(record["untaxed_amount"])
        assert invoice.tax_amount == Decimal(record["tax_amount"])
        assert invoice.gross_amount == Decimal(record["total_amount"])
        assert invoice.open_amount == Decimal(record["amount_to_pay"])
        assert invoice.currency == record["currency"]["code"]


def test_invoices_are_open_part_paid_paid_or_credited(erp: TrytonAnswers) -> None:
    states = [(each.document_type, str(each.net_amount), each.state) for each in _invoices(erp)]
    assert states == [
        ("invoice", "69.53", "open"),
        ("credit_note", "-30.00", "open"),
        ("credit_note", "-42.00", "paid"),
        ("invoice", "42.00", "credited"),
        ("invoice", "26.70", "open"),
        ("invoice", "17.80", "open"),
        ("invoice", "21.00", "paid"),
        ("invoice", "99.90", "part_paid"),
    ]


@pytest.mark.parametrize("state", get_args(InvoiceState))
def test_a_state_chooses_the_invoices_that_are_in_it(erp: TrytonAnswers, state: InvoiceState) -> None:
    assert _invoices(erp, state=state) == [each for each in _invoices(erp) if each.state == state]


def test_days_choose_invoices_by_their_issue(erp: TrytonAnswers, today: date) -> None:
    since, until = today - timedelta(days=3), today - timedelta(days=1)
    chosen = [each for each in _invoices(erp) if each.issued_on and since <= each.issued_on <= until]
    assert _invoices(erp, since=since, until=until) == chosen
    assert len(chosen) == 3


def test_pages_together_are_the_list(erp: TrytonAnswers, monkeypatch: pytest.MonkeyPatch) -> None:
    everything = _invoices(erp)
    monkeypatch.setattr(paging, "PAGE", 3)
    pages: list[list[Invoice]] = []
    cursor = None
    while not pages or cursor is not None:
        page = erp.invoices(InvoicesQuestion(BUYER, cursor=cursor))
        pages.append(page.items)
        cursor = page.cursor
    assert [len(each) for each in pages] == [3, 3, 2]
    assert [each for page in pages for each in page] == everything


def test_an_invoice_has_its_lines_and_the_order_they_are_of(erp: TrytonAnswers) -> None:
    newest = erp.invoice(InvoiceQuestion(_invoices(erp)[0].invoice_id))
    assert newest.lines is not None
    assert [f"{line.quantity} {line.sku} for {line.net_amount}" for line in newest.lines] == ["2.0 FI-1 for 69.53"]
    assert newest.lines[0].order_id == _order(erp, "PO-80").order_id
    oldest = erp.invoice(InvoiceQuestion(_invoices(erp)[-1].invoice_id))
    assert [(line.sku, line.description) for line in oldest.lines or []] == [
        ("FI-1", "Part FI-1"),
        (None, "Freight"),
    ]


def _order(erp: TrytonAnswers, reference: str) -> Order:
    (found,) = [each for each in _orders(erp) if each.reference == reference]
    return erp.order(OrderQuestion(found.order_id))


def test_orders_are_those_that_were_confirmed_once(erp: TrytonAnswers) -> None:
    assert [(each.reference, each.status, each.state) for each in _orders(erp)] == [
        ("PO-80", "shipped", "closed"),
        ("PO-79", "confirmed", "open"),
        ("PO-78", "confirmed", "open"),
        ("PO-77", "confirmed", "open"),
    ]
    assert [each.reference for each in _orders(erp, state="closed")] == ["PO-80"]
    assert [each.reference for each in _orders(erp, state="open")] == ["PO-79", "PO-78", "PO-77"]


def test_an_order_tells_what_is_shipped_and_what_is_not(erp: TrytonAnswers, today: date) -> None:
    order = _order(erp, "PO-79")
    lines = {each.sku: (each.ordered_quantity, each.shipped_quantity, each.open_quantity) for each in order.lines or []}
    assert lines["FI-1"] == (Decimal(6), Decimal(4), Decimal(2))
    # A dozen of bulbs.
    assert lines["LB-1"] == (Decimal(12), Decimal(0), Decimal(12))
    deliveries = [(each.status, each.shipped_on) for each in order.deliveries or []]
    assert deliveries == [("shipped", today), ("planned", None)]
    assert order.net_amount == sum(each.net_amount or 0 for each in order.lines or [])


@pytest.mark.parametrize(
    ("sku", "quantity", "from_quantity"),
    [("FI-1", 1, None), ("FI-1", 9, None), ("FI-1", 10, 10), ("FI-1", 50, 50), ("OI-1", 50, None), ("LB-1", 12, 6)],
)
def test_a_price_is_the_customers_for_the_quantity(
    erp: TrytonAnswers, call: Call, today: date, sku: str, quantity: int, from_quantity: int | None
) -> None:
    party, product = (
        _buyer(call, "sale_price_list"),
        _found(call, "product.product", [["code", "=", sku]], "default_uom"),
    )
    context: dict[str, Any] = {"price_list": int(party["sale_price_list"]), "customer": int(party["id"]), "currency": 1}
    context |= {"quantity": quantity, "uom": int(product["default_uom"]), "sale_date": as_date(today)}
    (told,) = call("product.product.read", [int(product["id"])], ["sale_price_uom"], **context)
    price = _product(erp, sku, quantity).price
    assert price is not None
    assert price.unit_price == Decimal(told["sale_price_uom"])
    assert price.net_amount == round(price.unit_price * quantity, 2)
    assert (price.price_list, price.quantity_break, price.currency) == ("Workshops", from_quantity, "EUR")


def test_without_a_customer_the_price_is_that_of_the_list(erp: TrytonAnswers) -> None:
    found = _product(erp, "FI-1", 10, customer=None)
    assert found.price is not None
    assert found.price.unit_price == found.list_price == Decimal("34.765")
    assert (found.price.price_list, found.price.quantity_break) == (None, None)


def test_stock_is_what_tryton_has_in_each_warehouse(erp: TrytonAnswers, call: Call, today: date) -> None:
    number = int(_found(call, "product.product", [["code", "=", "FI-1"]])["id"])
    for stock in _product(erp, "FI-1").stock:
        warehouse = _found(call, "stock.location", [["code", "=", stock.warehouse_id]], "storage_location")
        there: dict[str, Any] = {"product": number, "stock_date_end": as_date(today), "with_childs": True}
        (told,) = call("stock.location.read", [int(warehouse["storage_location"])], ["quantity"], **there)
        assert stock.on_hand == Decimal(told["quantity"])
    assert {each.warehouse_id: each.on_hand for each in _product(erp, "FI-1").stock} == {"WH": 19, "SHOP": 3}


def test_what_comes_in_says_when_it_can_be_delivered(erp: TrytonAnswers, today: date) -> None:
    found = _product(erp, "SP-1", 20)
    incoming = {each.warehouse_id: [(part.quantity, part.on) for part in each.incoming] for each in found.stock}
    assert incoming == {"WH": [(Decimal(50), today + timedelta(days=10))], "SHOP": []}
    assert (found.delivery.basis, found.delivery.on) == ("incoming", today + timedelta(days=10))


@pytest.mark.parametrize(
    ("sku", "quantity", "basis", "days"),
    [("FI-1", 3, "stock", 0), ("FI-1", 1000, "lead_time", 12), ("SP-1", 1000, "unknown", None)],
)
def test_a_delivery_is_estimated_by_stock_then_lead_time(
    erp: TrytonAnswers, today: date, sku: str, quantity: int, basis: str, days: int | None
) -> None:
    found = _product(erp, sku, quantity).delivery
    assert (found.basis, found.on) == (basis, None if days is None else today + timedelta(days=days))


def test_only_the_warehouse_that_is_asked_for_counts(erp: TrytonAnswers) -> None:
    found = _product(erp, "FI-1", 10, warehouse_id="SHOP")
    assert [each.warehouse_id for each in found.stock] == ["SHOP"]
    assert found.delivery.basis == "lead_time"


def test_fifty_products_take_as_many_requests_as_one(erp: TrytonAnswers, pace: Counted) -> None:
    def requests(*skus: str) -> int:
        before = pace.requests
        erp.products(ProductsQuestion(skus, BUYER, Decimal(10)))
        return pace.requests - before

    many = ["FI-1", "SP-1", "OI-1", "LB-1", *(f"BP-{number}" for number in range(1001, 1047))]
    assert requests(*many) == requests("FI-1")


class TestContract(Contract):
    @pytest.fixture
    def answering(self, erp: TrytonAnswers) -> TrytonAnswers:
        return erp

    @pytest.fixture
    def known(self, today: date) -> Known:
        return Known(BUYER, ["FI-1", "OI-1", "LB-1"], "WH", today)


def test_routes_are_the_carriers(erp: TrytonAnswers) -> None:
    assert [each.name for each in erp.routes(RoutesQuestion()).items] == ["Speedex", "Own van"]


def test_order_types_are_how_tryton_invoices_and_ships(erp: TrytonAnswers) -> None:
    types = {each.order_type: (each.invoicing, each.delivery) for each in erp.order_types(OrderTypesQuestion()).items}
    assert types["order/order"] == ("On Order Processed", "On Order Processed")
    assert types["fulfillment/manual"] == ("On Fulfillment", "Manual")
    assert "fulfillment/invoice" not in types


def test_a_missing_right_is_said(url: str) -> None:
    reader = settings(url, database=FOR_LOOKUPS, username="reader", password="reader-password")
    with (
        TrytonAnswers(reader, Unpaced()) as erp,
        pytest.raises(Refused, match=r"may not read account\.invoice; give the user a group"),
    ):
        erp.invoices(InvoicesQuestion(BUYER))


def test_a_wrong_password_is_refused(url: str) -> None:
    with pytest.raises(LoginRefused):
        TrytonAnswers(settings(url, database=FOR_LOOKUPS, password="wrong"), Unpaced())


def test_what_is_paid_in_tryton_is_not_owed_any_more(changing: TrytonAnswers, change: Call, today: date) -> None:
    before = changing.financials(FinancialsQuestion(BUYER))
    trading.pay(change, BUYER, "5.25", "EUR", today)
    after = changing.financials(FinancialsQuestion(BUYER))
    assert after.balance == before.balance - Decimal("5.25")
    assert after.available_credit == (before.available_credit or 0) + Decimal("5.25")
    assert after.committed == before.committed


def test_what_falls_due_in_tryton_is_overdue(changing: TrytonAnswers, change: Call, today: date) -> None:
    before = changing.financials(FinancialsQuestion(BUYER))
    trading.invoice_again(change, BUYER, [0, 1], today)
    after = changing.financials(FinancialsQuestion(BUYER))
    # Of two invoices of the same amount, the one that is due today is not overdue.
    assert after.overdue - before.overdue == (after.balance - before.balance) / 2 > 0


def test_what_is_shipped_in_tryton_is_seen(changing: TrytonAnswers, change: Call) -> None:
    order = _order(changing, "PO-77")
    assert [each.status for each in order.deliveries or []] == ["planned"]
    (sale,) = change("model.sale.sale.search_read", [["number", "=", order.order_id]], 0, 2, None, ["shipments"])
    for step in ("assign_force", "pick", "pack", "do"):
        change(f"model.stock.shipment.out.{step}", [int(each) for each in sale["shipments"]])
    order = _order(changing, "PO-77")
    assert (order.status, order.state) == ("shipped", "closed")
    assert [(each.shipped_quantity, each.open_quantity) for each in order.lines or []] == [(Decimal(1), Decimal(0))]


def test_what_is_found_in_the_warehouse_can_be_sold(changing: TrytonAnswers, change: Call) -> None:
    trading.count(change, "SP-1", 500)
    found = _product(changing, "SP-1", 400)
    assert [each.on_hand for each in found.stock if each.warehouse_id == "WH"] == [Decimal(500)]
    assert found.delivery.basis == "stock"


def test_a_new_price_is_asked_for(changing: TrytonAnswers, change: Call) -> None:
    line = trading.one(change, "product.price_list.line", ["quantity", "=", 10])
    change("model.product.price_list.line.write", [line], {"formula": "unit_price * 0.5"})
    price = _product(changing, "FI-1", 10).price
    assert price is not None
    assert price.unit_price == Decimal("17.3825")


def test_a_customer_that_was_closed_is_blocked(changing: TrytonAnswers, change: Call) -> None:
    number = trading.one(change, "party.party", ["code", "=", "C0002"])
    change("model.party.party.write", [number], {"active": False})
    assert changing.financials(FinancialsQuestion("C0002")).payment_status == "blocked"
    assert changing.customer(CustomerQuestion("C0002")).model_dump()["status"] == "closed"
