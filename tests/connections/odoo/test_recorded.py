"""Records of the answers that a real Odoo 14 gave, pulled with the packaged configuration; and wrong answers."""

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.connections.odoo.recorded import (
    CLERK,
    LONG_AGO,
    PULLS,
    WRONG_PASSWORD,
    Change,
    answering,
    answering_json_2,
)
from tests.connections.odoo.running import Unpaced, settings
from tests.connections.odoo.testing import installed, pull
from tests.connections.systems import System, plain
from wiseparts_pipeline.connections.base import ChangedSince, Everything, Record, Selection, WithKeys
from wiseparts_pipeline.connections.errors import ConnectionFailure, LoginRefused, Refused, UnexpectedAnswer
from wiseparts_pipeline.connections.odoo import Odoo
from wiseparts_pipeline.warehouse import Warehouse

LINES = "invoice_line_ids"
# Makes the answer to a method of a model another one: `{"result": ...}`, or `{"error": ...}`.
Wrong = Callable[[Any], Any]


def records(url: str, entity: str, selection: Selection, **attributes: Any) -> list[Record]:
    with Odoo(settings(url, **attributes), Unpaced()) as system:
        return list(system.records(PULLS[entity], selection))


def instead(model: str, method: str, wrong: Wrong) -> Change:
    """Gives a wrong answer to these calls."""

    def change(asked: Any, answer: Any) -> Any:
        called = asked["params"].get("args", [])[3:5]
        return {"jsonrpc": "2.0", **wrong(answer)} if called == [model, method] else answer

    return change


def failing(name: str, message: str = "It was not to be.") -> Wrong:
    return lambda _: {"error": {"message": "Odoo Server Error", "data": {"name": name, "message": message}}}


