"""Orders and customers that are created over the service: imported as those of a file, and once for their key."""

import logging
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx2
import pytest

from tests.api.running import Running, running
from tests.exporting.records import LINE as STORED_LINE
from tests.exporting.records import insert
from tests.live.erp import Erp, lookups_of
from wiseparts_pipeline.api.creating import creating
from wiseparts_pipeline.api.keys import create_key
from wiseparts_pipeline.config.loader import Configuration
from wiseparts_pipeline.importing.ledger.history import refused_entities
from wiseparts_pipeline.warehouse import Warehouse
from wiseparts_pipeline.warehouse.locks import only_one

LINE = {"sku": "BP-1002", "quantity": "2", "unit_price": "42.90", "net_amount": "85.80"}
ORDER: dict[str, Any] = {"channel": "web", "customer_id": "C1", "currency": "EUR", "lines": [LINE]}


@pytest.fixture(scope="module")
def keys(shared_warehouse: Warehouse) -> dict[str, str]:
    """Made before the service reads which there are."""
    with shared_warehouse.connect(autocommit=True) as connection:
        return {
            "other shop": create_key(connection, "other shop", ["orders:write"]),
            "reader": create_key(connection, "reader", ["orders:read", "customers:read"]),
            "of C1 and C2": create_key(connection, "of C1 and C2", ["orders:write", "orders:read"], ["C1", "C2"]),
            "of C2": create_key(connection, "of C2", ["orders:read"], ["C2"]),
        }


