"""What a request that is not answered is told."""

import json
import logging
import socket
from collections.abc import Callable
from typing import Any

import pytest

from tests.api.running import Running, running
from tests.live.erp import Erp, lookups_of
from wiseparts_pipeline.connections.errors import Refused, TooLate, Unreachable
from wiseparts_pipeline.live.errors import NotSupported
from wiseparts_pipeline.warehouse import Warehouse


def _raises(error: Exception) -> Callable[[Any], None]:
    def raise_(_: Any) -> None:
        raise error

    return raise_


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("customers/C1?frsh=true", "frsh"),
        ("customers/%20C1", "id"),
        ("customers/C%001", "id"),
        ("customers/%FF", "id"),
        ("customers/" + "C" * 201, "id"),
        ("customers/C1/invoices?from=1", "from"),
        ("customers/C1/invoices?to=2026-02-30", "to"),
        ("customers/C1/orders?state=shipped", "state"),
        ("products/P1?quantity=0", "quantity"),
        ("products/P1?quantity=1e3", "quantity"),
        ("products/P1?quantity=NaN", "quantity"),
        ("products/P1?customer=", "customer"),
        ("products/P1/offers?quantity=-1", "quantity"),
        ("products/P1/offers?customer=C1", "customer"),
    ],
)
def test_what_cannot_be_asked_is_told_with_its_field(service: Running, erp: Erp, path: str, field: str) -> None:
    answer = service.get(f"/v1/{path}")
    assert (answer.status_code, answer.headers["content-type"]) == (400, "application/problem+json")
    assert (answer.json()["code"], answer.json()["field"]) == ("bad_request", field)
    assert answer.json()["request_id"] == answer.headers["x-request-id"]
    assert erp.asked == []


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b"{", "body"),
        (b"[]", "body"),
        (b'{"skus": []}', "skus"),
        (json.dumps({"skus": ["P1"] * 51}).encode(), "skus"),
        (b'{"skus": ["P1", ""]}', "skus.1"),
        (b'{"skus": ["P1"], "amount": 1}', "amount"),
    ],
)
def test_so_is_what_is_wrong_in_a_body(service: Running, body: bytes, field: str) -> None:
    headers = {"Authorization": f"Bearer {service.key}", "Content-Type": "application/json"}
    answer = service.client.post("/v1/products/query", content=body, headers=headers)
    assert (answer.status_code, answer.json()["code"], answer.json()["field"]) == (400, "bad_request", field)


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("customers/C9", "unknown_customer"),
        ("customers/C9/financials", "unknown_customer"),
        ("customers/C9/invoices", "unknown_customer"),
        ("customers/C9/orders", "unknown_customer"),
        ("invoices/I-C9", "unknown_invoice"),
        ("orders/O-C9", "unknown_order"),
        ("products/X9", "unknown_product"),
        ("products/P9?customer=C9", "unknown_customer"),
        ("products/P9/offers", "unknown_product"),
        ("products/P2/offers", "not_matched"),
        ("invoices", "not_found"),
        ("customers/C1/", "not_found"),
        ("customers/C1/other", "not_found"),
    ],
)
def test_what_there_is_not_has_a_code(service: Running, path: str, code: str) -> None:
    answer = service.get(f"/v1/{path}")
    assert (answer.status_code, answer.json()["code"]) == (404, code)


def test_another_method_is_told_which_one_there_is(service: Running) -> None:
    answer = service.client.delete("/v1/routes")
    assert (answer.status_code, answer.json()["code"], answer.headers["allow"]) == (405, "method_not_allowed", "GET")


@pytest.mark.parametrize(
    ("error", "status", "code", "retry_after"),
    [
        (Unreachable("connection erp: no route"), 503, "erp_unavailable", "1"),
        (TooLate("connection erp: this was not done within 1 s"), 504, "deadline", "1"),
        (Refused("connection erp: the user may not read sales"), 502, "erp_refused", None),
        (NotSupported("connection erp: has no credit limits"), 501, "not_supported", None),
    ],
)
def test_what_the_system_does_is_told_in_its_words(
    service: Running, erp: Erp, error: Exception, status: int, code: str, retry_after: str | None
) -> None:
    erp.before_answer = _raises(error)
    answer = service.get("/v1/customers/C1/financials")
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert str(error) in answer.json()["detail"]
    assert answer.headers.get("retry-after") == retry_after


def test_a_system_that_is_left_alone_is_not_waited_for(erp: Erp, shared_warehouse: Warehouse) -> None:
    erp.before_answer = _raises(Unreachable("connection erp: no route"))
    with (
        lookups_of(erp, shared_warehouse, open_after_failures=2, open_seconds=20) as lookups,
        running(lookups, shared_warehouse) as service,
    ):
        for _ in range(2):
            service.get("/v1/customers/C1")
        answer = service.get("/v1/customers/C1")
        assert (answer.status_code, answer.json()["code"]) == (503, "erp_unavailable")
        assert int(answer.headers["retry-after"]) in range(15, 21)
        ready = service.client.get("/readyz")
        # What is stored may be answered.
        assert (ready.status_code, ready.json()["ready"]) == (200, False)
        assert ready.json()["connections"] == [{"connection": "erp", "circuit": "open", "login": "accepted"}]
    assert len(erp.asked) == 2


def test_a_fault_of_the_program_is_told_without_its_traceback(
    service: Running,
    erp: Erp,
    tmp_path: Any,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setenv("WISEPARTS_HOME", str(tmp_path))
    erp.before_answer = _raises(ZeroDivisionError("not for callers"))
    with caplog.at_level(logging.ERROR, "wiseparts.api"):
        answer = service.get("/v1/customers/C1/financials")
    assert (answer.status_code, answer.json()["code"]) == (500, "internal_error")
    assert "not for callers" not in answer.text
    request_id = answer.headers["x-request-id"]
    assert any(request_id in record.getMessage() for record in caplog.records)
    (log,) = (tmp_path / "logs").iterdir()
    assert request_id in log.read_text()
    assert "not for callers" in log.read_text()


def test_a_body_of_more_than_a_megabyte_is_refused_before_it_is_read(service: Running) -> None:
    headers = {"Authorization": f"Bearer {service.key}", "Content-Type": "application/json"}
    big = b" " * 1_000_001
    announced = service.client.post("/v1/products/query", content=big, headers=headers)
    chunked = service.client.post("/v1/products/query", content=iter([big[:700_000], big[:700_000]]), headers=headers)
    unread = service.client.request("GET", "/v1/routes", content=big, headers=headers)
    for answer in (announced, chunked, unread):
        assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


def test_without_the_database_nothing_is_answered_and_it_says_so(shared_warehouse: Warehouse, erp: Erp) -> None:
    with lookups_of(erp, shared_warehouse) as lookups, running(lookups, shared_warehouse) as service:
        with socket.create_server(("127.0.0.1", 0)) as nobody:
            port = nobody.getsockname()[1]
        gone = Warehouse(f"postgresql://postgres@127.0.0.1:{port}/gone")
        service.service.warehouse = service.service.keys._warehouse = gone
        answer = service.get("/v1/customers/C1")
        ready = service.client.get("/readyz")
        assert service.client.get("/healthz").text == "ok"
    assert (answer.status_code, answer.json()["code"]) == (503, "database_unavailable")
    assert "postgres" not in answer.text
    assert (ready.status_code, ready.json()["database"]) == (503, "unreachable")
