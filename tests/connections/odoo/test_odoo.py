"""A real Odoo: what it says is what the tables and marts say. Run by hand; see `install.py`."""

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.connections.odoo import install, running
from tests.connections.odoo.fill import READER, Filling, deliver, pay
from tests.connections.odoo.recorded import known_of
from tests.connections.odoo.running import Unpaced, settings
from tests.connections.odoo.testing import installed, pull
from tests.installation import Installation
from tests.live.contract import Contract, Known
from tests.waiting import eventually
from wiseparts_pipeline.config.connections.pull import PullSettings
from wiseparts_pipeline.connections.base import ChangedSince, Everything, Record, Selection, WithKeys
from wiseparts_pipeline.connections.errors import LoginRefused, Refused, UnexpectedAnswer
from wiseparts_pipeline.connections.odoo import Odoo
from wiseparts_pipeline.connections.odoo.entities import CODES, READINGS
from wiseparts_pipeline.connections.odoo.reader import Reader
from wiseparts_pipeline.connections.odoo.rpc import Rpc
from wiseparts_pipeline.connections.odoo.schema import Schema
from wiseparts_pipeline.live.questions import FinancialsQuestion, ProductsQuestion
from wiseparts_pipeline.live.systems.odoo import OdooAnswers
from wiseparts_pipeline.live.systems.odoo.stock import QUANTITIES
from wiseparts_pipeline.warehouse import Warehouse

AMOUNTS = ("amount_untaxed", "amount_tax")

pytestmark = pytest.mark.skipif(not install.is_done(), reason=f"needs an Odoo: run {install.COMMAND}")


class Erp(Filling):
    """A running Odoo and its database."""

    def __init__(self, url: str, database_url: str) -> None:
        super().__init__(url)
        self.url = url
        self._database_url = database_url

    def records(self, entity: str, selection: Selection, **attributes: Any) -> list[Record]:
        with Odoo(settings(self.url, **attributes), Unpaced()) as system:
            return list(system.records(PullSettings(connection="erp", entity=entity), selection))

    def now(self) -> datetime:
        """Its clock, in whole seconds."""
        with Odoo(settings(self.url), Unpaced()) as system:
            assert system.now is not None
            return system.now

    def without_a_trace(self, statement: str) -> None:
        """Changes something in a way that no time of change tells."""
        with psycopg.connect(self._database_url) as connection:
            connection.execute(statement.encode())


@pytest.fixture(scope="module")
def erp() -> Iterator[Erp]:
    with running.odoo(install.DUMP) as (url, database_url):
        yield Erp(url, database_url)


@pytest.fixture
def installation(erp: Erp, warehouse: Warehouse, tmp_path: Path, dbt_target: Path) -> Installation:
    installation = installed(tmp_path, warehouse, erp.url)
    installation.share_parsed(dbt_target)
    return installation