def test_everything_is_loaded_as_odoo_has_it(warehouse: Warehouse, tmp_path: Path) -> None:
    with answering() as odoo:
        pull(installed(tmp_path, warehouse, odoo.url))
    with warehouse.connect() as connection:

        def fetch(query: str) -> list[tuple[Any, ...]]:
            return connection.execute(query.encode()).fetchall()

        assert fetch(
            "select customer_id, name, status, currency, credit_limit, payment_terms_days, customer_group, sales_rep_id"
            " from raw.customers order by 1"
        ) == [
            ("C0001", "Καλυψώ 1", "active", "EUR", 1000, 30, "Workshops", "maria@example.org"),
            ("C0002", "Export 2", "active", "USD", None, None, None, None),
            ("C0004", "Closed 4", "closed", "EUR", None, None, None, None),
            ("id-15", "Walk-in", "active", "EUR", None, None, None, None),
        ]
        assert fetch("select customer_id, name, street from raw.customer_branches") == [
            ("C0001", "Warehouse", "Dock 1")
        ]
        assert fetch("select kind, street from raw.addresses where customer_id = 'C0001' order by 1, 2") == [
            ("billing", "P.O. Box 1"),
            ("billing", "Λεωφόρος Κηφισίας 100\nΚτίριο Β"),
            ("shipping", "Dock 1"),
        ]
        assert fetch("select last_name, job_title from raw.contacts") == [("Eleni Markou", "Purchasing")]
        assert fetch(
            "select unit, list_price, cost_price, currency, status from raw.products where sku in ('BP-1001', 'OLD-2')"
            " order by sku"
        ) == [
            ("Units", Decimal("39.90"), Decimal("10.50"), "EUR", "active"),
            ("Units", 1, 0, "EUR", "discontinued"),
        ]
        # Its code was another's, which is archived.
        assert fetch("select name from raw.products where sku = 'BP-1004'") == [("Part BP-1004",)]
        assert fetch(
            "select warehouse_id, quantity_available, quantity_on_order from raw.inventory where sku = 'BP-1001'"
            " order by 1"
        ) == [("SHOP", 4, 0), ("WH", 25, 50)]
        assert fetch(
            "select document_type, customer_id, product_id, quantity, net_amount, tax_amount, currency, warehouse_id,"
            " order_id from raw.sales order by line_no"
        ) == [
            ("invoice", "C0001", "BP-1002", 2, Decimal("83.80"), 0, "EUR", "WH", "S00005"),
            ("invoice", "C0002", "BP-1003", 4, Decimal("401.00"), 0, "USD", None, None),
            ("invoice", "C0002", None, 1, Decimal("9.99"), 0, "USD", None, None),
            ("credit_note", "C0001", "BP-1002", -1, Decimal("-41.90"), 0, "EUR", None, None),
            ("invoice", "C0001", "BP-1004", 3, 240, 0, "EUR", None, None),
            ("invoice", "C0001", "BP-1005", 10, Decimal("123.40"), 0, "EUR", None, None),
        ]
        assert fetch(
            "select doc_type, customer_id, amount, open_amount, currency, is_disputed from raw.due_docs order by 3 desc"
        ) == [
            ("invoice", "C0002", Decimal("410.99"), Decimal("410.99"), "USD", False),
            ("invoice", "C0001", Decimal("123.40"), Decimal("123.40"), "EUR", False),
            ("invoice", "C0001", Decimal("83.80"), 50, "EUR", False),
            ("payment", "C0001", -25, -25, "EUR", False),
            ("credit_note", "C0001", Decimal("-41.90"), Decimal("-41.90"), "EUR", False),
        ]
        assert fetch("select quote_id, status, lost_reason from raw.quotes order by quote_id, line_no") == [
            ("S00001", "draft", None),
            ("S00002", "open", None),
            ("S00003", "lost", "Too expensive"),
            ("S00004", "won", None),
            ("S00004", "won", None),
            ("S00004", "won", None),
            ("S00005", "won", None),
            ("S00006", "lost", None),
            ("S00007", "won", None),
        ]
        # Five dozen, in pieces, less a tenth; what shipping costs is on the first line, with its tax.
        assert fetch(
            "select order_id, status, sku, quantity, unit_price, net_amount, shipping_amount, tax_amount"
            " from raw.orders order by order_id, line_no"
        ) == [
            (
                "S00004",
                "confirmed",
                "BP-1003",
                2,
                Decimal("43.90"),
                Decimal("87.80"),
                Decimal("6.50"),
                Decimal("14.15"),
            ),
            ("S00004", "confirmed", "LB-1", 60, Decimal("2.50"), 135, None, Decimal("20.25")),
            ("S00005", "shipped", "BP-1002", 2, Decimal("41.90"), Decimal("83.80"), None, 0),
            ("S00006", "cancelled", "BP-1004", 1, 80, 80, None, 0),
            ("S00007", "confirmed", "id-8", 1, 7, 7, None, 0),
        ]
        assert fetch("select count(*) from ops.rejected_rows") == [(0,)]


def test_records_are_asked_for_by_time_and_by_key() -> None:
    with answering() as odoo:
        assert [each["code"] for each in records(odoo.url, "customers", ChangedSince(LONG_AGO))] == [
            *("C0001", "C0002", "id-15", "C0004"),
        ]
        assert [each["code"] for each in records(odoo.url, "customers", WithKeys(["id-15"], "customers"))] == ["id-15"]
        (order,) = records(odoo.url, "orders", WithKeys(["S00004"], "orders"))
        assert order["name"] == "S00004"
        (contact,) = records(odoo.url, "contacts", WithKeys(["C0001"], "customers"))
        assert contact["name"] == "Eleni Markou"


def test_of_a_customer_the_documents_come_that_are_open() -> None:
    with answering() as odoo:
        orders = records(odoo.url, "orders", WithKeys(["C0001"], "customers"))
        assert [each["name"] for each in orders] == ["S00004"]
        owed = records(odoo.url, "due_docs", WithKeys(["C0001"], "customers"))
        everything = records(odoo.url, "due_docs", Everything())
    assert owed == [each for each in everything if each["partner_id"]["commercial_partner_id"]["code"] == "C0001"]
    assert owed


