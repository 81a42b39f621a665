"""What is asked of a system: what has changed, records by their keys, details, and what is behind links."""

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.connections.rest.reading import EVERYTHING, connection, read, refused
from tests.connections.systems import Answer, Asked, Handler, System, Unpaced, plain
from wiseparts_pipeline.config.connections.pull import PullSettings
from wiseparts_pipeline.connections.base import ChangedSince, WithKeys
from wiseparts_pipeline.connections.rest import Rest
from wiseparts_pipeline.errors import ConfigurationError

SINCE = ChangedSince(datetime(2025, 11, 28, 6, 30, 5, 999_999, UTC))


def paths(answers: dict[str, Any]) -> Answer:
    """Answers by path and query; with 404 to others."""

    def answer(handler: Handler, asked: Asked) -> None:
        found = answers.get(handler.path)
        (plain(found) if found is not None else plain({"detail": "Not found."}, 404))(handler, asked)

    return answer


@pytest.mark.parametrize(
    ("window", "sent"),
    [
        ({"parameter": "since"}, {"since": ["2025-11-28T06:30:05Z"]}),
        ({"parameter": "since", "format": "epoch"}, {"since": ["1764311405"]}),
        ({"parameter": "since", "format": "epoch_ms"}, {"since": ["1764311405999"]}),
        (
            {"parameter": "since", "format": "%d/%m/%Y %H:%M", "timezone": "Europe/Athens"},
            {"since": ["28/11/2025 08:30"]},
        ),
        (
            {"parameter": "$filter", "template": "changed ge {since}"},
            {"$filter": ["changed ge 2025-11-28T06:30:05Z"]},
        ),
    ],
)
def test_what_has_changed_is_asked_for(system: System, window: dict[str, str], sent: dict[str, list[str]]) -> None:
    system.tells(plain([{"id": 1}]))
    request = {"path": "/orders", "query": {"state": ["open", "paid"]}}
    assert read(system, SINCE, window=window, request=request) == [{"id": "1"}]
    assert system.asked[0].query == {"state": ["open", "paid"], **sent}


def test_without_a_window_everything_is_read(system: System) -> None:
    system.tells(plain([]))
    assert read(system, SINCE) == []
    pull = PullSettings.model_validate({"connection": "shop", "entity": "orders", "request": {"path": "/orders"}})
    assert not Rest.readable(pull).by_time


def test_records_are_asked_for_by_a_path(system: System) -> None:
    system.tells(paths({"/orders/a%2F1": {"number": "A/1"}, "/orders/3": {"number": 3}}))
    keys = {"field": "number", "path": "/orders/{key}"}
    found = read(system, WithKeys(["a/1", "2", "3"], "orders"), keys=keys)
    assert found == [{"number": "A/1"}, {"number": "3"}]


def test_records_are_asked_for_by_a_parameter(system: System) -> None:
    system.tells(paths({"/orders?ids=1%3B2": {"data": [{"id": 1}, {"id": 2}]}, "/orders?ids=3": {"data": []}}))
    keys = {"field": "id", "parameter": "ids", "at_a_time": "2", "separator": ";"}
    found = read(system, WithKeys(["1", "2", "3"], "orders"), keys=keys, records="data")
    assert found == [{"id": "1"}, {"id": "2"}]


def test_a_system_that_ignores_the_keys_is_told(system: System) -> None:
    system.tells(plain([{"id": 1}, {"id": 2}]))
    text = refused(system, WithKeys(["1"], "orders"), keys={"field": "id", "parameter": "id"})
    assert "[1].id: this is none of the keys that were asked for; see whether the system takes `id`" in text


def test_records_of_others_are_asked_for_by_their_keys(system: System) -> None:
    system.tells(paths({"/orders?customer=C1": [{"id": 1}], "/customers/C2/orders": [{"id": 2}]}))
    for how, key, found in (({"parameter": "customer"}, "C1", "1"), ({"path": "/customers/{key}/orders"}, "C2", "2")):
        assert read(system, WithKeys([key], "customers"), owners={"customers": how}) == [{"id": found}]


