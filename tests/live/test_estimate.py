"""When a quantity can be delivered."""

from datetime import date, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from wiseparts_pipeline.live.answers import DeliveryEstimate
from wiseparts_pipeline.live.estimate import Projected, delivery_estimate, earliest

TODAY = date(2026, 3, 2)
SOON, LATER = TODAY + timedelta(days=3), TODAY + timedelta(days=9)


def _estimate(quantity: int, *levels: tuple[date, int], lead_days: int | None = None) -> DeliveryEstimate:
    projected = [Projected(on, Decimal(level)) for on, level in levels]
    return delivery_estimate(Decimal(quantity), TODAY, projected, lead_days)


def test_what_is_there_and_stays_is_delivered_today() -> None:
    assert _estimate(5, (TODAY, 8), (SOON, 5)) == DeliveryEstimate(on=TODAY, basis="stock")


def test_what_somebody_else_takes_in_between_is_not_promised() -> None:
    assert _estimate(5, (TODAY, 8), (SOON, 2), (LATER, 12)) == DeliveryEstimate(on=LATER, basis="incoming")


def test_a_day_that_the_stock_falls_below_again_is_not_promised() -> None:
    assert _estimate(5, (TODAY, 0), (SOON, 9), (LATER, 4)).basis == "unknown"


def test_what_is_bought_takes_its_lead_time() -> None:
    assert _estimate(5, (TODAY, 0), lead_days=12) == DeliveryEstimate(on=TODAY + timedelta(days=12), basis="lead_time")


def test_nobody_knows_when_what_is_neither_there_nor_bought_comes() -> None:
    assert _estimate(5) == DeliveryEstimate(on=None, basis="unknown")


def test_the_warehouse_that_has_it_first_counts() -> None:
    known, unknown = _estimate(5, (SOON, 5)), _estimate(5)
    assert earliest([unknown, known]) == known


def test_on_the_same_day_what_lies_there_comes_before_what_can_be_bought() -> None:
    bought, there = _estimate(5, lead_days=0), _estimate(5, (TODAY, 5))
    assert earliest([bought, there]) == there


def test_what_comes_in_counts_although_it_could_be_bought_sooner() -> None:
    assert _estimate(5, (TODAY, 0), (LATER, 5), lead_days=2).basis == "incoming"


@given(st.integers(1, 20), st.dictionaries(st.integers(0, 30), st.integers(-10, 30)))
def test_from_the_promised_day_on_the_quantity_is_always_there(quantity: int, levels: dict[int, int]) -> None:
    by_day = {TODAY + timedelta(days=days): level for days, level in sorted(levels.items())}
    found = _estimate(quantity, *by_day.items())
    if found.on is None:
        assert not by_day or list(by_day.values())[-1] < quantity
    else:
        assert all(level >= quantity for on, level in by_day.items() if on >= found.on)
        before = [level for on, level in by_day.items() if on < found.on]
        assert not before or before[-1] < quantity
