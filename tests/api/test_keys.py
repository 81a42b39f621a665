"""Whose requests are answered, what they may ask, and how often."""

from datetime import timedelta

import pytest

from tests.api.running import Running, running
from tests.live.erp import Erp, lookups_of
from tests.waiting import eventually
from wiseparts_pipeline.api.access import Keys, Rates
from wiseparts_pipeline.api.keys import SCOPES, ApiKey, create_key, keys, revoke_key
from wiseparts_pipeline.api.problems import RefusedRequest
from wiseparts_pipeline.errors import ConfigurationError, WarehouseError, WisepartsError
from wiseparts_pipeline.warehouse import Warehouse


@pytest.mark.parametrize("header", [None, "", "Bearer", "Basic d3A6eA==", "Bearer wp_wrong", "Bearer ü"])
def test_nobody_is_answered_without_a_key(service: Running, erp: Erp, header: str | None) -> None:
    headers = {b"Authorization": header.encode()} if header is not None else {}
    for path in ("/v1/customers/C1", "/v1/products/X%2F", "/metrics"):
        answer = service.client.get(path, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (401, "unauthorized")
        assert answer.headers["www-authenticate"] == "Bearer"
    assert erp.asked == []


def test_a_new_key_is_known_within_a_second_and_a_revoked_one_is_not_after_five(shared_warehouse: Warehouse) -> None:
    now = 0.0
    with Keys(shared_warehouse, lambda: now) as known, shared_warehouse.connect(autocommit=True) as connection:
        known.read("wrong")
        key = create_key(connection, "soon revoked", ["sync"])
        now = 0.9
        known.read(key)
        assert known.key(key).name == "soon revoked"
        revoke_key(connection, "soon revoked")
        now = 6.0
        known.read(key)
        with pytest.raises(RefusedRequest, match="revoked"):
            known.key(key)


def test_nobody_waits_for_a_database_that_others_have_waited_for() -> None:
    now = 0.0
    keys = Keys(Warehouse("postgresql://postgres@127.0.0.1:1/none"), lambda: now)
    with pytest.raises(WarehouseError, match="Cannot connect"):
        keys.read("wp_1")
    with pytest.raises(WarehouseError, match="a moment ago"):
        keys.read("wp_2")
    now = 1.0
    with pytest.raises(WarehouseError, match="Cannot connect"):
        keys.read("wp_1")


def test_a_key_ends_when_it_expires(service: Running) -> None:
    with service.service.warehouse.connect(autocommit=True) as connection:
        key = create_key(connection, "expired", SCOPES, expires_in=timedelta(seconds=-1))
    eventually(lambda: "expired" in service.get("/v1/routes", key).json()["detail"], 5)
    assert service.get("/v1/routes", key).status_code == 401


@pytest.mark.parametrize(
    ("scope", "paths"),
    [
        ("customers:read", ["/v1/customers/C1"]),
        ("prices:read", ["/v1/products/P1"]),
        ("invoices:read", ["/v1/customers/C1/financials", "/v1/customers/C1/invoices", "/v1/invoices/I-C1"]),
        ("orders:read", ["/v1/customers/C1/orders", "/v1/orders/O-C1", "/v1/routes", "/v1/order-types"]),
        ("offers:read", ["/v1/products/P1/offers"]),
        ("metrics", ["/metrics"]),
    ],
)
def test_a_key_is_for_its_scopes_only(service: Running, scope: str, paths: list[str]) -> None:
    only = service.new_key(f"only {scope}", [scope])
    others = service.new_key(f"all but {scope}", [each for each in SCOPES if each != scope])
    eventually(lambda: service.get("/metrics", only).status_code != 401, 5)
    for path in paths:
        assert service.get(path, only).status_code == 200
        refused = service.get(path, others)
        assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
        assert scope in refused.json()["detail"]


def test_a_key_for_some_customers_finds_no_others(service: Running, erp: Erp) -> None:
    """Also not from what was kept for a key that may, and in the same words as what there is not."""
    key = service.new_key("of C1", customers=["C1"])
    eventually(lambda: service.get("/v1/routes", key).status_code == 200, 5)
    own = ("customers/C1", "customers/C1/financials", "customers/C1/invoices", "invoices/I-C1", "customers/C1/orders")
    for path in (*own, "orders/O-C1", "products/P1?customer=C1", "products/P1", "routes?customer=C1"):
        assert service.get(f"/v1/{path}", key).status_code == 200
    for path in (*own, "orders/O-C1", "products/P1?customer=C1", "routes?customer=C1"):
        others, none = path.replace("C1", "C2"), path.replace("C1", "C9")
        assert service.get(f"/v1/{others}").status_code == 200
        refused, unknown = service.get(f"/v1/{others}", key), service.get(f"/v1/{none}", key)
        assert (refused.status_code, unknown.status_code) == (404, 404)
        assert refused.json()["code"] == unknown.json()["code"]
        assert refused.json()["detail"] == unknown.json()["detail"].replace("C9", "C2")
    # What we pay is for nobody's customers.
    refused = service.get("/v1/products/P1/offers", key)
    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
    assert "F1" not in refused.text
    asked = {"skus": ["P1"], "customer": "C2"}
    answer = service.client.post("/v1/products/query", json=asked, headers={"Authorization": f"Bearer {key}"})
    assert (answer.status_code, answer.json()["code"]) == (404, "unknown_customer")


def test_a_key_that_asks_too_often_is_told_when_to_ask_again(erp: Erp, shared_warehouse: Warehouse) -> None:
    with lookups_of(erp, shared_warehouse) as lookups, running(lookups, shared_warehouse, 2) as service:
        answers = [service.get("/v1/routes") for _ in range(12)]
        other = service.new_key("another")
        eventually(lambda: service.get("/v1/routes", other).status_code == 200, 5)
    refused = [each for each in answers if each.status_code == 429]
    assert refused
    assert {each.status_code for each in answers} == {200, 429}
    assert (refused[0].json()["code"], refused[0].headers["retry-after"]) == ("rate_limited", "1")


def test_a_rate_is_held_over_time(shared_warehouse: Warehouse) -> None:
    with shared_warehouse.connect(autocommit=True) as connection:
        create_key(connection, "at a rate", ["sync"])
        (key,) = (each for each in keys(connection) if each.name == "at a rate")
    now = 0.0
    rates = Rates(30, lambda: now)
    answered = 0
    for hundredth in range(1000):
        now = hundredth / 100
        answered += _is_answered(rates, key)
    # Those of a second at once, and then 30 in each of ten seconds.
    assert answered in range(328, 332)


def _is_answered(rates: Rates, key: ApiKey) -> bool:
    try:
        rates.count(key)
    except RefusedRequest:
        return False
    return True


def test_a_key_is_kept_as_its_hash_and_has_256_random_bits(shared_warehouse: Warehouse) -> None:
    with shared_warehouse.connect(autocommit=True) as connection:
        secrets = [create_key(connection, f"key {each}", ["sync"]) for each in range(3)]
        stored = str(connection.execute("select * from ops.api_keys").fetchall())
    assert len(set(secrets)) == 3
    assert all(len(secret) == len("wp_") + 43 for secret in secrets)
    assert not any(secret in stored or secret.removeprefix("wp_") in stored for secret in secrets)


def test_a_name_is_given_once_until_it_is_revoked(shared_warehouse: Warehouse) -> None:
    with shared_warehouse.connect(autocommit=True) as connection:
        create_key(connection, "shop", ["sync"])
        with pytest.raises(ConfigurationError, match="revoke it first"):
            create_key(connection, "shop", ["sync"])
        revoke_key(connection, "shop")
        create_key(connection, "shop", ["sync"])
        with pytest.raises(WisepartsError, match="api-key list"):
            revoke_key(connection, "other")


def test_the_last_use_is_noted(erp: Erp, shared_warehouse: Warehouse) -> None:
    with lookups_of(erp, shared_warehouse) as lookups, running(lookups, shared_warehouse) as service:
        service.get("/v1/routes")
    with shared_warehouse.connect() as connection:
        key = max(keys(connection), key=lambda each: each.created_at)
    assert key.last_used_at is not None
    assert key.last_used_at >= key.created_at
