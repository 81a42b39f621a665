"""Reading ahead changes nothing but the time it takes."""

import threading
from collections.abc import Iterator

import pytest

from tests.waiting import eventually
from wiseparts_pipeline.importing.reading.prefetch import prefetched


def counting(until: int, error: BaseException | None = None) -> Iterator[int]:
    yield from range(until)
    if error is not None:
        raise error


def readers() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "prefetch"]


def test_items_keep_their_order() -> None:
    with prefetched(counting(1000)) as items:
        assert list(items) == list(range(1000))


def test_an_error_is_raised_where_its_item_would_have_come() -> None:
    with prefetched(counting(3, ValueError("bad"))) as items:
        assert [next(items) for _ in range(3)] == [0, 1, 2]
        with pytest.raises(ValueError, match="bad"):
            next(items)


def test_a_reader_stops_when_its_items_are_no_longer_taken() -> None:
    with prefetched(counting(10**9)) as items:
        assert next(items) == 0
    eventually(lambda: readers() == [])
