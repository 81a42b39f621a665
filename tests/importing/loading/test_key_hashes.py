"""Keys that occur twice are always found."""

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wiseparts_pipeline.importing.loading.matching import key_hashes
from wiseparts_pipeline.importing.loading.matching.key_hashes import KeyHashes

keys = st.lists(
    st.tuples(st.sampled_from(["", "a", "A", "ä", None]) | st.text(), st.none() | st.integers(-9, 9)), max_size=20
)


def may_repeat(pieces: list[list[tuple[str | None, int | None]]]) -> bool:
    hashes = KeyHashes(("text", "number"))
    for piece in pieces:
        texts, numbers = [key[0] for key in piece], [key[1] for key in piece]
        hashes.add(pa.table({"text": pa.array(texts, pa.string()), "number": pa.array(numbers, pa.int64())}))
    return hashes.may_repeat()


@given(pieces=st.lists(keys, max_size=4))
def test_keys_repeat_exactly_when_two_complete_ones_are_equal(
    pieces: list[list[tuple[str | None, int | None]]],
) -> None:
    whole = [key for piece in pieces for key in piece if None not in key]
    assert may_repeat(pieces) == (len(set(whole)) < len(whole))


def test_more_keys_than_are_kept_may_repeat(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(key_hashes, "_MOST_ROWS", 3)
    assert not may_repeat([[("a", 1), ("b", 1)], [("c", 1)]])
    assert may_repeat([[("a", 1), ("b", 1)], [("c", 1), ("d", 1)]])
