"""Records that somebody asks for: again, at once, or although they are from before the start."""

from datetime import date
from typing import Any

import pytest

from tests.exporting.imports import Imports, exporter
from tests.importing.drop import Drop
from wiseparts_pipeline.errors import WisepartsError
from wiseparts_pipeline.exporting.noting import Asked, note_earlier, repeat

WAITING = ("waiting", None)


@pytest.fixture
def imports(drop: Drop) -> Imports:
    """With the orders W1 and W2 that wait for an exporter."""
    imports = Imports(drop, [exporter()])
    imports.orders("W1,1,confirmed", "W2,1,confirmed")
    return imports


def asked(imports: Imports, *keys: str, again: bool = False) -> Asked:
    with imports.connect() as connection:
        return repeat(connection, imports.exporters[0], keys, again=again)


def earlier(imports: Imports, since: str) -> int:
    with imports.connect() as connection:
        return note_earlier(connection, imports.exporters[0], date.fromisoformat(since))


def ids(imports: Imports) -> list[int]:
    return [export_id for (export_id,) in imports.noted("export_id")]


@pytest.mark.parametrize("status", ["waiting", "held", "given_up"])
@pytest.mark.parametrize("again", [False, True])
def test_what_is_not_delivered_is_due_now(imports: Imports, status: str, again: bool) -> None:
    imports.mark(status, "unreachable")
    assert asked(imports, "W1", again=again) == Asked(ids(imports)[:1], [])
    assert imports.noted() == [("W1", 1, *WAITING), ("W2", 1, status, "unreachable")]
    assert imports.noted("attempts", "next_attempt_at <= now()", "again") == [(0, True, again), (3, False, False)]


@pytest.mark.parametrize("status", ["delivered", "collected"])
def test_what_was_delivered_goes_as_the_next_version_where_that_is_asked_for(imports: Imports, status: str) -> None:
    imports.mark(status)
    assert asked(imports, "W1", "W2") == Asked([], ["W1", "W2"])
    assert asked(imports, "W1", again=True) == asked(imports, "W1", again=True) == Asked(ids(imports)[1:2], [])
    assert imports.noted() == [("W1", 1, status, None), ("W1", 2, *WAITING), ("W2", 1, status, None)]
    assert imports.noted("again") == [(False,), (True,), (False,)]


def test_what_was_delivered_goes_again_whatever_has_become_of_it(imports: Imports) -> None:
    imports.mark("delivered")
    imports.orders("W1,1,shipped", source="erp")
    assert asked(imports, "W1", again=True).due == [ids(imports)[1]]


def test_what_was_delivered_goes_again_though_its_change_was_not_wanted(imports: Imports) -> None:
    imports.exporters = [exporter(changes="version")]
    imports.mark("delivered")
    imports.orders("W1,1,cancelled")
    with pytest.raises(WisepartsError, match="does not fulfil `when`"):
        asked(imports, "W1")
    assert asked(imports, "W1", again=True).due == [ids(imports)[1]]
    assert imports.noted()[1] == ("W1", 2, *WAITING)


def test_an_unchanged_version_goes_when_it_is_asked_for_again(imports: Imports) -> None:
    imports.mark("delivered")
    asked(imports, "W1", again=True)
    imports.mark("cancelled", "unchanged", "W1")
    assert asked(imports, "W1") == Asked([], ["W1"])
    assert asked(imports, "W1", again=True).due == [ids(imports)[1]]
    assert imports.noted()[1] == ("W1", 2, *WAITING)


def test_a_record_from_before_the_start_goes_when_it_is_asked_for(imports: Imports) -> None:
    imports.mark("cancelled", "before_start")
    assert asked(imports, "W2").due == ids(imports)[1:]
    assert imports.noted() == [("W1", 1, "cancelled", "before_start"), ("W2", 1, *WAITING)]


def test_a_record_that_the_exporter_would_take_now_goes_when_it_is_asked_for(imports: Imports) -> None:
    imports.orders("A1,1,confirmed", "A2,1,draft", source="app")
    imports.exporters = [exporter(sources=["shop", "app"])]
    assert asked(imports, "A1").due == [ids(imports)[0]]
    assert imports.noted()[0] == ("A1", 1, *WAITING)


def test_an_exporter_that_was_not_started_is(imports: Imports) -> None:
    imports.exporters = [exporter(name="other")]
    assert len(asked(imports, "W1").due) == 1
    assert imports.noted(exporter="other") == [("W1", 1, *WAITING), ("W2", 1, "cancelled", "before_start")]


def test_a_key_that_is_none_of_the_exporters_records_is_an_error_that_says_why(imports: Imports) -> None:
    imports.orders("E1,1,confirmed", source="erp")
    imports.orders("W3,1,draft", "00w1,1,draft")
    imports.mark("delivered")
    with pytest.raises(WisepartsError) as error:
        asked(imports, "W1", "E1", " w1", "W3", "nothing", again=True)
    assert str(error.value).splitlines() == [
        "Order 'E1' was created by erp; orders exports what shop created (`sources`).",
        "Order 'W3' was deleted, or does not fulfil `when`; status: confirmed.",
        "There is no order ' w1'; there is '00w1' and 'W1'.",
        "There is no order 'nothing'.",
    ]
    assert len(imports.noted()) == 2


def test_an_order_that_is_not_wanted_any_more_is_not_taken_up(imports: Imports) -> None:
    imports.orders("W1,1,cancelled")
    with pytest.raises(WisepartsError, match="does not fulfil `when`"):
        asked(imports, "W1")


def test_records_from_before_the_start_are_noted_from_a_day_on(imports: Imports) -> None:
    header = "order_id,line_no,status,placed_at"
    imports.orders("W1,1,confirmed,2025-12-31", "W2,1,confirmed,2026-01-01", header=header)
    imports.orders("W3,1,confirmed,2026-02-01", "W4,1,confirmed,2026-02-01", header=header)
    imports.mark("cancelled", "before_start")
    imports.mark("delivered", key="W4")
    imports.orders("W3,1,cancelled")
    before = ("cancelled", "before_start")
    assert earlier(imports, "2026-01-01") == 1
    expected: list[Any] = [("W1", 1, *before), ("W2", 1, *WAITING), ("W3", 1, *before), ("W4", 1, "delivered", None)]
    assert imports.noted() == expected
    assert earlier(imports, "2026-01-01") == 0
    assert earlier(imports, "1900-01-01") == 1
    assert imports.noted("noted_at > (select min(started_at) from ops.exporters)")[0] == (True,)


def test_records_that_new_settings_take_in_are_noted_from_a_day_on(imports: Imports) -> None:
    imports.orders("A1,1,confirmed", "A2,1,draft", source="app")
    imports.exporters = [exporter(sources=["shop", "app"])]
    assert earlier(imports, "2026-01-15") == 0
    assert earlier(imports, "2026-01-14") == 1
    assert imports.noted()[0] == ("A1", 1, *WAITING)


def test_customers_are_asked_for_by_their_key(imports: Imports) -> None:
    imports.exporters = [exporter("customers")]
    imports.customers("C1,Alpha", "C2,Beta")
    imports.mark("delivered")
    assert asked(imports, "C2") == Asked([], ["C2"])
    assert len(asked(imports, "C2", again=True).due) == 1
    assert imports.noted(exporter="customers")[1:] == [("C2", 1, "delivered", None), ("C2", 2, *WAITING)]
