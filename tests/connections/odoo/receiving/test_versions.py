"""What is asked of later versions than the recorded one: as Odoo documents it, not as one of these has answered."""

import json
from contextlib import closing
from typing import Any

import pytest

from tests.connections import systems
from tests.connections.odoo.running import Unpaced, settings
from tests.connections.systems import plain
from wiseparts_pipeline.connections.errors import Objection, UnexpectedAnswer
from wiseparts_pipeline.connections.odoo.receiving.models import Models
from wiseparts_pipeline.connections.odoo.rpc import Rpc

KEY = {"username": None, "password": None, "api_key": "a key"}
LOGIN = (
    plain({"jsonrpc": "2.0", "result": {"server_version": "19.0"}}),
    plain({"lang": "el_GR", "uid": 7}),
    plain([{"id": 7, "company_id": [1, "Parts"], "company_ids": [1]}]),
    plain([{"id": 1, "name": "Parts", "currency_id": [1, "EUR"]}]),
)


def asked(answer: systems.Answer, method: Any) -> tuple[Any, list[tuple[str, Any]]]:
    """What a method of the models gives with this answer of a version 19, and what it has asked."""
    with systems.running() as system:
        system.tells(*LOGIN, answer)
        with closing(Rpc(settings(system.url, **KEY), Unpaced())) as rpc:
            result = method(Models(rpc))
        return result, [(each.path, json.loads(each.body)) for each in system.asked[len(LOGIN) :]]


CONTEXT = {"lang": "el_GR", "allowed_company_ids": [1]}


def test_json_2_creates_one_of_a_list() -> None:
    number, requests = asked(plain([12]), lambda models: models.create("sale.order", {"client_order_ref": "WEB-1"}))
    assert number == 12
    assert requests == [
        ("/json/2/sale.order/create", {"vals_list": [{"client_order_ref": "WEB-1"}], "context": CONTEXT})
    ]


def test_json_2_confirms_and_asks_a_user_about_groups_by_number() -> None:
    _, requests = asked(plain(True), lambda models: models.press("sale.order", "action_confirm", 12))
    assert requests == [("/json/2/sale.order/action_confirm", {"ids": [12], "context": CONTEXT})]
    has, requests = asked(plain(True), lambda models: models.has_group("base.group_user"))
    assert (has, requests[0][1]["ids"]) == (True, [7])


@pytest.mark.parametrize(
    ("answer", "error", "words"),
    [
        (plain({"message": "Not for this customer."}, 422), Objection, "Not for this customer"),
        (plain([]), UnexpectedAnswer, "the answer has no number of a record"),
        (plain({"message": "Inside."}, 500), UnexpectedAnswer, "answered 500"),
    ],
)
def test_a_creation_that_failed_is_told(answer: systems.Answer, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        asked(answer, lambda models: models.create("sale.order", {}))


def test_what_later_versions_fill_in_by_themselves_is_not_asked_for() -> None:
    given = {"partner_id": 10}
    assert asked(plain(), lambda models: models.filled_in("sale.order", given, ["partner_id"])) == (given, [])
