"""A real Tryton: what it says is what the tables and marts say."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import dagster as dg
import psycopg
import pytest

from tests.connections import installed
from tests.connections.tryton import trading
from tests.connections.tryton.install import FOLDER, PASSWORD
from tests.connections.tryton.running import Unpaced, asking, settings, tryton
from tests.installation import Finished, Installation
from wiseparts_pipeline import definitions
from wiseparts_pipeline.config.connections.pull import PullSettings
from wiseparts_pipeline.connections.base import ChangedSince, Everything, Record, Selection, WithKeys
from wiseparts_pipeline.connections.errors import LoginRefused, Refused, UnexpectedAnswer
from wiseparts_pipeline.connections.tryton import Tryton
from wiseparts_pipeline.connections.tryton.entities import READINGS
from wiseparts_pipeline.warehouse import Warehouse


class Erp:
    """A database of a running Tryton, and its file."""

    def __init__(self, url: str, file: Path) -> None:
        self.url = url
        self.database = file.stem
        self._file = file

    def records(self, entity: str, selection: Selection, **attributes: Any) -> list[Record]:
        with Tryton(settings(self.url, **attributes), Unpaced()) as system:
            return list(system.records(PullSettings(connection="erp", entity=entity), selection))

    def without_a_trace(self, statement: str) -> None:
        """Changes something in a way that no time of change tells."""
        with closing(sqlite3.connect(self._file, timeout=20)) as connection:
            connection.execute(statement)
            connection.commit()

    def installation(self, folder: Path, warehouse: Warehouse) -> Installation:
        """An installation with all packaged pulls."""
        installation = Installation(folder, {"WISEPARTS_DATABASE_URL": warehouse.url})
        login = {"username": "admin", "password": PASSWORD, "allow_plaintext": True, "requests_per_second": 1000}
        address = {"name": "erp", "system": "tryton", "url": self.url, "database": self.database}
        installation.component("Connection", "erp", address | login)
        for entity in READINGS:
            attributes: dict[str, Any] = {"connection": "erp", "entity": entity}
            if entity == "orders":
                attributes["reread"] = {"status": ["confirmed"]}
            installation.component("Pull", entity, attributes)
        return installation


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Erp]]:
    """Databases that are the same at first, so that what one test does is not in the way of the others."""
    installed.need(FOLDER, "python3 -m tests.connections.tryton.install")
    folder, names = tmp_path_factory.mktemp("tryton"), ("tryton", "trade", "owing")
    with tryton(folder, *names) as url:
        yield {name: Erp(url, folder / f"{name}.sqlite") for name in names}


@pytest.fixture
def erp(running: dict[str, Erp]) -> Erp:
    return running["tryton"]


@pytest.fixture
def installation(erp: Erp, warehouse: Warehouse, tmp_path: Path, dbt_target: Path) -> Installation:
    installation = erp.installation(tmp_path, warehouse)
    installation.share_parsed(dbt_target)
    return installation


BUCKETS = ("overdue_1_30", "overdue_31_60", "overdue_61_90", "overdue_over_90")


def pull(installation: Installation, *arguments: object) -> Finished:
    done = installation.run("pull", *arguments, "--no-progress")
    assert PASSWORD not in done.out + done.err
    assert done.status == 0, done.out + done.err
    return done


def fetch(warehouse: Warehouse, query: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(warehouse.url) as connection:
        return connection.execute(query).fetchall()


def test_what_happens_between_two_pulls_arrives_and_the_marts_say_what_tryton_says(
    running: dict[str, Erp], warehouse: Warehouse, tmp_path: Path, dbt_target: Path
) -> None:
    trade = running["trade"]
    installation = trade.installation(tmp_path, warehouse)
    installation.share_parsed(dbt_target)
    pull(installation)
    assert fetch(warehouse, "select doc_type, open_amount from raw.due_docs order by issued_on, open_amount") == [
        ("invoice", Decimal("91.30")),
        ("invoice", Decimal("401.00")),
        ("credit_note", Decimal("-41.90")),
        ("invoice", Decimal("90.00")),
        ("payment", Decimal("-50.00")),
    ]
    with asking(trade.url, trade.database) as ask:
        before, today = trading.receivable(ask), datetime.now(UTC).date()
        trading.invoice_again(ask, "C0003", [-30, 40, 70, 100], today)
        trading.pay(ask, "C0002", "100.00", "USD", today)
        trading.count(ask, "BP-1003", 17)
        pull(installation, "sales", "due_docs", "inventory")
        receivable, stock = trading.receivable(ask), trading.stock(ask)
        assert receivable == {**before, "C0002": before["C0002"] - 80, "C0003": before["C0003"] + 320}
        assert stock["BP-1003"] == 17
        built = installation.run("build", "--select", "+receivables_aging", "+fct_inventory", "+customer_360")
        assert built.status == 0, built.out + built.err
        ((as_of,),) = fetch(warehouse, "select distinct as_of from marts.receivables_aging")
        ageing = trading.ageing(ask, as_of)
    # One of the customers is invoiced in dollars, of which 1.25 are a euro.
    euros = "sum(case aging.currency when 'USD' then {0} / 1.25 else {0} end)"
    columns = ", ".join(euros.format(f"{name}_amount") for name in ("open", *BUCKETS))
    found = fetch(
        warehouse,
        f"select customer_id, {columns} from marts.receivables_aging as aging"
        " join marts.dim_customers using (customer_key) group by 1",
    )
    # With us a payment that belongs to no document yet is a credit, and with Tryton it is overdue when it has come.
    paid = {"C0001": Decimal(-50), "C0002": Decimal(-80)}
    assert {
        customer: [in_all, overdue + paid.get(customer, 0), *more] for customer, in_all, overdue, *more in found
    } == ageing
    open_amounts = "select customer_id, open_amount, currency from marts.customer_360 where open_amount <> 0"
    assert {
        customer: amount / (Decimal("1.25") if currency == "USD" else 1)
        for customer, amount, currency in fetch(warehouse, open_amounts)
    } == receivable
    available = "select sku, quantity_available from marts.fct_inventory where warehouse_id = 'WH'"
    assert dict(fetch(warehouse, available)) == stock
    in_shop = "select sum(quantity_available) from marts.fct_inventory where warehouse_id = 'SHOP'"
    assert fetch(warehouse, in_shop) == [(0,)]
    ordered = "select quantity_on_order from raw.inventory where sku = 'BP-1001' and warehouse_id = 'WH'"
    assert fetch(warehouse, ordered) == [(50,)]
    invoiced = "select count(*), sum(net_amount) from raw.sales where customer_id = 'C0003'"
    assert fetch(warehouse, invoiced) == [(5, Decimal("400.00"))]


def test_a_customer_is_refreshed_with_what_was_paid_and_ordered(
    running: dict[str, Erp], warehouse: Warehouse, tmp_path: Path
) -> None:
    owing = running["owing"]
    installation = owing.installation(tmp_path, warehouse)
    pull(installation, "customers", "customer_branches", "products", "due_docs", "orders")
    of_others = "select count(*) from raw.{} where customer_id <> 'C0001' and _deleted_at is null"
    before = [fetch(warehouse, of_others.format(entity)) for entity in ("due_docs", "orders")]
    with asking(owing.url, owing.database) as ask:
        today = datetime.now(UTC).date()
        trading.pay(ask, "C0001", "90.00", "EUR", today)
        trading.pay(ask, "C0001", "41.30", "EUR", today)
        order = trading.one(ask, "sale.sale", ["party.code", "=", "C0001"], ["state", "=", "quotation"])
        ask("model.sale.sale.confirm", [order])
        pull(installation, "customers", "--key", "C0001")
        owed = "select sum(open_amount) from raw.due_docs where customer_id = 'C0001' and _deleted_at is null"
        assert fetch(warehouse, owed) == [(trading.receivable(ask)["C0001"],)]
    settled = "select count(*) from raw.due_docs where customer_id = 'C0001' and settled_on is not null"
    assert fetch(warehouse, f"{settled} and open_amount = 0") == fetch(warehouse, settled) != [(0,)]
    assert fetch(warehouse, "select count(distinct order_id) from raw.orders where customer_id = 'C0001'") == [(2,)]
    assert [fetch(warehouse, of_others.format(entity)) for entity in ("due_docs", "orders")] == before


def test_check_reads_what_pulls_would_and_says_what_is_read(installation: Installation) -> None:
    done = installation.run("check")
    assert done.status == 0, done.out + done.err
    assert "reads company Parts Distributor (EUR)" in done.out
    assert "reads not" not in done.out


def test_a_job_of_dagster_pulls(
    installation: Installation, warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("WISEPARTS_HOME", "WISEPARTS_DEFS", "WISEPARTS_DATABASE_URL"):
        monkeypatch.setenv(name, installation.environment[name])
    job = definitions.definitions().get_repository_def().get_job("pull_customers")
    with dg.instance_for_test() as instance:
        result = job.execute_in_process(
            instance=instance, run_config={"ops": {"raw_customers": {"config": {"keys": ["C0001"]}}}}, tags=job.tags
        )
    assert result.success
    materialized = {event.asset_key.to_user_string() for event in result.all_events if event.asset_key}
    assert {"erp/customers", "erp/contacts", "raw/customers", "raw/contacts"} <= materialized
    assert fetch(warehouse, "select customer_id from raw.customers") == [("C0001",)]


def test_documents_are_as_tryton_has_them(installation: Installation, warehouse: Warehouse) -> None:
    pull(installation, "customers", "products", "sales", "quotes", "orders")
    assert fetch(
        warehouse,
        "select document_type, customer_id, product_id, description, quantity, net_amount, currency from raw.sales"
        " order by invoice_date, line_no",
    ) == [
        ("invoice", "C0001", "BP-1002", "Part BP-1002", 2, Decimal("83.80"), "EUR"),
        ("invoice", "C0001", None, "Freight", 1, Decimal("7.50"), "EUR"),
        ("invoice", "C0002", "BP-1003", "Part BP-1003", 4, Decimal("401.00"), "USD"),
        ("invoice", "C0003", "BP-1004", "Part BP-1004", 1, Decimal("80.00"), "EUR"),
        ("credit_note", "C0001", "BP-1002", "Part BP-1002", -1, Decimal("-41.90"), "EUR"),
        ("invoice", "C0001", "LB-1", "Part LB-1", 3, Decimal("90.00"), "EUR"),
    ]
    assert fetch(
        warehouse, "select quote_id, status, product_id, order_id from raw.quotes order by quote_id, line_no"
    ) == [
        ("1", "open", "BP-1002", None),
        ("2", "won", "BP-1003", "2"),
        ("2", "won", "LB-1", "2"),
        ("3", "lost", "BP-1004", None),
        ("4", "won", "BP-1004", "4"),
    ]
    # Five dozen, in pieces.
    assert fetch(
        warehouse, "select sku, quantity, unit_price, net_amount from raw.orders where order_id = '2' order by line_no"
    ) == [
        ("BP-1003", 2, Decimal("43.90"), Decimal("87.80")),
        ("LB-1", 60, Decimal("2.50"), Decimal("150.00")),
    ]


def test_one_customer_comes_with_branches_and_contacts(installation: Installation, warehouse: Warehouse) -> None:
    pull(installation, "customers", "--key", "C0001")
    (found,) = fetch(
        warehouse,
        "select customer_id, name, email, phone, street, city, country_code, credit_limit, payment_terms_days, currency"
        " from raw.customers",
    )
    assert found == (
        *("C0001", "Καλυψώ 1", "c0001@example.org", "+302101234567", "Λεωφόρος Κηφισίας 100\nΚτίριο Β", "Αθήνα", "GR"),
        *(Decimal(1000), 30, "EUR"),
    )
    branches = fetch(warehouse, "select customer_id, name, street, contact_name from raw.customer_branches")
    assert branches == [("C0001", "Καλυψώ 1 Warehouse", "Dock 1", "Maria")]
    contacts = fetch(warehouse, "select customer_id, last_name, job_title, email from raw.contacts")
    assert contacts == [("C0001", "Eleni Markou", "Purchasing", "eleni@example.org")]
    assert fetch(warehouse, "select kind from raw.addresses order by 1") == [("billing",), ("shipping",)]


def test_what_no_time_tells_is_read_again_and_what_is_deleted_is_found(
    erp: Erp, installation: Installation, warehouse: Warehouse
) -> None:
    with asking(erp.url) as ask:
        (gone,) = ask("model.product.product.search", [["code", "=", "OLD-1"]], 0, 1, None)
        pull(installation, "products", "orders")
        erp.without_a_trace("update sale_sale set shipment_state = 'sent' where number = '2'")
        erp.without_a_trace(
            "update product_list_price set list_price = cast('44' as blob) where list_price = cast('41.90' as blob)"
        )
        ask("model.product.product.delete", [int(gone)])
    pull(installation, "products", "orders")
    assert fetch(warehouse, "select distinct status from raw.orders where order_id = '2'") == [("shipped",)]
    pull(installation, "products", "--full")
    of_part = "select list_price from raw.products where product_id = 'BP-1001'"
    assert fetch(warehouse, of_part) == [(Decimal("44"),)]
    assert fetch(warehouse, "select product_id from raw.products where _deleted_at is not null") == [("OLD-1",)]


def test_changes_are_asked_for_by_time_also_of_what_was_never_changed(erp: Erp) -> None:
    now = datetime.now(UTC)
    for entity, reading in READINGS.items():
        if reading.by_time:
            everything = erp.records(entity, Everything())
            assert erp.records(entity, ChangedSince(now - timedelta(days=300))) == everything, entity
            assert erp.records(entity, ChangedSince(now + timedelta(hours=1))) == [], entity


def test_a_change_of_what_belongs_to_a_record_is_one_of_it(erp: Erp) -> None:
    with asking(erp.url) as ask:
        before = datetime.now(UTC)
        (template,) = ask("model.product.template.search", [["products.code", "=", "BP-1005"]], 0, 1, None)
        (phone,) = ask("model.party.contact_mechanism.search", [["party.code", "=", "C0002"]], 0, 1, None)
        ask("model.product.template.write", [int(template)], {"list_price": {"__class__": "Decimal", "decimal": "51"}})
        ask("model.party.contact_mechanism.write", [int(phone)], {"name": "Office"})
    assert [each["code"] for each in erp.records("products", ChangedSince(before))] == ["BP-1005"]
    assert [each["code"] for each in erp.records("customers", ChangedSince(before))] == ["C0002"]


def test_pages_are_joined(erp: Erp) -> None:
    everything = erp.records("inventory", Everything())
    with Tryton(settings(erp.url), Unpaced()) as system:
        pages = list(system.pages("product.product", [["active", "=", True]], ["code"], 2))
    assert [len(page) for page in pages][:-1] == [2] * (len(pages) - 1)
    assert {each["code"] for page in pages for each in page} == {each["product"]["code"] for each in everything}


def test_each_record_can_be_asked_for_by_its_key(erp: Erp) -> None:
    for entity, reading in READINGS.items():
        record = erp.records(entity, Everything())[0]
        key: Any = record
        for name in reading.key.split("."):
            key = key[name]
        assert record in erp.records(entity, WithKeys([key], entity)), entity


def test_another_company_is_not_read(erp: Erp) -> None:
    quotes = erp.records("quotes", Everything())
    assert not [line for quote in quotes for line in quote["line_lines"] if line["quantity"] == "99.0"]


def test_a_user_with_few_rights_is_told_which_are_missing(erp: Erp) -> None:
    with Tryton(settings(erp.url, username="reader", password="reader-password"), Unpaced()) as system:
        notes = list(system.notes([PullSettings(connection="erp", entity=each) for each in ("sales", "customers")]))
        with pytest.raises(Refused, match=r"the user may not read account.invoice"):
            list(system.records(PullSettings(connection="erp", entity="sales"), Everything()))
    assert notes[0].startswith("reads company Parts Distributor (EUR)")
    assert any("the user may not read account.invoice" in note for note in notes)


def test_a_wrong_password_is_refused_and_sent_once(erp: Erp) -> None:
    with pytest.raises(LoginRefused, match="does not accept user 'reader'") as told:
        Tryton(settings(erp.url, username="reader", password="a wrong one"), Unpaced())
    assert "a wrong one" not in str(told.value)


def test_a_database_that_is_not_there_is_told(erp: Erp) -> None:
    with pytest.raises(UnexpectedAnswer, match="there is no database 'other'"):
        Tryton(settings(erp.url, database="other"), Unpaced())


def test_a_session_that_has_ended_is_begun_again(erp: Erp) -> None:
    with Tryton(settings(erp.url), Unpaced()) as system:
        pulled = PullSettings(connection="erp", entity="products")
        before = list(system.records(pulled, Everything()))
        erp.without_a_trace("delete from ir_session")
        assert list(system.records(pulled, Everything())) == before
