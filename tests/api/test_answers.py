"""What the service answers, over HTTP."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from decimal import Decimal
from threading import Event
from typing import Any

import pytest

from tests.api.running import Running, running
from tests.importing.drop import Drop
from tests.live.erp import Erp, lookups_of
from tests.waiting import eventually
from wiseparts_pipeline.connections.errors import Unreachable
from wiseparts_pipeline.live.questions import (
    InvoicesQuestion,
    OffersQuestion,
    OrdersQuestion,
    ProductsQuestion,
    RoutesQuestion,
)
from wiseparts_pipeline.warehouse import Warehouse


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("customers/C1", {"customer_id": "C1", "name": "Garage One"}),
        ("customers/C1/financials", {"balance": "10.50", "available_credit": "989.50", "payment_status": "good"}),
        ("invoices/I-C1", {"invoice_id": "I-C1", "issued_on": "2026-03-02", "gross_amount": "10.50"}),
        ("orders/O-C1", {"order_id": "O-C1", "reference": None, "deliveries": []}),
        ("products/P1", {"sku": "P1", "list_price": "6.00", "delivery": {"on": "2026-03-02", "basis": "stock"}}),
        ("products/P1/offers?quantity=2", {"sku": "P1", "quantity": "2", "best": "F1"}),
        ("customers/C1/invoices", {"cursor": None}),
        ("customers/C1/orders", {"cursor": None}),
        ("routes", {"cursor": None}),
        ("order-types", {"cursor": None}),
    ],
)
def test_every_kind_is_answered_and_says_where_it_is_from(service: Running, path: str, value: dict[str, Any]) -> None:
    answer = service.get(f"/v1/{path}{'&' if '?' in path else '?'}fresh=true").json()
    assert answer.keys() == {"data", "source", "as_of", "age_seconds", "connection"}
    assert (answer["source"], answer["connection"]) == ("live", "erp")
    assert answer["as_of"].endswith("+00:00")
    assert answer["data"].items() >= value.items()


def test_what_is_asked_for_reaches_the_system(service: Running, erp: Erp) -> None:
    service.get("/v1/customers/C1/invoices?from=2026-01-02&to=2026-01-31&state=part_paid&cursor=abc")
    service.get("/v1/customers/C2/orders?state=closed")
    service.get("/v1/products/P1?customer=C2&quantity=2.5&warehouse=MAIN")
    service.get("/v1/products/P%2F1/offers?quantity=2.5")
    service.get("/v1/routes?customer=C1")
    assert erp.asked == [
        InvoicesQuestion("C1", date(2026, 1, 2), date(2026, 1, 31), "part_paid", "abc"),
        OrdersQuestion("C2", "closed"),
        ProductsQuestion(("P1",), "C2", Decimal("2.5"), "MAIN"),
        OffersQuestion("P/1", Decimal("2.5")),
        RoutesQuestion("C1"),
    ]


def test_several_products_are_one_question(service: Running, erp: Erp) -> None:
    asked = {"skus": ["P2", "X1", "P1"], "customer": "C1", "quantity": "10"}
    answer = service.client.post("/v1/products/query", json=asked, headers={"Authorization": f"Bearer {service.key}"})
    data = answer.json()["data"]
    assert [(each["sku"], each["price"]["net_amount"]) for each in data["items"]] == [("P2", "52.50"), ("P1", "52.50")]
    assert data["unknown"] == ["X1"]
    assert erp.asked == [ProductsQuestion(("P2", "X1", "P1"), "C1", Decimal(10))]


def test_a_key_may_have_a_slash_and_letters_of_any_alphabet(service: Running, erp: Erp) -> None:
    erp.customers["ΑΒ/1 %2F"] = "Γκαράζ"
    answer = service.get("/v1/customers/%CE%91%CE%92%2F1%20%252F")
    del erp.customers["ΑΒ/1 %2F"]
    assert answer.json()["data"]["name"] == "Γκαράζ"


def test_an_answer_is_kept_as_long_as_it_says_and_not_sent_again(service: Running, erp: Erp) -> None:
    first = service.get("/v1/customers/C1/invoices")
    second = service.get("/v1/customers/C1/invoices")
    assert second.json()["source"] == "cache"
    assert second.headers["cache-control"] in ("private, max-age=58", "private, max-age=59")
    assert second.headers["etag"] == first.headers["etag"]
    third = service.get("/v1/customers/C1/invoices", if_none_match=f'"other", {first.headers["etag"]}')
    assert (third.status_code, third.content, third.headers["etag"]) == (304, b"", first.headers["etag"])
    other = service.get("/v1/customers/C2/invoices", if_none_match=first.headers["etag"])
    assert other.status_code == 200
    assert len(erp.asked) == 2


def test_what_may_not_be_kept_says_so(service: Running) -> None:
    assert service.get("/v1/customers/C1/financials").headers["cache-control"] == "private, max-age=0"
    assert service.get("/v1/customers/C1?fresh=true").headers["cache-control"] == "private, max-age=0"


def test_kept_answers_are_given_while_others_wait(service: Running, erp: Erp) -> None:
    """More callers wait than any pool of threads that the framework has by itself."""
    path, callers = "/v1/customers/C2/orders", 60
    service.get(path)
    go_on = Event()
    erp.before_answer = lambda asked: go_on.wait(30)
    with ThreadPoolExecutor(callers) as threads:
        waiting = [threads.submit(service.get, f"/v1/products/P{each}") for each in range(callers)]
        eventually(lambda: erp.at_once == 8)
        assert service.get(path).json()["source"] == "cache"
        go_on.set()
        statuses = {each.result().status_code for each in waiting}
    assert statuses <= {200, 504}
    assert erp.most_at_once == 8


def test_what_is_stored_is_given_while_the_system_is_down(warehouse: Warehouse, drop: Drop) -> None:
    drop.of("customers").imported("customers.csv", "customer_id,name\nC7,Garage Seven\n")
    down = Erp()

    def refuse(settings: object) -> None:
        raise Unreachable("connection erp: no route")

    down.before_login = refuse
    with (
        lookups_of(down, warehouse, stored={"customer": "26h"}) as lookups,
        running(lookups, warehouse) as service,
    ):
        stored = service.get("/v1/customers/C7")
        assert (stored.json()["source"], stored.json()["connection"]) == ("stored", None)
        assert stored.json()["data"]["name"] == "Garage Seven"
        assert stored.json()["reason"] == "connection erp: no route"
        assert stored.headers["cache-control"] == "private, max-age=0"
        missing = service.get("/v1/orders/O1")
        assert (missing.status_code, missing.json()["code"]) == (503, "erp_unavailable")
        assert missing.headers["retry-after"] == "1"
