"""What becomes of orders and customers with the answers that a real Odoo 14 gave while they were created in it."""

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any, TypeVar

import pytest

from tests.connections.odoo.receiving import asking
from tests.connections.odoo.receiving.asking import CONFIRMED, LACKING, ORDER, create, receiving
from tests.connections.odoo.receiving.recorded import Change, answering
from wiseparts_pipeline.connections.errors import Objection, UnexpectedAnswer, Unreachable
from wiseparts_pipeline.connections.receiving import Stage

T = TypeVar("T")


def played(scene: Callable[[str], T]) -> tuple[T, list[Any]]:
    """What comes of a scene, and what was created in it, as model and values."""
    with answering(scene.__name__) as odoo:
        result = scene(odoo.url)
        asked = [json.loads(each.body)["params"].get("args", []) for each in odoo.asked]
    return result, [(each[3], each[5][0]) for each in asked if each[4:5] == ["create"]]


def test_an_order_becomes_a_quotation_that_is_confirmed_and_found_again() -> None:
    (before, created, confirmed, found), made = played(asking.order_twice)
    assert before is None
    assert created is not None
    assert (created.stage, created.external_id) == (Stage.QUOTED, "S00009")
    assert confirmed == found
    assert found is not None
    assert (found.stage, found.amount, found.currency, found.differs) == (
        *(Stage.COMPLETE, Decimal("233.80"), "EUR"),
        None,
    )
    ((model, values),) = made
    lines = [line for _, _, line in values.pop("order_line")]
    assert model == "sale.order"
    # What Odoo has filled in: addresses, salesperson, terms, price list.
    assert values == {
        **{"company_id": 1, "client_order_ref": "WEB-1", "date_order": "2026-03-01 12:00:00", "note": "Before noon"},
        **{"partner_id": 10, "partner_invoice_id": 12, "partner_shipping_id": 11, "pricelist_id": 1},
        **{"payment_term_id": 4, "user_id": 6},
    }
    assert [(line["product_uom_qty"], line["product_uom"], line["price_unit"], line["tax_id"]) for line in lines] == [
        (2.0, 1, 41.9, [[6, 0, [1]]]),
        (60.0, 1, 2.5, [[6, 0, [1]]]),
    ]


def test_a_quotation_is_enough_where_nothing_is_to_be_confirmed_and_has_our_price_and_address() -> None:
    (created, complete), ((_, values),) = played(asking.our_prices)
    assert (created.stage, complete.stage, complete.amount) == (Stage.COMPLETE, Stage.COMPLETE, Decimal("40.90"))
    ((_, _, line),) = values["order_line"]
    assert (values["partner_shipping_id"], line["price_unit"], line["discount"]) == (11, 40.9, 0)


def test_what_another_process_has_created_meanwhile_is_found_and_nothing_is_left_of_this_one() -> None:
    (first, second, found, *customers), made = played(asking.late_process)
    assert first is not None
    assert [each and each.number for each in (second, found)] == [first.number] * 2
    before, one, two, other = customers
    assert before is None
    assert one is not None
    assert two is not None
    assert (one.number, one.external_id) == (two.number, "W0001")
    assert other is not None
    assert other.differs == "has the tax number '094014201', not '123'"
    (_, values) = made[-1]
    assert [(each["type"], each["name"], each["city"]) for _, _, each in values["child_ids"]] == [
        ("delivery", "Depot", "Patra")
    ]
    assert (values["ref"], values["is_company"], values["vat"], values["street"], values["zip"], values["lang"]) == (
        *("W0001", True, "094014201", "Ermou 12", "10563"),
        "en_US",
    )


def test_what_odoo_does_not_have_is_told_and_nothing_is_created() -> None:
    told, made = played(asking.not_there)
    assert {about: said.startswith(about) for about, said in told.items()} == dict.fromkeys(LACKING, True)
    assert made == []


def test_a_warning_leaves_a_quotation_unless_it_is_skipped_and_a_block_leaves_nothing() -> None:
    (created, words, done, blocked), made = played(asking.warned)
    assert (created.stage, words) == (Stage.QUOTED, "W-warning: Pays late: ask Maria.")
    assert (done.number, done.stage) == (created.number, Stage.COMPLETE)
    assert blocked == "W-block: Pays late: ask Maria."
    assert len(made) == 1


def test_missing_rights_are_told_and_a_user_who_would_not_find_its_orders_creates_none() -> None:
    (may, may_not, own_only), _ = played(asking.problems)
    assert may == []
    assert "the user may not read or write or create sale.order; give the user a group with this right" in may_not
    assert "the user may not create or unlink res.partner; give the user a group with this right" in may_not
    assert own_only[0].startswith("the user sees only the orders of its own")
    said, made = played(asking.unseeing)
    assert "the user sees only the orders of its own" in said
    assert made == []


def instead(method: str, answer: dict[str, Any]) -> Change:
    """Another answer to calls of a method."""

    def change(asked: Any, recorded: Any) -> Any:
        return {"jsonrpc": "2.0", **answer} if asked["params"].get("args", [])[4:5] == [method] else recorded

    return change


def error(name: str, words: str) -> dict[str, Any]:
    return {"error": {"message": "Odoo Server Error", "data": {"name": f"odoo.exceptions.{name}", "message": words}}}


def test_what_odoo_refuses_to_create_is_told_with_its_words() -> None:
    refused = instead("create", error("ValidationError", "Not for\nthis customer."))
    with answering("order_twice", refused) as url, receiving(url.url) as odoo, pytest.raises(Objection) as told:
        create(odoo.orders(CONFIRMED), ORDER)
    assert told.value.words == "Not for this customer."


def test_a_confirmation_that_asks_a_person_leaves_a_quotation() -> None:
    question = {"type": "ir.actions.act_window", "name": "Credit limit exceeded"}

    def change(asked: Any, recorded: Any) -> Any:
        method = asked["params"].get("args", [])[3:5]
        if method == ["sale.order", "search_read"]:
            return {**recorded, "result": [{**each, "state": "draft"} for each in recorded["result"]]}
        return instead("action_confirm", {"result": question})(asked, recorded)

    with answering("order_twice", change) as url, receiving(url.url) as odoo:
        taking = odoo.orders(CONFIRMED)
        taking.find(ORDER)
        created = create(taking, ORDER)
        with pytest.raises(Objection) as told:
            taking.complete(ORDER, created)
    assert told.value.words == "Odoo asks a person before it confirms it: Credit limit exceeded."


@pytest.mark.parametrize("answer", [{"result": "?"}, {"result": None}])
def test_a_creation_that_gives_no_number_is_none(answer: dict[str, Any]) -> None:
    with answering("order_twice", instead("create", answer)) as url, receiving(url.url) as odoo:
        with pytest.raises(UnexpectedAnswer, match=r"sale.order.create: the answer has no number"):
            create(odoo.orders(CONFIRMED), ORDER)
        assert [each for each in url.asked if b'"create"' in each.body] == url.asked[-1:]


def test_a_creation_without_an_answer_is_not_asked_for_again() -> None:
    """Whoever gets none, does not know whether it was done."""
    with answering("order_twice") as system, receiving(system.url) as odoo:
        taking = odoo.orders(CONFIRMED)
        answer = system.answers[0]

        def dropping(handler: Any, asked: Any) -> None:
            if b'"sale.order","create"' in asked.body:
                handler.close_connection = True
            else:
                answer(handler, asked)

        system.tells(dropping)
        with pytest.raises(Unreachable):
            create(taking, ORDER)
    assert len([each for each in system.asked if b'"sale.order","create"' in each.body]) == 1
