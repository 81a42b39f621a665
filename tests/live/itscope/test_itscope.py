"""Offers that are asked for in real time, of a server that keeps ITscope's contract."""

from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal

import pytest

from tests.connections.itscope.server import Account, Market, running
from tests.live.contract import OffersContract
from tests.live.erp import SetClock
from tests.live.itscope.market import bearings, lookups_at, store
from wiseparts_pipeline.connections.deadline import within
from wiseparts_pipeline.live.answers import Offer, Offers
from wiseparts_pipeline.live.errors import NotMatched, NotSupported, RefusedBySystem, Unavailable, Unknown
from wiseparts_pipeline.live.lookups import Answered, Lookups
from wiseparts_pipeline.live.questions import CustomerQuestion, OffersQuestion
from wiseparts_pipeline.warehouse import Warehouse

ONE = OffersQuestion("B/1")
TEN = OffersQuestion("B/1", Decimal(10))


@pytest.fixture
def market() -> Market:
    return bearings()


@pytest.fixture
def url(market: Market) -> Iterator[str]:
    with running(market) as url:
        yield url


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def filled(warehouse: Warehouse) -> Warehouse:
    store(warehouse)
    return warehouse


@pytest.fixture(scope="module")
def shared(shared_warehouse: Warehouse) -> Warehouse:
    """For tests after which the market may be asked again."""
    store(shared_warehouse)
    return shared_warehouse


@pytest.fixture
def lookups(url: str, shared: Warehouse, clock: SetClock) -> Iterator[Lookups]:
    with lookups_at(url, shared, clock, stored={"offers": "26h"}) as lookups:
        yield lookups


def offers(answered: Answered) -> Offers:
    assert isinstance(answered.data, Offers)
    return answered.data


def by_key(answered: Answered) -> dict[str, Offer]:
    return {each.supplier_item_id: each for each in offers(answered).items}


def test_suppliers_are_asked_at_this_moment_for_all_that_is_ours(lookups: Lookups, market: Market) -> None:
    answered = lookups.answer(ONE)
    assert (answered.source, answered.connection, answered.reason) == ("live", "market", None)
    # New ones that are there, by price; then used ones. Of those in twos, 9.90 is for two.
    assert [each.supplier_item_id for each in offers(answered).items] == ["70", "71", "80", "72"]
    assert offers(answered).best == "70"
    found = by_key(answered)
    assert [found[key].unit_price for key in ("70", "71", "80")] == [Decimal("4.95"), Decimal("7.25"), Decimal(12)]
    assert (found["70"].stock, found["70"].available_on) == (Decimal(20), date(2027, 1, 1))
    (asked,) = market.asked
    assert asked.path == "/products/ids/7%2C8/standardUpdate.json"
    assert asked.query == {"realtime": ["true"]}


def test_what_an_update_leaves_out_is_what_is_stored(lookups: Lookups) -> None:
    found = by_key(lookups.answer(OffersQuestion("B/1", Decimal(11))))
    first, other = found["70"], found["80"]
    assert (first.order_unit, first.min_order_qty, first.order_quantity) == ("box", Decimal(10), Decimal(14))
    # A step holds only beside the price that it was told with.
    assert (first.unit_price, first.quantity_break) == (Decimal("4.5"), Decimal(5))
    assert (other.unit_price, other.quantity_break) == (Decimal(12), None)


def test_an_answer_is_kept_for_five_minutes(lookups: Lookups, market: Market, clock: SetClock) -> None:
    lookups.answer(ONE)
    clock.seconds = 299
    assert lookups.answer(ONE).source == "cache"
    assert lookups.kept(ONE) is not None
    clock.seconds = 301
    assert lookups.answer(ONE).source == "live"
    assert len(market.asked) == 2


def test_what_is_not_matched_says_what_to_do_and_is_not_asked_for(lookups: Lookups, market: Market) -> None:
    with pytest.raises(NotMatched, match="to be 'P2', and 1 is proposed: see `wiseparts matches --kind product`"):
        lookups.answer(OffersQuestion("P2"))
    with pytest.raises(NotMatched, match="none is proposed"):
        lookups.answer(OffersQuestion("S3"))
    # What has an SKU is asked for by it.
    for key in ("P3", "none such"):
        with pytest.raises(Unknown, match=f"no product '{key}'"):
            lookups.answer(OffersQuestion(key))
    assert market.asked == []