def test_keys_without_a_way_to_ask_for_them_are_a_fault_of_the_pull(system: System) -> None:
    with pytest.raises(ConfigurationError, match="say in `keys` how the system is asked for them"):
        read(system, WithKeys(["1"], "orders"))


def test_records_are_completed(system: System) -> None:
    answers = {
        "/orders": [{"id": 1, "url": f"{system.url}/orders/1/"}],
        "/orders/1/": {"id": 1, "total": "9.90", "lines": f"{system.url}/lines?order=1", "owner": None},
        "/lines?order=1": [{"item": "/items/5"}, {"item": "/items/5"}],
        "/items/5": {"sku": "BP"},
        "/prices/1/9.90": {"net": 8.25},
    }
    system.tells(paths(answers))
    follow = {"lines": "lines", "lines.item": "item", "owner": "owner", "price": "/prices/{id}/{total}"}
    (record,) = read(system, EVERYTHING, details="url", follow=follow)
    assert record == {
        "id": "1",
        "url": f"{system.url}/orders/1/",
        "total": "9.90",
        "owner": None,
        "lines": [{"item": {"sku": "BP"}}, {"item": {"sku": "BP"}}],
        "price": {"net": "8.25"},
    }
    # Where two records lead to the same, it is asked for once.
    assert [asked.path for asked in system.asked].count("/items/5") == 1


def test_parts_of_a_record_may_be_the_same(system: System) -> None:
    pages = {
        "/orders?offset=0": {"items": [{"lines": "/lines"}], "count": 1},
        "/lines": {"items": [{"sku": "BP"}, {"sku": "BP"}], "count": 3},
        "/lines?offset=2": {"items": [{"sku": "OF"}], "count": 3},
    }
    system.tells(paths(pages))
    way = {"by": "offset", "parameter": "offset", "total": "count"}
    (record,) = read(system, EVERYTHING, records="items", paginate=way, follow={"lines": "lines"})
    assert record == {"lines": [{"sku": "BP"}, {"sku": "BP"}, {"sku": "OF"}]}


@pytest.mark.parametrize(
    ("record", "says"),
    [
        ({"id": 1}, "connection shop: GET /orders: [0].url: is not there and should be what leads to"),
        ({"url": ["x"]}, "[0].url: is a list and should be"),
        ({"url": None}, "[0].url: the record's details (`details`) are not there"),
        ({"url": "/list"}, "GET http://127.0.0.1"),
        ({"url": "/gone"}, "answered 404 saying: Not found."),
        ({"url": "http://elsewhere.example/1"}, "is not at 127.0.0.1"),
    ],
)
def test_details_that_cannot_be_had_are_told(system: System, record: dict[str, Any], says: str) -> None:
    system.tells(paths({"/orders": [record], "/list": []}))
    assert says in refused(system, EVERYTHING, details="url")


@pytest.mark.parametrize(
    ("settings", "headers"),
    [
        ({"auth": "basic", "username": "ann", "password": "secret"}, {"authorization": "Basic YW5uOnNlY3JldA=="}),
        ({"auth": "bearer", "api_key": "secret"}, {"authorization": "Bearer secret"}),
        ({"auth": "X-Api-Key", "api_key": "secret"}, {"x-api-key": "secret"}),
        ({"auth": "none"}, {}),
    ],
)
def test_logins_are_sent_as_the_connection_says(
    system: System, settings: dict[str, str], headers: dict[str, str]
) -> None:
    system.tells(plain([]))
    pull = PullSettings.model_validate({"connection": "shop", "entity": "orders", "request": {"path": "/orders"}})
    with Rest(connection(system, **settings), Unpaced()) as rest:
        assert list(rest.records(pull, EVERYTHING)) == []
        assert rest.requests == 1
        assert rest.now is not None
    sent = system.asked[0].headers
    assert {name: sent[name] for name in ("authorization", "x-api-key") if name in sent} == headers
