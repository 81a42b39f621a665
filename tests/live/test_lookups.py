"""Where an answer is from, how old it is, and what is done while a system does not answer."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.live.erp import BEGAN, Erp, SetClock, lookups_of
from tests.waiting import eventually
from wiseparts_pipeline.connections.errors import LoginRefused, Refused, Unreachable
from wiseparts_pipeline.live.errors import (
    Late,
    LookupFailure,
    NotLoggedIn,
    NotSupported,
    RefusedBySystem,
    Unavailable,
    Unknown,
)
from wiseparts_pipeline.live.lookups import Answered, Lookups
from wiseparts_pipeline.live.questions import (
    CustomerQuestion,
    FinancialsQuestion,
    OrdersQuestion,
    ProductsQuestion,
    RoutesQuestion,
)
from wiseparts_pipeline.warehouse import Warehouse

C1 = CustomerQuestion("C1")
BALANCE = FinancialsQuestion("C1")


@pytest.fixture
def erp() -> Erp:
    return Erp()


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def lookups(erp: Erp, clock: SetClock, shared_warehouse: Warehouse) -> Iterator[Lookups]:
    with lookups_of(erp, shared_warehouse, clock, open_after_failures=2) as lookups:
        yield lookups


def _raises(error: Exception) -> Callable[[Any], None]:
    def raise_(_: Any) -> None:
        raise error

    return raise_


def _at_once(count: int, ask: Callable[[int], Answered]) -> list[Answered]:
    with ThreadPoolExecutor(count) as threads:
        return list(threads.map(ask, range(count)))


def test_an_answer_says_where_it_is_from(lookups: Lookups, clock: SetClock) -> None:
    first = lookups.answer(C1)
    clock.seconds = 20
    second = lookups.answer(C1)
    assert (first.source, first.as_of, first.age_seconds, first.connection) == ("live", BEGAN, 0, "erp")
    assert (second.source, second.as_of, second.age_seconds, second.keep_seconds) == ("cache", BEGAN, 20, 40)


def test_what_is_asked_for_now_is_not_kept(lookups: Lookups, erp: Erp) -> None:
    lookups.answer(C1)
    erp.customers["C1"] = "Renamed"
    assert lookups.answer(C1, fresh=True).data.model_dump()["name"] == "Renamed"
    assert lookups.answer(C1).source == "live"
    assert len(erp.asked) == 3


def test_credit_is_asked_for_each_time(lookups: Lookups, erp: Erp) -> None:
    for _ in range(2):
        assert lookups.answer(BALANCE).source == "live"
    assert len(erp.asked) == 2


def test_equal_questions_at_the_same_moment_are_one_call(lookups: Lookups, erp: Erp) -> None:
    together, released = threading.Barrier(51), threading.Event()
    erp.before_answer = lambda _: released.wait(10)

    def ask(_: int) -> Answered:
        together.wait(10)
        return lookups.answer(C1)

    with ThreadPoolExecutor(50) as threads:
        answers = [threads.submit(ask, number) for number in range(50)]
        together.wait(10)
        eventually(lambda: erp.asked)
        released.set()
    assert {each.result().data.model_dump()["name"] for each in answers} == {"Garage One"}
    assert len(erp.asked) == 1


def test_never_more_questions_than_allowed_are_with_the_system(erp: Erp, shared_warehouse: Warehouse) -> None:
    together = threading.Barrier(4)
    erp.before_answer = lambda _: together.wait(10)
    with lookups_of(erp, shared_warehouse, concurrency=4, deadline_seconds=30) as lookups:
        _at_once(40, lambda number: lookups.answer(ProductsQuestion((f"P{number}",))))
    assert (erp.most_at_once, len(erp.asked), erp.logins) == (4, 40, 4)


def test_who_waits_for_a_session_waits_no_longer_than_the_deadline(erp: Erp, shared_warehouse: Warehouse) -> None:
    released = threading.Event()
    erp.before_answer = lambda _: released.wait(10)
    with (
        lookups_of(erp, shared_warehouse, concurrency=1, deadline_seconds=0.2) as lookups,
        ThreadPoolExecutor(1) as thread,
    ):
        first = thread.submit(lookups.answer, C1)
        eventually(lambda: erp.asked)
        with pytest.raises(Late, match="concurrency"):
            lookups.answer(CustomerQuestion("C2"))
        released.set()
        assert first.result().source == "live"


def test_a_system_that_fails_again_and_again_is_left_alone(lookups: Lookups, erp: Erp, clock: SetClock) -> None:
    erp.before_answer = _raises(Unreachable("no answer"))
    for _ in range(2):
        with pytest.raises(Unavailable, match="no answer"):
            lookups.answer(BALANCE)
    with pytest.raises(Unavailable, match="left alone for 30 s") as refused:
        lookups.answer(BALANCE)
    assert refused.value.retry_after == 30
    assert len(erp.asked) == 2
    erp.before_answer = lambda _: None
    clock.seconds = 30
    assert lookups.answer(BALANCE).source == "live"


def test_a_no_of_the_system_is_told_and_counts_as_an_answer(lookups: Lookups, erp: Erp) -> None:
    erp.before_answer = _raises(Refused("the user may not read party.party"))
    for _ in range(5):
        with pytest.raises(RefusedBySystem, match="may not read"):
            lookups.answer(BALANCE)
    assert lookups.connections[0].circuit == "closed"


def test_what_does_not_exist_is_unknown(lookups: Lookups) -> None:
    with pytest.raises(Unknown, match="'C9'"):
        lookups.answer(CustomerQuestion("C9"))


def test_a_password_that_was_refused_is_tried_once(erp: Erp, warehouse: Warehouse) -> None:
    erp.before_login = _raises(LoginRefused("wrong password"))
    with lookups_of(erp, warehouse) as lookups:

        def ask(number: int) -> str:
            with pytest.raises(NotLoggedIn) as refused:
                lookups.answer(CustomerQuestion(f"C{number}"))
            return str(refused.value)

        with ThreadPoolExecutor(8) as threads:
            said = list(threads.map(ask, range(8)))
    assert erp.logins == 1
    assert all("wrong password" in each for each in said)


def test_nothing_stored_is_given_that_is_not_configured(lookups: Lookups, erp: Erp) -> None:
    erp.before_answer = _raises(Unreachable("no answer"))
    for question in (C1, BALANCE, OrdersQuestion("C1"), ProductsQuestion(("P1",), "C1")):
        with pytest.raises(Unavailable):
            lookups.answer(question)
    with pytest.raises(NotSupported, match="stored"):
        lookups.answer(ProductsQuestion(("P1",)), stored=True)


def test_a_kind_that_no_connection_answers_is_not_supported(erp: Erp, shared_warehouse: Warehouse) -> None:
    with lookups_of(erp, shared_warehouse, answers=["customer"]) as lookups, pytest.raises(NotSupported):
        lookups.answer(BALANCE)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(st.lists(st.tuples(st.floats(0, 50), st.booleans(), st.booleans()), max_size=12))
def test_no_answer_is_older_than_it_says(shared_warehouse: Warehouse, steps: list[tuple[float, bool, bool]]) -> None:
    """Each step: the seconds that pass, whether the answer is to be fresh, and whether the system answers."""
    erp, clock = Erp(), SetClock()
    truth: list[tuple[float, Decimal]] = []
    with lookups_of(erp, shared_warehouse, clock, cache_seconds={"financials": 30}, open_after_failures=2) as lookups:
        for number, (seconds, fresh, up) in enumerate(steps):
            clock.seconds += seconds
            erp.balance = Decimal(number)
            truth.append((clock.seconds, erp.balance))
            erp.before_answer = (lambda _: None) if up else _raises(Unreachable("down"))
            try:
                answered = lookups.answer(BALANCE, fresh=fresh)
            except LookupFailure:
                continue
            at = (answered.as_of - BEGAN) / timedelta(seconds=1)
            assert answered.age_seconds == pytest.approx(clock.seconds - at, abs=1e-3)
            assert answered.age_seconds == 0 if fresh else answered.age_seconds <= 30
            assert answered.data.model_dump()["balance"] in [value for since, value in truth if since <= at + 1e-3][-2:]


def test_routes_are_those_of_branches_where_the_system_has_none(lookups: Lookups, erp: Erp) -> None:
    erp.before_answer = _raises(NotSupported("no carriers"))
    with pytest.raises(Unavailable, match="customer_branches"):
        lookups.answer(RoutesQuestion())