def test_nothing_else_is_asked_of_it(lookups: Lookups) -> None:
    with pytest.raises(NotSupported):
        lookups.answer(CustomerQuestion("C1"))


def test_what_no_supplier_offers_any_more_is_an_answer(lookups: Lookups, market: Market) -> None:
    market.products.clear()
    answered = lookups.answer(ONE)
    assert (answered.source, offers(answered).items, offers(answered).best) == ("live", [], None)


def _too_many_requests(market: Market) -> None:
    market.limits = ((0, 30),)


def _used_up(market: Market) -> None:
    market.accounts["m1"].quota = 0


def _another_key(market: Market) -> None:
    market.accounts["m1"] = Account("another")


@pytest.mark.parametrize(
    ("happens", "status", "reason"),
    [
        (_too_many_requests, 503, "these were too many requests"),
        (_used_up, 403, "is used up"),
        (_another_key, 401, "correct `account_id` and `api_key`"),
    ],
)
def test_while_nothing_may_be_sent_what_is_stored_is_told_with_the_reason(
    url: str, market: Market, filled: Warehouse, happens: Callable[[Market], None], status: int, reason: str
) -> None:
    with lookups_at(url, filled, stored={"offers": "26h"}, open_after_failures=2) as lookups:
        assert lookups.answer(ONE).source == "live"
        happens(market)
        for quantity in (10, 11, 12, 13):
            answered = lookups.answer(OffersQuestion("B/1", Decimal(quantity)))
            assert (answered.source, answered.connection) == ("stored", None)
            assert 7200 <= answered.age_seconds < 7300
            assert reason in answered.document()["reason"]
            assert list(by_key(answered)) == ["80", "70", "81"]
    # By another process neither.
    with lookups_at(url, filled) as others, pytest.raises((Unavailable, RefusedBySystem), match=reason):
        others.answer(ONE)
    assert [asked.status for asked in market.asked] == [200, status]


def test_a_refusal_of_one_session_ends_the_others(url: str, market: Market, filled: Warehouse) -> None:
    with lookups_at(url, filled) as lookups:
        sessions = lookups.connections[0].sessions
        with within(60, "a minute"), sessions.one() as first, sessions.one() as second:
            first()
            second()
        _another_key(market)
        for _ in range(3):
            with pytest.raises(RefusedBySystem):
                lookups.answer(ONE, fresh=True)
    # Nor does it count as accepted because the sessions end.
    with lookups_at(url, filled) as later, pytest.raises(RefusedBySystem, match="It is not tried again"):
        later.answer(ONE)
    assert [asked.status for asked in market.asked] == [401]


def test_how_long_nothing_is_sent_is_told(url: str, market: Market, filled: Warehouse) -> None:
    with lookups_at(url, filled) as lookups:
        _too_many_requests(market)
        for _ in range(2):
            with pytest.raises(Unavailable) as caught:
                lookups.answer(ONE)
    assert caught.value.retry_after is not None
    assert 1700 < caught.value.retry_after <= 1800


def test_who_would_wait_for_the_rate_beyond_the_deadline_gets_what_is_stored(
    url: str, market: Market, filled: Warehouse
) -> None:
    with filled.connect(autocommit=True) as connection:
        connection.execute(
            "insert into ops.connections (name, next_request_at) values ('system itscope', now() + interval '1 minute')"
        )
    with lookups_at(url, filled, stored={"offers": "26h"}, deadline_seconds=0.5) as lookups:
        answered = lookups.answer(ONE)
    assert (answered.source, market.asked) == ("stored", [])
    assert "no request may be sent within" in (answered.reason or "")


def test_what_is_stored_is_given_only_where_that_is_configured(url: str, market: Market, filled: Warehouse) -> None:
    with lookups_at(url, filled) as lookups, pytest.raises(NotSupported, match="`stored` of the Live"):
        lookups.answer(ONE, stored=True)
    with lookups_at(url, filled, stored={"offers": "26h"}) as lookups:
        answered = lookups.answer(ONE, stored=True)
    assert (answered.reason, "reason" in answered.document()) == (None, False)
    assert offers(answered).best == "70"
    assert market.asked == []


class TestContract(OffersContract):
    @pytest.fixture(params=[False, True], ids=["live", "stored"])
    def ask(self, request: pytest.FixtureRequest, lookups: Lookups) -> Callable[[OffersQuestion], Offers]:
        return lambda asked: offers(lookups.answer(asked, stored=request.param))

    @pytest.fixture
    def sku(self) -> str:
        return "B/1"
