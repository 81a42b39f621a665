"""Matches of 1,000 products with near-misses of every kind."""

from collections import Counter

import pytest

from tests.matching.catalogue import Catalogue
from tests.matching.conftest import fill
from wiseparts_pipeline.matching.deciding import decide
from wiseparts_pipeline.matching.kinds import Kind
from wiseparts_pipeline.matching.log import Match, Status, latest
from wiseparts_pipeline.matching.service import find_matches
from wiseparts_pipeline.warehouse import Warehouse


@pytest.fixture(scope="module")
def catalogue_in(shared_warehouse: Warehouse, made: Catalogue) -> Warehouse:
    with shared_warehouse.connect(autocommit=True) as connection:
        fill(connection, made)
    find_matches(shared_warehouse)
    return shared_warehouse


def found(warehouse: Warehouse) -> list[Match]:
    with warehouse.connect() as connection:
        return latest(connection, [Kind.PRODUCT])


def is_right(match: Match, made: Catalogue) -> bool:
    return made.same.get(match.ours) == match.theirs


def test_no_wrong_pair_is_confirmed_by_itself(catalogue_in: Warehouse, made: Catalogue) -> None:
    confirmed = [match for match in found(catalogue_in) if match.status is Status.CONFIRMED]

    assert len(confirmed) > 300
    assert [match for match in confirmed if not is_right(match, made)] == []


def test_what_the_documentation_says_of_proposals(catalogue_in: Warehouse, made: Catalogue) -> None:
    right: Counter[bool] = Counter()
    by_name: Counter[bool] = Counter()
    matches = found(catalogue_in)
    for match in matches:
        if match.status is Status.PROPOSED:
            right[is_right(match, made)] += 1
            by_name[is_right(match, made)] += match.method == "name"
    left = len(made.same) - sum(match.status is Status.CONFIRMED for match in matches)

    assert by_name[True] / by_name.total() >= 0.99
    assert right[True] / left >= 0.82
    assert right[True] / right.total() >= 0.65


def test_every_near_miss_is_doubted_for_what_it_is(catalogue_in: Warehouse, made: Catalogue) -> None:
    doubts = Counter(match.doubt for match in found(catalogue_in) if not is_right(match, made))

    assert set(doubts) == {"manufacturer_differs", "manufacturer_sku_differs", "several_ours", "name_only"}
    assert doubts["name_only"] <= 3


def test_two_of_ours_for_one_of_theirs_are_a_conflict(catalogue_in: Warehouse) -> None:
    conflicts = [match for match in found(catalogue_in) if match.doubt == "several_ours"]
    of_each = Counter(match.theirs for match in conflicts)

    assert set(of_each.values()) == {2}
    assert {match.status for match in conflicts} == {Status.PROPOSED}


def test_a_manufacturer_that_people_confirm_lets_its_products_be_certain(warehouse: Warehouse, made: Catalogue) -> None:
    with warehouse.connect(autocommit=True) as connection:
        fill(connection, made)
        find_matches(warehouse)
        before = {match.match_id for match in latest(connection, [Kind.PRODUCT], [Status.CONFIRMED])}
        (bosch,) = [match for match in latest(connection, [Kind.MANUFACTURER]) if match.ours == "Bosch"]
        decide(connection, [bosch.match_id], Status.CONFIRMED)
        find_matches(warehouse)
        after = latest(connection, [Kind.PRODUCT], [Status.CONFIRMED])

    new = [match for match in after if match.match_id not in before]
    assert len(new) > 20
    assert all(is_right(match, made) for match in new)
