"""Lists that change while they are read, and answers of Vendure's API that are not what it promises."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.connections.systems import Answer, Asked, Handler, System, Unpaced, plain
from wiseparts_pipeline.config.connections.connection import ConnectionSettings
from wiseparts_pipeline.config.connections.pull import PullSettings
from wiseparts_pipeline.connections.base import ChangedSince, Everything, Selection, WithKeys
from wiseparts_pipeline.connections.errors import ConnectionFailure, LoginRefused, Refused, UnexpectedAnswer
from wiseparts_pipeline.connections.vendure import Vendure
from wiseparts_pipeline.connections.vendure.queries import CUSTOMERS

SETTINGS = {"globalSettings": {"serverConfig": {"moneyStrategyPrecision": 3}}}
SECRET = "correct horse"


def read(system: System, selection: Selection | None = None, entity: str = "customers", **columns: Any) -> list[Any]:
    settings = ConnectionSettings.model_validate(
        {"name": "shop", "system": "vendure", "url": system.url, "api_key": SECRET, "allow_plaintext": True}
    )
    pull = PullSettings(connection="shop", entity=entity, columns=columns)
    with Vendure(settings, Unpaced()) as shop:
        return list(shop.records(pull, selection or Everything()))


def failure(system: System, kind: type[ConnectionFailure] = UnexpectedAnswer, **given: Any) -> str:
    with pytest.raises(kind) as caught:
        read(system, **given)
    assert SECRET not in str(caught.value)
    return str(caught.value)


def page(ids: range | list[int], total: int) -> Answer:
    items = [{"id": str(each), "emailAddress": f"{each}@example.org"} for each in ids]
    return plain({"data": {**SETTINGS, "customers": {"totalItems": total, "items": items}}})


def listing(ids: list[int], change: Callable[[int], None] = lambda number: None) -> Answer:
    """The answer of a shop with these customers; `change` is called before each page with its number."""
    pages = iter(range(1_000))

    def answer(handler: Handler, asked: Asked) -> None:
        change(next(pages))
        options = json.loads(asked.body)["variables"]["options"]
        some = ids[options["skip"] : options["skip"] + options["take"]]
        page(some, len(ids))(handler, asked)

    return answer


def test_all_pages_are_read_in_the_order_of_ids_and_say_what_amounts_are_in(system: System) -> None:
    system.tells(listing(list(range(450))))

    records = read(system)

    assert [int(each["id"]) for each in records] == list(range(450))
    assert {each["moneyUnit"] for each in records} == {"1000"}
    assert all(each.headers["vendure-api-key"] == SECRET for each in system.asked)
    assert len(system.asked) == 3


@pytest.mark.parametrize("gone", [1, 150])
def test_none_is_lost_when_others_are_deleted_meanwhile(system: System, gone: int) -> None:
    ids = list(range(600))

    def delete(number: int) -> None:
        if number == 1:
            del ids[:gone]

    system.tells(listing(ids, delete))

    assert [int(each["id"]) for each in read(system)] == list(range(600))


def test_none_comes_twice_when_others_appear_meanwhile(system: System) -> None:
    ids = list(range(10, 600))

    def add(number: int) -> None:
        if number == 1:
            ids[:0] = [1, 2, 3]

    system.tells(listing(ids, add))

    assert [int(each["id"]) for each in read(system)] == list(range(10, 600))


def test_pages_that_never_end_are_refused(system: System) -> None:
    system.tells(page(range(200), 450), page(range(199, 200), 450))

    assert "data.customers.totalItems: says 450, and there is nothing behind the first 200" in failure(system)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (plain([]), "data: is no object"),
        (plain({"data": {**SETTINGS, "customers": {"items": None}}}), "data.customers.items: is no list"),
        (plain({"data": {**SETTINGS, "customers": {"items": [{}]}}}), "data.customers.items.0.id: is no text"),
        (plain({"data": {**SETTINGS, "customers": {"items": []}}}), "totalItems"),
        (plain({"data": {"customers": {"items": [], "totalItems": 0}}}), "serverConfig"),
        (page([1, 1], 2), "has an item twice"),
        (
            plain({"errors": [{"message": "boom", "path": ["customers"], "extensions": {"code": "INTERNAL"}}]}),
            "customers: answered with the error boom (INTERNAL) at customers",
        ),
        (plain({"errors": []}), "data: is no object"),
    ],
)
def test_an_answer_that_is_not_what_was_promised_is_refused(system: System, answer: Answer, said: str) -> None:
    system.tells(answer)

    assert said in failure(system)


FORBIDDEN = plain({"errors": [{"message": "no", "path": ["customers"], "extensions": {"code": "FORBIDDEN"}}]})


def test_what_the_key_may_not_read_is_refused_and_not_asked_again(system: System) -> None:
    system.tells(FORBIDDEN, plain({"data": SETTINGS}))

    assert "give the role of the connection's user or key in Vendure the permissions" in failure(system, Refused)
    assert len(system.asked) == 2


def test_an_unknown_key_is_told_whatever_part_of_a_query_was_refused_first(system: System) -> None:
    system.tells(FORBIDDEN)

    assert "Vendure does not know the key" in failure(system, LoginRefused)


def test_a_login_needs_a_user_or_a_key(system: System) -> None:
    settings = ConnectionSettings(name="shop", system="vendure", url=system.url, allow_plaintext=True)

    with pytest.raises(LoginRefused, match="needs `username` and `password`"):
        Vendure(settings, Unpaced())


def test_changes_are_asked_for_from_the_moment_on(system: System) -> None:
    system.tells(page([], 0))

    read(system, ChangedSince(datetime(2026, 1, 1, 12, tzinfo=UTC)))

    options = json.loads(system.asked[0].body)["variables"]["options"]
    assert options["filter"] == {"_or": [{"updatedAt": {"after": "2026-01-01T11:59:59.999Z"}}]}


def test_many_keys_are_asked_for_in_turn(system: System) -> None:
    system.tells(page([], 0))

    read(system, WithKeys([f"{number}@example.org" for number in range(250)], "customers"))

    asked = [json.loads(each.body)["variables"]["options"]["filter"]["emailAddress"]["in"] for each in system.asked]
    assert [len(each) for each in asked] == [100, 100, 50]


def test_keys_of_what_does_not_lead_there_are_refused(system: System) -> None:
    assert "cannot be asked for customers by the keys of orders" in failure(
        system, Refused, selection=WithKeys(["1"], "orders")
    )


def test_custom_fields_are_asked_for_if_a_column_names_them(system: System) -> None:
    system.tells(page([], 0))

    read(system, customer_id="customFields.erpNumber", credit_limit={"expression": "[user.customFields.limit] / 100"})

    query = json.loads(system.asked[0].body)["query"]
    assert "customFields { erpNumber } user { customFields { limit } }" in query


def test_an_order_without_what_is_needed_is_refused(system: System) -> None:
    order = {"id": "7", "code": "A", "state": "Shipped", "channels": [], "lines": [{"id": "1"}], "surcharges": []}
    system.tells(plain({"data": {**SETTINGS, "orders": {"totalItems": 1, "items": [order]}}}))

    assert "orders: id 7: KeyError('proratedLinePrice')" in failure(system, entity="orders")


def test_the_page_is_as_long_as_the_tests_take_it_to_be() -> None:
    assert CUSTOMERS.page == 200