def test_a_user_is_told_which_rights_are_missing() -> None:
    with answering() as odoo:
        with Odoo(settings(odoo.url), Unpaced()) as system:
            assert list(system.notes(list(PULLS.values()))) == [
                "reads company Parts Distributor (EUR), the user's default company",
                "does not read the user's other companies, Another: make a user and connection for each",
            ]
        with Odoo(settings(odoo.url, **CLERK), Unpaced()) as system:
            notes = list(system.notes(list(PULLS.values())))
            assert any("sale.order: the user may not read it, and orders are read of it" in note for note in notes)
            # Who is a customer by an order cannot be told to somebody who may not see orders.
            changed = list(system.records(PULLS["customers"], ChangedSince(LONG_AGO)))
            assert [each["code"] for each in changed] == ["C0001", "C0002", "C0004"]
        with pytest.raises(Refused, match=r"account.move.search_read: You are not allowed"):
            records(odoo.url, "sales", Everything(), **CLERK)


def test_a_wrong_password_is_refused_and_sent_once() -> None:
    with answering() as odoo:
        with pytest.raises(LoginRefused, match="does not accept user 'admin'") as told:
            Odoo(settings(odoo.url, password=WRONG_PASSWORD), Unpaced())
        assert WRONG_PASSWORD not in str(told.value)
        assert [asked.path for asked in odoo.asked] == ["/web/webclient/version_info", "/jsonrpc"]


def test_a_database_that_is_not_there_is_told() -> None:
    with answering() as odoo, pytest.raises(UnexpectedAnswer, match="there is no database 'other'"):
        Odoo(settings(odoo.url, database="other"), Unpaced())


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda _: {"result": {}}, "result is not a list of records"),
        (
            lambda answer: {"result": [{**each, "id": "x"} for each in answer["result"]]},
            "is not a record with a number",
        ),
        (lambda answer: {"result": answer["result"][::-1]}, "a page repeats, or is not in order"),
        (lambda answer: {"result": answer["result"] * 200}, "records came, and 500 were asked for"),
        (
            lambda answer: {"result": [{"id": each["id"]} for each in answer["result"]]},
            "has no .*, which was asked for",
        ),
        (lambda answer: {"result": [{**each, "name": ["x"]} for each in answer["result"]]}, "name is no char"),
        (lambda answer: {"result": [{**each, "active": "yes"} for each in answer["result"]]}, "active is no boolean"),
        (lambda answer: {"result": [{**each, "country_id": 5} for each in answer["result"]]}, "is no many2one"),
        (lambda answer: {"result": [{**each, "category_id": 5} for each in answer["result"]]}, "is no many2many"),
        (lambda answer: {"result": [{**each, "credit_limit": "x"} for each in answer["result"]]}, "is no float"),
        (lambda answer: {"result": [{**each, "write_date": "1"} for each in answer["result"]]}, "is no datetime"),
        (failing("odoo.exceptions.UserError"), "search_read: It was not to be"),
        (failing("builtins.KeyError", "'no_such'"), "Odoo failed: KeyError: 'no_such'"),
        (failing("odoo.exceptions.AccessDenied"), "does not accept the login any more"),
        (lambda _: {"error": "broken"}, "Odoo failed: broken"),
    ],
)
def test_a_wrong_answer_fails_the_pull(wrong: Wrong, message: str) -> None:
    with (
        answering(instead("res.partner", "search_read", wrong)) as odoo,
        pytest.raises(ConnectionFailure, match=message) as told,
    ):
        records(odoo.url, "customers", Everything())
    assert str(told.value).startswith("connection erp: ")


