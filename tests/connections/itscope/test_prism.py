"""The vendor's description as judge: every request of the client is accepted, and every answer made up is read."""

from collections.abc import Iterator, Mapping
from contextlib import closing, suppress
from decimal import Decimal

import pytest
import stamina

from tests.connections.itscope.prism_server import Prism, prism
from tests.connections.itscope.server.described import PATH, description
from tests.connections.systems import Unpaced
from wiseparts_pipeline.config.connections.connection import ConnectionSettings
from wiseparts_pipeline.config.connections.pull import PullSettings
from wiseparts_pipeline.connections.base import Everything, WithKeys
from wiseparts_pipeline.connections.errors import ConnectionFailure, UnexpectedAnswer
from wiseparts_pipeline.connections.itscope import Client, ItScope
from wiseparts_pipeline.connections.itscope.operations import DISTRIBUTORS, OPERATIONS, PURCHASES, Operation
from wiseparts_pipeline.connections.itscope.reading import READERS
from wiseparts_pipeline.live.offers import Matched
from wiseparts_pipeline.live.questions import OffersQuestion
from wiseparts_pipeline.live.systems.itscope import ItScopeAnswers

# What Prism says of every body that is XML, as it reads none.
NOT_READ = "Request body must be object"


@pytest.fixture(scope="module")
def judge() -> Iterator[Prism]:
    if description() is None:
        pytest.skip("ITscope's description is not available (set WISEPARTS_REAL_DATA to the folder that has it)")
    with prism(PATH) as judge:
        yield judge


@pytest.fixture(autouse=True)
def without_waiting() -> Iterator[None]:
    with stamina.set_testing(True, attempts=1):
        yield


def settings(judge: Prism) -> ConnectionSettings:
    given = {"base_url": judge.url, "allow_plaintext": True, "account_id": "m1", "api_key": "key"}
    return ConnectionSettings.model_validate({"name": "market", "system": "itscope", **given})


def parts_of(operation: Operation) -> Mapping[str, str]:
    """Each part as it can be."""
    made = {"filter": "keywords=Apple%20Ipad%2F1;ean=1%2C2", "itscopeids": "1%2C2"}
    return {name: made.get(name, allowed[0] if allowed else "1/2 #3") for name, allowed in operation.parts.items()}


def test_every_operation_is_accepted(judge: Prism) -> None:
    before = len(judge.judged())
    with closing(Client(settings(judge), Unpaced())) as client:
        for operation in OPERATIONS:
            query = {name: allowed[0] if allowed else "1" for name, allowed in operation.query.items()}
            # Of some operations, the description has no answer but failures.
            with suppress(ConnectionFailure):
                client.content(operation, parts_of(operation), query, body=body_of(operation))
    judged = judge.judged()[before:]
    assert [(method, faults) for method, _, faults in judged] == [
        (operation.method, [NOT_READ] if body_of(operation) else []) for operation in OPERATIONS
    ]


def body_of(operation: Operation) -> bytes | None:
    return b"<ORDER/>" if operation.method == "POST" else None


@pytest.mark.parametrize("entity", READERS)
def test_every_answer_is_read(judge: Prism, entity: str) -> None:
    chosen = {"search": {"keywords": "bearing"}} if entity in ("supplier_products", "supplier_offers") else {}
    pull = PullSettings.model_validate({"connection": "market", "entity": entity, **chosen})
    before = len(judge.judged())
    with ItScope(settings(judge), Unpaced()) as market:
        found = list(market.records(pull, Everything()))
        # The documents that it makes up are empty.
        assert found or entity == "purchase_document_lines"
        if chosen:
            assert list(market.records(pull, WithKeys(["1", "2"], "supplier_products")))
    judged = judge.judged()[before:]
    assert judged
    assert all(faults == [] for _, _, faults in judged)


def test_an_answer_in_real_time_is_read(judge: Prism) -> None:
    before = len(judge.judged())
    asked = OffersQuestion("S1", Decimal(10), Matched("EUR", ["1", "2"], {}))
    with ItScopeAnswers(settings(judge), Unpaced()) as market:
        assert market.offers(asked).items
    ((_, path, faults),) = judge.judged()[before:]
    assert (path, faults) == ("/products/ids/1%2C2/standardUpdate.json", [])


def test_the_judge_refuses_what_is_wrong(judge: Prism) -> None:
    without_archive = Operation("getOrderList", PURCHASES.path, parts=PURCHASES.parts)
    with closing(Client(settings(judge), Unpaced())) as client, pytest.raises(UnexpectedAnswer) as caught:
        client.content(without_archive, {"view": "deal", "type": "xml"})
    assert caught.value.status == 422
    assert judge.judged()[-1][2] == ["Request query must have required property 'archiv'"]
    any_view = Operation("queryDistributors", DISTRIBUTORS.path, parts={"view": (), "type": ()})
    with closing(Client(settings(judge), Unpaced())) as client, pytest.raises(ConnectionFailure):
        client.content(any_view, {"view": "all", "type": "xml"})
    assert "Request path parameter view must be equal to one of the allowed values" in judge.judged()[-1][2][0]
