"""An order to the test supplier: what is told of one that is late, lost, refused, or for somebody else."""

import dataclasses
from collections.abc import Callable, Iterator
from contextlib import closing
from decimal import Decimal

import pytest

from tests.connections.itscope.server import Market, running
from tests.connections.itscope.server.catalogue import offer, product
from tests.connections.systems import Unpaced
from tests.exporting.suppliers.ordering import connected, exporting
from tests.opentrans import documents
from wiseparts_pipeline.config.exports.purchasing import TEST_SUPPLIER
from wiseparts_pipeline.connections.itscope import Client
from wiseparts_pipeline.connections.itscope.trying import Tried, order, try_service
from wiseparts_pipeline.connections.receiving import SupplierOrder, TrialOffer
from wiseparts_pipeline.exporting.content.supplier_orders import trial_order
from wiseparts_pipeline.warehouse import Connection, Warehouse

Try = Callable[..., dict[str, Tried]]
ORDER, THERE, DOCUMENTS = "an order to the test supplier", "the order as it is there", "its documents"


@pytest.fixture
def market() -> Market:
    market = Market(limits=())
    market.products[1] = product(1, "Bearing", offer(10, 3, supplierSKU="A"), offer(20, 10000735, supplierSKU="123002"))
    return market


@pytest.fixture
def connection(warehouse: Warehouse) -> Iterator[Connection]:
    with warehouse.connect(autocommit=True) as connection:
        yield connection


@pytest.fixture
def tried(market: Market, connection: Connection, monkeypatch: pytest.MonkeyPatch) -> Iterator[Try]:
    """Tries the market; `change` is what becomes of the order before it is sent."""
    # Three looks, without waiting.
    monkeypatch.setattr(order, "looks", lambda: iter((0.0, 10.0, 90.0)))
    with running(market) as url, closing(Client(connected(url), Unpaced())) as client:

        def run(change: Callable[[SupplierOrder], SupplierOrder] = lambda order: order) -> dict[str, Tried]:
            def write(offer: TrialOffer) -> SupplierOrder:
                return change(trial_order(connection, exporting(), offer))

            return {each.step: each for each in try_service(client, write)}

        yield run


def test_documents_that_have_not_come_are_told(tried: Try, market: Market) -> None:
    market.test_answers = [("ORDERRESPONSE", documents.order_response())]
    found = tried()[DOCUMENTS]
    assert not found.failed
    assert found.found.endswith("ORDERRESPONSE: valid; not there after 90 s: DISPATCHNOTIFICATION, INVOICE")


def test_each_order_has_a_number_of_its_own(tried: Try, market: Market) -> None:
    tried()
    tried()
    assert len({deal["ownOrderId"] for deal in market.deals.values()}) == 2


def test_an_order_whose_answer_is_lost_is_looked_for(tried: Try, market: Market) -> None:
    market.sent_answers_lost = 1
    found = tried()
    assert found[ORDER].failed
    assert "found by ownOrderId" in found[THERE].found
    assert len(market.deals) == 1


def test_what_the_service_does_not_accept_is_not_sent(tried: Try, market: Market) -> None:
    market.products[1]["supplierItem"][1]["supplierSKU"] = "GONE"
    found = tried()
    assert found[ORDER].failed
    assert "SUPPLIER_PID GONE is unknown" in found[ORDER].found
    assert found[THERE].found == "not tried: no order was accepted"
    assert not any(asked.path.endswith("/send") for asked in market.asked)


@pytest.mark.parametrize("which", ["content", "supplier_id"])
def test_an_order_for_another_supplier_is_never_sent(tried: Try, market: Market, which: str) -> None:
    def change(order: SupplierOrder) -> SupplierOrder:
        if which == "supplier_id":
            return dataclasses.replace(order, supplier_id="77")
        return dataclasses.replace(order, content=order.content.replace(TEST_SUPPLIER.encode(), b"77"))

    found = tried(change)[ORDER]
    assert found.failed
    assert "is not for the test supplier" in found.found
    assert not any(asked.method == "POST" for asked in market.asked)


def test_an_order_is_written_for_the_test_supplier_whatever_is_configured(connection: Connection) -> None:
    exporter = exporting(test=False)
    order = trial_order(connection, exporter, TrialOffer("123002", "1", "Bearing", Decimal("0.10"), "EUR"))
    assert order.supplier_id == TEST_SUPPLIER
    assert order.document.total_amount == Decimal("0.1")


def test_without_an_offer_nothing_is_ordered(tried: Try, market: Market) -> None:
    del market.products[1]["supplierItem"][1]
    found = tried()
    assert found["an offer of the test supplier"].found.startswith("not tried: nothing is offered by 10000735")
    assert found[ORDER].found == "not tried: there is no offer"
    assert market.deals == {}