@pytest.mark.parametrize(
    ("model", "method", "wrong", "message"),
    [
        ("res.users", "context_get", lambda _: {"result": []}, "is not the context of a user"),
        ("res.users", "search_read", lambda _: {"result": []}, "the user has no company"),
        ("res.company", "search_read", lambda _: {"result": []}, "the user's company did not come"),
        ("res.partner", "fields_get", lambda _: {"result": []}, "is not a list of fields"),
        ("res.partner", "fields_get", failing("odoo.exceptions.UserError"), "this Odoo does not have it"),
        (
            "res.partner",
            "fields_get",
            lambda _: {"result": {"id": {"type": "integer"}}},
            "there is no is_company or parent_id",
        ),
    ],
)
def test_what_is_needed_before_must_come(model: str, method: str, wrong: Wrong, message: str) -> None:
    with answering(instead(model, method, wrong)) as odoo, pytest.raises(ConnectionFailure, match=message):
        records(odoo.url, "customers", Everything())


def test_an_amount_has_the_decimals_of_its_currency_and_no_noise() -> None:
    def noisy(answer: Any) -> Any:
        return {
            "result": [{**each, "price_subtotal": 87.80000000000001, "price_tax": 1e-15} for each in answer["result"]]
        }

    with answering(instead("sale.order.line", "search_read", noisy)) as odoo:
        line = records(odoo.url, "orders", Everything())[0]["order_line"][1]
    assert (line["price_subtotal"], line["price_tax"]) == ("87.80", "0.00")


def test_documents_without_their_lines_are_refused() -> None:
    hidden = failing("odoo.exceptions.AccessError", "You are not allowed to access 'Sales Order Line'.")
    with answering(instead("sale.order.line", "search_read", hidden)) as odoo:
        with pytest.raises(Refused, match="not allowed to access 'Sales Order Line'"):
            records(odoo.url, "orders", Everything())
        # Invoices are read without the orders that they are of.
        assert {line["sale"]["name"] for each in records(odoo.url, "sales", Everything()) for line in each[LINES]} == {
            None
        }


def test_what_somebody_else_may_read_is_left_empty() -> None:
    hidden = failing("odoo.exceptions.AccessError", "You are not allowed to access 'Country'.")
    with answering(instead("res.country", "search_read", hidden)) as odoo:
        first = records(odoo.url, "customers", Everything())[0]
    assert first["country_id"] == {"id": "88", "display_name": "Greece", "code": None}


def test_json_2_is_used_with_a_key_since_version_19() -> None:
    with answering() as odoo:
        before = {entity: records(odoo.url, entity, Everything()) for entity in ("inventory", "orders")}
    with answering_json_2({"admin's key": 2, "clerk's key": 8}) as odoo:
        admin, clerk, nobody = (
            {"username": None, "password": None, "api_key": key} for key in ("admin's key", "clerk's key", "no key")
        )
        assert {entity: records(odoo.url, entity, Everything(), **admin) for entity in before} == before
        assert records(odoo.url, "customers", ChangedSince(LONG_AGO), **clerk) != []
        with pytest.raises(Refused, match="answered 403 saying: You are not allowed to access 'Journal Entry'"):
            records(odoo.url, "sales", Everything(), **clerk)
        with pytest.raises(LoginRefused, match="answered 401 saying: Invalid apikey"):
            Odoo(settings(odoo.url, **nobody), Unpaced())
        assert all("web/webclient" in asked.path or "json/2" in asked.path for asked in odoo.asked)


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (plain({"jsonrpc": "2.0", "result": {"server_version": "13.0"}}), "Odoo 13.0 is too old"),
        (
            plain({"jsonrpc": "2.0", "result": {"server_version": "saas~22.1"}}),
            "set api_key: Odoo 22 takes no password",
        ),
        (plain({"jsonrpc": "2.0", "result": "?"}), "tells no version"),
        (plain({"version": 14}), "is none of JSON-RPC"),
    ],
)
def test_another_version_is_told(system: System, answer: Any, message: str) -> None:
    system.tells(answer)
    with pytest.raises(ConnectionFailure, match=message):
        Odoo(settings(system.url), Unpaced())