def fetch(warehouse: Warehouse, query: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(warehouse.url) as connection:
        return connection.execute(query.encode()).fetchall()


def test_the_marts_say_what_odoo_says(erp: Erp, installation: Installation, warehouse: Warehouse) -> None:
    pull(installation)
    partners = erp.call("res.partner", "search_read", [["parent_id", "=", False]], ["ref", "credit"], active_test=False)
    # What Odoo says in the currency of the company; a euro is 1.25 dollars.
    receivable = {each["ref"]: Decimal(str(each["credit"])) for each in partners if each["credit"]}
    open_amounts = fetch(
        warehouse,
        "select customer_id, sum(case currency when 'USD' then open_amount / 1.25 else open_amount end)"
        " from raw.due_docs group by 1",
    )
    assert {code: round(amount, 2) for code, amount in open_amounts} == receivable
    built = installation.run("build", "--select", "+receivables_aging", "+fct_inventory", "+customer_360")
    assert built.status == 0, built.out + built.err
    aging = fetch(
        warehouse, "select customer_id, currency, open_amount from marts.customer_360 where open_amount <> 0 order by 1"
    )
    assert aging == [("C0001", "EUR", receivable["C0001"]), ("C0002", "USD", Decimal("410.99"))]
    # Of an invoice of 50 days ago with 30 days to pay, and one in dollars of 40 days ago that was due at once.
    late = (
        "select customer_key, overdue_1_30_amount, overdue_31_60_amount from marts.receivables_aging"
        " where overdue_amount > 0 order by 1"
    )
    assert fetch(warehouse, late) == [("C0001", Decimal("123.40"), 0), ("C0002", 0, Decimal("410.99"))]
    for warehouse_code in ("WH", "SHOP"):
        place = erp.one("stock.warehouse", ["code", "=", warehouse_code])
        products = erp.call("product.product", "search_read", [["type", "=", "product"]], ["free_qty"], warehouse=place)
        stock = {each["id"]: Decimal(str(each["free_qty"])) for each in products}
        codes = erp.call("product.product", "search_read", [], ["default_code"])
        known = {each["id"]: each["default_code"] or f"id-{each['id']}" for each in codes}
        found = fetch(
            warehouse,
            f"select sku, quantity_available from marts.fct_inventory where warehouse_id = '{warehouse_code}'",
        )
        assert dict(found) == {known[number]: amount for number, amount in stock.items()}
    ordered = "select quantity_on_order, eta - current_date from raw.inventory where quantity_on_order > 0"
    assert fetch(warehouse, ordered) == [(50, 10)]


def test_documents_are_as_odoo_has_them(erp: Erp, installation: Installation, warehouse: Warehouse) -> None:
    pull(installation, "customers", "products", "sales", "quotes", "orders")
    assert fetch(
        warehouse,
        "select document_type, customer_id, product_id, quantity, unit_price, net_amount, currency from raw.sales"
        " order by line_no",
    ) == [
        ("invoice", "C0001", "BP-1002", 2, Decimal("41.9"), Decimal("83.80"), "EUR"),
        ("invoice", "C0002", "BP-1003", 4, Decimal("100.25"), Decimal("401.00"), "USD"),
        ("invoice", "C0002", None, 1, Decimal("9.99"), Decimal("9.99"), "USD"),
        ("credit_note", "C0001", "BP-1002", -1, Decimal("41.9"), Decimal("-41.90"), "EUR"),
        ("invoice", "C0001", "BP-1004", 3, 80, 240, "EUR"),
        ("invoice", "C0001", "BP-1005", 10, Decimal("12.34"), Decimal("123.40"), "EUR"),
    ]
    (delivered,) = fetch(
        warehouse,
        "select branch_id::int, warehouse_id, order_id, sales_rep_id, ship_to_country from raw.sales"
        " where order_id is not null",
    )
    dock = erp.one("res.partner", ["name", "=", "Warehouse"])
    assert delivered == (dock, "WH", "S00005", "admin", "GR")
    made = f"id-{erp.one('product.product', ['name', '=', 'Without a code'])}"
    assert fetch(
        warehouse,
        "select quote_id, status, product_id, order_id, lost_reason from raw.quotes order by quote_id, line_no",
    ) == [
        ("S00001", "draft", "BP-1001", None, None),
        ("S00002", "open", "BP-1002", None, None),
        ("S00003", "lost", "BP-1004", None, "Too expensive"),
        ("S00004", "won", "BP-1003", "S00004", None),
        ("S00004", "won", "LB-1", "S00004", None),
        ("S00004", "won", "SHIP", "S00004", None),
        ("S00005", "won", "BP-1002", "S00005", None),
        ("S00006", "lost", "BP-1004", None, None),
        ("S00007", "won", made, "S00007", None),
    ]
    # Five dozen, in pieces, less a tenth.
    assert fetch(
        warehouse,
        "select sku, quantity, unit_price, net_amount from raw.orders where order_id = 'S00004' order by line_no",
    ) == [
        ("BP-1003", 2, Decimal("43.90"), Decimal("87.80")),
        ("LB-1", 60, Decimal("2.50"), Decimal("135.00")),
    ]
    amounts = erp.call("sale.order", "search_read", [["state", "in", ["sale", "done", "cancel"]]], ["name", *AMOUNTS])
    said = {each["name"]: [Decimal(str(each[name])) for name in AMOUNTS] for each in amounts}
    loaded = fetch(
        warehouse,
        "select order_id, status, sum(net_amount) + coalesce(sum(shipping_amount), 0), sum(tax_amount) from raw.orders"
        " group by 1, 2 order by 1",
    )
    assert [(order, status) for order, status, *_ in loaded] == [
        ("S00004", "confirmed"),
        ("S00005", "shipped"),
        ("S00006", "cancelled"),
        ("S00007", "confirmed"),
    ]
    assert all(said[order] == [net, tax] for order, _, net, tax in loaded)


def test_one_customer_comes_with_what_is_owed_and_what_was_settled_since(
    erp: Erp, installation: Installation, warehouse: Warehouse
) -> None:
    pull(installation)
    owed = "select doc_id, open_amount from raw.due_docs where customer_id = 'C0001' and open_amount <> 0"
    before = dict(fetch(warehouse, owed))
    (invoice, *_) = erp.call(
        *("account.move", "search_read"),
        [
            *(["partner_id.ref", "=", "C0001"], ["move_type", "=", "out_invoice"]),
            *(["state", "=", "posted"], ["payment_state", "=", "not_paid"]),
        ],
        ["amount_residual"],
    )
    left = invoice["amount_residual"]
    pay(erp, invoice["id"], left)
    pull(installation, "customers", "--key", "C0001")
    after = dict(fetch(warehouse, owed))
    partner = erp.one("res.partner", ["ref", "=", "C0001"])
    assert sum(after.values()) == Decimal(str(erp.value("res.partner", partner, "credit")))
    assert sum(before.values()) - sum(after.values()) == Decimal(str(left))
    open_orders = "select distinct order_id from raw.orders where customer_id = 'C0001' and status = 'confirmed'"
    assert fetch(warehouse, open_orders) == [("S00004",)]


def test_one_customer_comes_with_branches_and_contacts(installation: Installation, warehouse: Warehouse) -> None:
    pull(installation, "customers", "--key", "C0001")
    (found,) = fetch(
        warehouse,
        "select customer_id, name, email, phone, mobile, street, city, country_code, credit_limit, payment_terms_days,"
        " currency, customer_group, tax_id, status, language, sales_rep_id from raw.customers",
    )
    assert found == (
        *("C0001", "Καλυψώ 1", "c0001@example.org", "+302101234567", "+306901234567"),
        *(
            "Λεωφόρος Κηφισίας 100\nΚτίριο Β",
            "Αθήνα",
            "GR",
            1000,
            30,
            "EUR",
            "Workshops",
            "EL094259216",
            "active",
            "en",
        ),
        "maria@example.org",
    )
    branches = fetch(warehouse, "select customer_id, name, street, is_active from raw.customer_branches")
    assert branches == [("C0001", "Warehouse", "Dock 1", True)]
    contacts = fetch(warehouse, "select customer_id, last_name, job_title, email from raw.contacts")
    assert contacts == [("C0001", "Eleni Markou", "Purchasing", "eleni@example.org")]
    assert fetch(warehouse, "select kind, street from raw.addresses order by address_id::int") == [
        ("billing", "Λεωφόρος Κηφισίας 100\nΚτίριο Β"),
        ("shipping", "Dock 1"),
        ("billing", "P.O. Box 1"),
    ]


def test_who_ordered_is_a_customer_and_who_supplies_is_none(installation: Installation, warehouse: Warehouse) -> None:
    pull(installation, "customers", "customer_branches", "contacts")
    walk_in = fetch(warehouse, "select customer_id from raw.customers where name = 'Walk-in'")[0][0]
    assert fetch(warehouse, "select customer_id, status from raw.customers order by 1") == [
        ("C0001", "active"),
        ("C0002", "active"),
        ("C0004", "closed"),
        (walk_in, "active"),
    ]
    assert walk_in.startswith("id-")
    assert fetch(warehouse, "select count(*) from raw.contacts") == [(1,)]
    assert fetch(warehouse, "select count(*) from ops.waiting_rows") == [(0,)]


def test_what_no_time_tells_is_read_again_and_what_is_deleted_is_found(
    erp: Erp, installation: Installation, warehouse: Warehouse
) -> None:
    pull(installation, "products", "orders")
    erp.without_a_trace("update sale_order set state = 'cancel' where name = 'S00004'")
    erp.without_a_trace("update product_template set list_price = 44 where list_price = 39.9")
    erp.call("product.product", "unlink", erp.find("product.product", ["default_code", "=", "OLD-1"]))
    pull(installation, "products", "orders")
    assert fetch(warehouse, "select distinct status from raw.orders where order_id = 'S00004'") == [("cancelled",)]
    pull(installation, "products", "--full")
    of_part = "select list_price from raw.products where product_id = 'BP-1001'"
    assert fetch(warehouse, of_part) == [(Decimal("44"),)]
    assert fetch(warehouse, "select product_id from raw.products where _deleted_at is not null") == [("OLD-1",)]
    erp.without_a_trace("update sale_order set state = 'sale' where name = 'S00004'")


def test_changes_are_asked_for_by_time(erp: Erp) -> None:
    now = datetime.now(UTC)
    for entity, reading in READINGS.items():
        if reading.by_time:
            everything = erp.records(entity, Everything())
            assert erp.records(entity, ChangedSince(now - timedelta(days=300))) == everything, entity
            assert erp.records(entity, ChangedSince(now + timedelta(hours=1))) == [], entity


def test_a_change_of_what_belongs_to_a_record_is_one_of_it(erp: Erp) -> None:
    before = erp.now() + timedelta(seconds=1)
    eventually(lambda: erp.now() > before)
    line = erp.one("sale.order.line", ["order_id.name", "=", "S00002"])
    erp.write("sale.order.line", line, {"price_unit": 40.9})
    template = erp.call("product.product", "read", erp.find("product.product", ["default_code", "=", "BP-1005"]))
    erp.write("product.template", template[0]["product_tmpl_id"][0], {"list_price": 51})
    erp.write("res.partner", erp.one("res.partner", ["ref", "=", "C0002"]), {"property_payment_term_id": 1})
    assert [each["name"] for each in erp.records("quotes", ChangedSince(before))] == ["S00002"]
    assert [each["code"] for each in erp.records("products", ChangedSince(before))] == ["BP-1005"]
    assert [each["code"] for each in erp.records("customers", ChangedSince(before))] == ["C0001", "C0002"]


def test_a_delivery_changes_its_order(erp: Erp) -> None:
    before = erp.now() + timedelta(seconds=1)
    eventually(lambda: erp.now() > before)
    deliver(erp, erp.one("sale.order", ["name", "=", "S00004"]))
    (order,) = erp.records("orders", ChangedSince(before))
    assert (order["name"], order["delivered"]) == ("S00004", True)


def test_pages_are_joined_and_need_few_requests(erp: Erp) -> None:
    everything = erp.records("addresses", Everything())
    rpc = Rpc(settings(erp.url), Unpaced())
    with closing(rpc):
        numbers = [["id", "in", [int(each["id"]) for each in everything]]]
        pages = list(Reader(rpc, Schema(rpc), CODES).pages("res.partner", numbers, ["ref"], 2))
    assert [len(page) for page in pages][:-1] == [2] * (len(pages) - 1)
    assert [each["id"] for page in pages for each in page] == [each["id"] for each in everything]
    for entity, reading in READINGS.items():
        if reading.by_time:
            with Odoo(settings(erp.url), Unpaced()) as system:
                before = system.requests
                pulled = PullSettings(connection="erp", entity=entity)
                assert list(system.records(pulled, ChangedSince(erp.now() + timedelta(hours=1)))) == []
                assert system.requests - before <= 3, entity


def test_each_record_can_be_asked_for_by_its_key(erp: Erp) -> None:
    for entity, reading in READINGS.items():
        records = erp.records(entity, Everything())
        key: Any = records[-1]
        for name in reading.key.split("."):
            key = key[name]
        assert records[-1] in erp.records(entity, WithKeys([key], entity)), entity
        assert erp.records(entity, WithKeys(["none such"], entity)) == [], entity


def test_another_company_is_not_read(erp: Erp) -> None:
    quotes = erp.records("quotes", Everything())
    assert not [line for quote in quotes for line in quote["order_line"] if line["product_uom_qty"] == "99.0"]


def test_a_user_with_few_rights_is_told_which_are_missing(erp: Erp) -> None:
    _, password = READER
    entities = [PullSettings(connection="erp", entity=each) for each in READINGS]
    customers = erp.records("customers", Everything())
    with Odoo(settings(erp.url, username="clerk", password=password), Unpaced()) as system:
        notes = list(system.notes(entities))
        assert notes[0] == "reads company Parts Distributor (EUR), the user's default company"
        assert [note.partition(" are read")[0] for note in notes[1:]] == [
            f"connection erp: {model}: the user may not read it, and {entity}"
            for model, entity in (
                ("stock.move", "inventory"),
                ("account.move", "sales"),
                ("account.move.line", "due_docs"),
                ("sale.order", "quotes"),
                ("sale.order", "orders"),
            )
        ]
        with pytest.raises(Refused, match=r"account.move.search_read: You are not allowed"):
            list(system.records(PullSettings(connection="erp", entity="sales"), Everything()))
    # Who may not see orders cannot be told who is a customer by them.
    since = ChangedSince(datetime.now(UTC) - timedelta(days=300))
    own = erp.records("customers", since, username="clerk", password=password)
    assert [each["code"] for each in own] == [each["code"] for each in customers if each["customer_rank"] != "0"]


def test_a_reader_needs_no_more_rights_than_documented(erp: Erp) -> None:
    name, password = READER
    for entity in READINGS:
        everything = erp.records(entity, Everything())
        assert erp.records(entity, Everything(), username=name, password=password) == everything, entity


def test_a_wrong_password_is_refused(erp: Erp) -> None:
    with pytest.raises(LoginRefused, match="does not accept user 'reader'") as told:
        Odoo(settings(erp.url, username="reader", password="a wrong one"), Unpaced())
    assert "a wrong one" not in str(told.value)


def test_a_database_that_is_not_there_is_told(erp: Erp) -> None:
    with pytest.raises(UnexpectedAnswer, match="there is no database 'other'"):
        Odoo(settings(erp.url, database="other"), Unpaced())


def test_check_and_inspect_tell_what_there_is(installation: Installation) -> None:
    checked = installation.run("check")
    assert checked.status == 0, checked.out + checked.err
    assert "reads company Parts Distributor (EUR)" in checked.out
    assert "does not read the user's other companies, Another" in checked.out
    assert "not in this Odoo" not in checked.out
    inspected = installation.run("inspect", "erp", "customers")
    assert inspected.status == 0, inspected.out + inspected.err
    assert "C0001" in inspected.out


def test_look_ups_say_what_odoo_says(erp: Erp) -> None:
    with OdooAnswers(settings(erp.url), Unpaced()) as system:
        for customer_id in ("C0001", "C0002"):
            partner = erp.one("res.partner", ["ref", "=", customer_id])
            said = system.financials(FinancialsQuestion(customer_id))
            assert said.balance == Decimal(str(erp.value("res.partner", partner, "credit")))
        abroad = erp.one("res.partner", ["ref", "=", "C0002"])
        price_list = erp.value("res.partner", abroad, "property_product_pricelist")[0]
        for quantity in (10, 30):
            found = system.products(ProductsQuestion(("BP-1003", "LB-1"), "C0002", Decimal(quantity)))
            for product in found.items:
                number = erp.one("product.product", ["default_code", "=", product.sku])
                (price,) = erp.call("product.pricelist", "price_get", [price_list], number, quantity).values()
                assert product.price is not None
                # As it would be on an order.
                assert product.price.unit_price == Decimal(str(price)).quantize(Decimal("0.01"), ROUND_HALF_UP)
                assert product.price.quantity_break == (20 if quantity == 30 else None)
                for stock in product.stock:
                    place = erp.one("stock.warehouse", ["code", "=", stock.warehouse_id])
                    there = erp.call("product.product", "read", [number], QUANTITIES, warehouse=place)[0]
                    assert [stock.on_hand, stock.free] == [Decimal(str(there[name])) for name in QUANTITIES]


@pytest.fixture(scope="module")
def lookups(erp: Erp) -> Iterator[OdooAnswers]:
    with OdooAnswers(settings(erp.url), Unpaced()) as lookups:
        yield lookups


class TestContractOfLookups(Contract):
    @pytest.fixture
    def answering(self, lookups: OdooAnswers) -> OdooAnswers:
        return lookups

    @pytest.fixture
    def known(self) -> Known:
        return known_of(datetime.now(UTC).date())