@pytest.fixture(scope="module")
def service(
    shared_erp: Erp, shared_warehouse: Warehouse, keys: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Running]:
    """With the customer C1."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WISEPARTS_HOME", str(tmp_path_factory.mktemp("home")))
        with lookups_of(shared_erp, shared_warehouse) as lookups, running(lookups, shared_warehouse) as service:
            assert post(service, {"customer_id": "C1", "name": "Garage One"}, "customers").status_code == 201
            yield service


def post(
    service: Running, body: Any, what: str = "orders", *, again: object = None, key: str | None = None
) -> httpx2.Response:
    """A request of its own, or the one that had the same `again` before."""
    headers = {"Authorization": f"Bearer {key or service.key}", "Idempotency-Key": str(again or uuid4())}
    return service.client.post(f"/v1/{what}", json=body, headers=headers)


def rows(service: Running, query: str, *parameters: object) -> list[Any]:
    with service.service.warehouse.connect() as connection:
        return connection.execute(query.encode(), parameters or None).fetchall()


def refused(answer: httpx2.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def rejected(answer: httpx2.Response) -> list[tuple[int, str, str]]:
    assert refused(answer) == (422, "validation")
    return [(each["line"], each["column"], each["code"]) for each in answer.json()["rejected"]]


def test_an_order_is_imported_and_answered_as_it_is_stored(service: Running) -> None:
    sent = {"order_id": "WEB/1", "placed_at": "2026-03-02T00:30:05+02:00", "note": "Πριν τις 12"}
    answer = post(service, ORDER | sent | {"lines": [LINE, LINE | {"unit_price": "0.125", "line_no": 7}]})
    assert (answer.status_code, answer.headers["location"]) == (201, "/v1/orders/WEB%2F1")
    told = answer.json()
    assert (told["source"], told["connection"], told["warnings"]) == ("stored", None, {"unknown_reference": 2})
    order = told["data"]
    assert (order["order_id"], order["placed_at"], order["status"], order["note"], order["email"]) == (
        *("WEB/1", "2026-03-01T22:30:05Z", "confirmed"),
        *("Πριν τις 12", None),
    )
    assert [(each["line_no"], each["quantity"], each["unit_price"]) for each in order["lines"]] == [
        (1, "2", "42.90"),
        (7, "2", "0.125"),
    ]
    assert rows(
        service,
        "select importer, file.source, file.status, rows_created, _source from ops.import_files as file"
        " join raw.orders on _file_id = file_id where order_id = 'WEB/1' and line_no = 7",
    ) == [("wiseparts_api_orders", "wiseparts_api", "imported", 2, "wiseparts_api")]


def test_a_record_without_a_key_gets_one(service: Running) -> None:
    order = post(service, ORDER).json()["data"]["order_id"]
    customer = post(service, {"name": "Garage New", "credit_limit": "500.50"}, "customers").json()["data"]
    assert order.startswith("API-")
    assert customer["customer_id"].startswith("API-")
    assert (customer["status"], customer["credit_limit"]) == ("active", "500.50")
    assert post(service, ORDER | {"customer_id": customer["customer_id"]}).status_code == 201


def test_a_repetition_creates_nothing_and_is_answered_as_the_first(service: Running, keys: dict[str, str]) -> None:
    first = post(service, ORDER, again="K1")
    again = post(service, ORDER, again="K1")
    assert (again.status_code, again.headers["location"]) == (201, first.headers["location"])
    assert again.json()["data"] == first.json()["data"]
    assert refused(post(service, ORDER | {"note": "x"}, again="K1")) == (409, "idempotency_conflict")
    assert refused(post(service, {"name": "x"}, "customers", again="K1")) == (409, "idempotency_conflict")
    other = post(service, ORDER, again="K1", key=keys["other shop"])
    assert other.headers["location"] != first.headers["location"]


def test_the_same_requests_at_the_same_moment_are_one(service: Running) -> None:
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _: post(service, ORDER, again="K2"), range(6)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.headers["location"] for answer in answers}) == 1


def test_what_a_killed_process_had_imported_is_found(service: Running) -> None:
    first = post(service, ORDER, again="K3")
    with service.service.warehouse.connect() as connection:
        connection.execute("update ops.requests set file_id = null where idempotency_key = 'K3'")
    before = rows(service, "select count(*) from ops.import_files")
    assert post(service, ORDER, again="K3").json()["data"] == first.json()["data"]
    assert rows(service, "select count(*) from ops.import_files") == before


def test_what_was_cut_short_is_noted_when_a_service_begins(service: Running) -> None:
    post(service, ORDER, again="K7")
    warehouse = service.service.warehouse
    with warehouse.connect() as connection:
        found = "importer = 'wiseparts_api_orders' and file_id = (select max(file_id) from ops.import_files)"
        connection.execute(f"update ops.import_files set status = 'importing' where {found}".encode())
    with creating.Creating(Configuration({}, {}), warehouse):
        assert rows(service, f"select status, error from ops.import_files where {found}") == [
            ("failed", "The import was cut short.")
        ]


def test_all_that_is_wrong_is_told_again_and_nothing_is_stored(service: Running) -> None:
    wrong = ORDER | {"order_id": "WEB-2", "channel": "fax", "lines": [LINE, LINE]}
    answers = [post(service, wrong, again="K4") for _ in range(2)]
    assert [rejected(answer) for answer in answers] == [
        [(1, "channel", "not_in_set"), (2, "channel", "not_in_set")]
    ] * 2
    assert "Allowed: web, phone" in answers[0].json()["detail"]
    assert rows(service, "select from raw.orders where order_id = 'WEB-2'") == []
    # Such a row would hold the export of an order with this number.
    assert rows(service, "select from ops.rejected_entries where status = 'rejected'") == []
    with service.service.warehouse.connect() as connection:
        # Of such an entity, no marts are built.
        assert refused_entities(connection) == set()


def test_an_order_of_nobody_is_not_stored(service: Running) -> None:
    assert rejected(post(service, ORDER | {"customer_id": "C9"})) == [(1, "customer_id", "unknown_reference")]


def test_a_record_that_is_there_is_left_as_it_is(service: Running) -> None:
    with service.service.warehouse.connect() as connection:
        insert(connection, "raw.orders", **STORED_LINE | {"order_id": "SHOP-1"}, _source="shop", _file_id=0)
    assert rejected(post(service, ORDER | {"order_id": "SHOP-1", "lines": [LINE | {"line_no": 2}]})) == [
        (1, "order_id", "already_there")
    ]
    assert rows(service, "select line_no, _source from raw.orders where order_id = 'SHOP-1'") == [(1, "shop")]
    assert rejected(post(service, {"customer_id": "C1", "name": "Other"}, "customers")) == [
        (1, "customer_id", "already_there")
    ]
    assert rows(service, "select name from raw.customers where customer_id = 'C1'") == [("Garage One",)]


def test_who_has_to_wait_too_long_is_told_to_ask_again(service: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(creating, "WAIT_SECONDS", 0.05)
    with service.service.warehouse.connect(autocommit=True) as connection:
        with only_one(connection, "wiseparts.import.orders", lambda _: None):
            answer = post(service, ORDER, again="K6")
        assert refused(answer) == (409, "in_progress")
        assert (answer.headers["retry-after"], "Another import of orders" in answer.json()["detail"]) == ("1", True)
        with connection.transaction():
            connection.execute("select from ops.requests where idempotency_key = 'K6' for update")
            assert refused(post(service, ORDER, again="K6")) == (409, "in_progress")
    assert post(service, ORDER, again="K6").status_code == 201


def test_a_key_creates_only_what_it_is_for(service: Running, keys: dict[str, str]) -> None:
    key = keys["of C1 and C2"]
    assert post(service, ORDER, key=key).status_code == 201
    assert refused(post(service, ORDER | {"customer_id": "C3"}, key=key)) == (404, "unknown_customer")
    assert refused(post(service, ORDER | {"customer_id": None}, key=key)) == (403, "forbidden")
    assert refused(post(service, {"name": "x"}, "customers", key=key)) == (403, "forbidden")
    assert post(service, {"customer_id": "C2", "name": "x"}, "customers", key=key).status_code == 201
    assert refused(post(service, ORDER, key=keys["reader"])) == (403, "forbidden")


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"colour": "red"}, "colour"),
        ({"placed_at": "2026-03-02T00:30:05"}, "placed_at"),
        ({"placed_at": 1772404205}, "placed_at"),
        ({"lines": [LINE | {"net_amount": 85.8}]}, "lines.0.net_amount"),
        ({"lines": [LINE | {"net_amount": "85,80"}]}, "lines.0.net_amount"),
        ({"lines": []}, "lines"),
        ({"order_id": "a\nb"}, "order_id"),
        ({"currency": None}, "currency"),
    ],
)
def test_what_cannot_be_read_is_refused_by_its_field(service: Running, wrong: dict[str, Any], field: str) -> None:
    answer = post(service, ORDER | wrong)
    assert (*refused(answer), answer.json()["field"]) == (400, "bad_request", field)


def test_a_request_needs_an_idempotency_key(service: Running) -> None:
    answer = service.client.post("/v1/orders", json=ORDER, headers={"Authorization": f"Bearer {service.key}"})
    assert (*refused(answer), answer.json()["field"]) == (400, "bad_request", "Idempotency-Key")


def test_what_is_sent_is_in_no_log_and_no_ledger(
    service: Running, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("WISEPARTS_HOME", str(tmp_path))
    with caplog.at_level(logging.DEBUG):
        logging.getLogger("httpx2").setLevel(logging.WARNING)
        assert post(service, ORDER | {"note": "PLANTED", "email": "PLANTED@example.com"}).status_code == 201
        assert refused(post(service, ORDER | {"note": "PLANTED"} | {"PLANTED": 1}))[0] == 400
    texts = [record.getMessage() for record in caplog.records if "httpcore" not in record.name]
    texts += [path.read_text() for path in tmp_path.rglob("*") if path.is_file()]
    for (table,) in rows(service, "select tablename from pg_tables where schemaname = 'ops'"):
        texts.append(str(rows(service, f"select * from ops.{table}")))
    for secret in ("PLANTED", service.key, service.key.removeprefix("wp_")):
        assert [text for text in texts if secret in text] == []


def test_an_order_is_found_by_its_number_here(service: Running, keys: dict[str, str]) -> None:
    location = post(service, ORDER | {"order_id": "WEB-3"}).headers["location"]
    answer = service.get(location).json()
    assert (answer["source"], answer["data"]["order_id"], answer["data"]["state"]) == ("stored", "WEB-3", "open")
    assert [(each["sku"], each["ordered_quantity"]) for each in answer["data"]["lines"]] == [("BP-1002", "2")]
    assert service.get(location, keys["of C2"]).status_code == 404
