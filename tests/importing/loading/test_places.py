"""Where fingerprints are in a list of them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wiseparts_pipeline.importing.loading.matching.places import Places

# Few numbers, so that many begin in the same slot or have the same first half.
fingerprint = st.tuples(st.sampled_from([0, 1, 2, 8, 16, 2**63, 2**64 - 1]), st.integers(0, 2))


def array(fingerprints: list[tuple[int, int]]) -> np.ndarray:
    return np.array(fingerprints, dtype="<u8").reshape(-1, 2)


@given(st.lists(fingerprint), st.lists(fingerprint))
def test_a_fingerprint_is_found_unless_another_begins_alike(
    known: list[tuple[int, int]], asked: list[tuple[int, int]]
) -> None:
    first_halves = [first for first, _ in known]
    expected = [
        known.index(each) if each in known and first_halves.count(each[0]) == 1 else -1 for each in [*known, *asked]
    ]
    assert Places(array(known)).of(array([*known, *asked])).tolist() == expected


@pytest.mark.parametrize("count", [1, 2, 1000, 100_000])
def test_all_of_many_are_found_and_no_others(count: int) -> None:
    random = np.random.default_rng(count)
    known, others = random.integers(0, 2**64, (2, count, 2), dtype=np.uint64)
    places = Places(known)
    assert places.of(known).tolist() == list(range(count))
    assert (places.of(others) == -1).all()
