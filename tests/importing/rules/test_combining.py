"""Several rows of one call, in one file or several, make one call: `duplicates` as a mapping, `protect` by importer."""

import random
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.importing.drop import counts
from tests.importing.rules.imports import Imports

LEGS = "call_id,started_at,answered_at,ended_at,direction,disposition,queue,agent_id,wait_seconds,talk_seconds"
COMBINED = {
    "keep": "last",
    "prefer": {"disposition": ["answered", "voicemail", "lost", "busy", "failed"]},
    "fill": ["queue"],
    "sum": ["wait_seconds", "talk_seconds"],
    "sum_once_per": "started_at",
    "earliest": ["started_at", "answered_at"],
    "latest": ["ended_at"],
}
LOST = "1,2025-01-01 10:00:00,,2025-01-01 10:00:20,inbound,lost,sales,,20,"
ANSWERED = "1,2025-01-01 10:00:20,2025-01-01 10:00:25,2025-01-01 10:02:25,inbound,answered,,102,5,120"
GIVEN_UP = "1,2025-01-01 10:02:25,,2025-01-01 10:02:25,inbound,lost,,,0,"
COLUMNS = LEGS.split(",")[1:]


def at(minute: int, second: int) -> datetime:
    return datetime(2025, 1, 1, 10, minute, second, tzinfo=UTC)


THE_CALL = (at(0, 0), at(0, 25), at(2, 25), "inbound", "answered", "sales", "102", 25, 120)


def calls(imports: Imports, *legs: str, day: int = 1, **others: Any) -> dict[str, int]:
    return counts(imports("calls", day, LEGS, *legs, **({"duplicates": COMBINED} | others)))


def test_an_answered_leg_wins_over_lost_ones_and_waits_add_up(imports: Imports) -> None:
    assert calls(imports, LOST, ANSWERED, GIVEN_UP) == {"read": 3, "created": 1, "superseded": 2}
    assert imports.stored("calls", *COLUMNS) == [THE_CALL]


def test_a_leg_in_the_next_upload_belongs_to_the_call_as_well(imports: Imports) -> None:
    calls(imports, LOST)
    assert calls(imports, ANSWERED) == {"read": 1, "updated": 1}
    assert calls(imports, GIVEN_UP, day=2) == {"read": 1, "unchanged": 1}
    assert imports.stored("calls", *COLUMNS) == [THE_CALL]


def test_a_log_that_is_sent_again_changes_nothing_and_one_that_has_grown_corrects(imports: Imports) -> None:
    calls(imports, LOST)
    assert calls(imports, LOST, ANSWERED) == {"read": 2, "updated": 1, "superseded": 1}
    assert calls(imports, LOST, ANSWERED) == {"read": 2, "unchanged": 1, "superseded": 1}
    assert imports.stored("calls", *COLUMNS) == [THE_CALL]


def test_a_row_counts_once_however_often_it_is_in_a_file(imports: Imports) -> None:
    calls(imports, LOST, LOST, ANSWERED, ANSWERED)
    assert imports.stored("calls", *COLUMNS) == [THE_CALL]


def test_of_extensions_that_rang_at_once_only_the_longest_wait_counts(imports: Imports) -> None:
    rang = "1,2025-01-01 10:00:00,,2025-01-01 10:00:{0},inbound,{1},,,{0},"
    calls(imports, rang.format("03", "busy"), rang.format("20", "lost"), rang.format("15", "lost"))
    assert imports.stored("calls", "disposition", "wait_seconds") == [("lost", 20)]


def test_what_the_deciding_row_leaves_empty_stays_empty(imports: Imports) -> None:
    unknown_wait = ANSWERED.replace(",5,120", ",,120")
    calls(imports, LOST, unknown_wait)
    assert imports.stored("calls", "wait_seconds", "talk_seconds") == [(None, 120)]
    calls(imports, unknown_wait, duplicates=COMBINED | {"fill": ["queue", "wait_seconds"]})
    assert imports.stored("calls", "wait_seconds") == [(20,)]


@pytest.mark.parametrize("keep", ["first", "last"])
@pytest.mark.parametrize("hours", [["06", "18"], ["18", "06"]], ids=str)
def test_files_of_a_day_are_in_the_order_of_their_times_whichever_arrived_first(
    imports: Imports, keep: str, hours: list[str]
) -> None:
    legs = {"06": ANSWERED.replace("102,", "106,"), "18": ANSWERED.replace("102,", "118,")}
    for hour in hours:
        name = f"20250101_{hour}00.csv"
        calls(imports, legs[hour], duplicates=COMBINED | {"keep": keep}, date_format="%Y%m%d_%H%M", name=name)
    assert imports.stored("calls", "agent_id") == [("106" if keep == "first" else "118",)]


def test_a_leg_that_comes_again_keeps_its_place_in_the_earlier_file(imports: Imports) -> None:
    named: dict[str, Any] = {"date_format": "%Y%m%d_%H%M"}
    early, late = (ANSWERED.replace("102,", f"1{hour},") for hour in ("06", "18"))
    calls(imports, late, name="20250101_1800.csv", **named)
    calls(imports, late, early, name="20250101_0600.csv", **named)
    calls(imports, early, name="20250101_1200.csv", **named)
    # Both are in the file of 06:00, where the early one is the last.
    assert imports.stored("calls", "agent_id") == [("106",)]


def test_the_first_of_equal_rows_decides_with_keep_first(imports: Imports) -> None:
    later = ANSWERED.replace("102,", "103,").replace("10:00:20", "10:03:00")
    calls(imports, ANSWERED, later, duplicates=COMBINED | {"keep": "first"})
    assert imports.stored("calls", "agent_id") == [("102",)]
    calls(imports, later, duplicates=COMBINED)
    assert imports.stored("calls", "agent_id") == [("103",)]


def test_a_changed_mapping_replaces_the_parts_when_the_file_is_replayed(imports: Imports) -> None:
    calls(imports, LOST, GIVEN_UP)
    columns = {"wait_seconds": {"from": "wait_seconds", "map": {"20": "21"}}}
    assert calls(imports, LOST, GIVEN_UP, columns=columns) == {"read": 2, "updated": 1, "superseded": 1}
    assert imports.stored("calls", "wait_seconds") == [(21,)]


def test_a_corrected_leg_takes_the_place_of_the_rejected_one(imports: Imports) -> None:
    faulty = ANSWERED.replace("answered", "anwsered")
    assert calls(imports, LOST, faulty) == {"read": 2, "created": 1, "rejected": 1}
    imports("calls", 1, f"{LEGS},_row,_line,_errors", f"{ANSWERED},2,3,", name="2025-01-01.csv.errors.csv",
            duplicates=COMBINED)  # fmt: skip
    assert imports.stored("calls", *COLUMNS) == [THE_CALL]


def test_a_leg_that_the_database_rejects_is_no_part_of_the_call(imports: Imports) -> None:
    line = "I1,1,2025-01-01,{},1,5,{},EUR"
    header = "invoice_id,line_no,invoice_date,customer_id,quantity,unit_price,net_amount,currency"
    importer: dict[str, Any] = {"duplicates": {"sum": ["net_amount"]}, "references": {"customer_id": "reject"}}
    assert counts(imports("sales", 1, header, line.format("C9", 5), **importer)) == {"read": 1, "rejected": 1}
    assert counts(imports("sales", 1, header, line.format("", 7), **importer)) == {"read": 1, "created": 1}
    assert imports.stored("sales", "net_amount") == [(7,)]


def test_a_dry_run_leaves_no_parts(imports: Imports) -> None:
    calls(imports, LOST, dry_run=True)
    calls(imports, GIVEN_UP)
    assert imports.stored("calls", "wait_seconds") == [(0,)]


def from_system(imports: Imports, system: str, *legs: str, day: int = 1, **importer: Any) -> None:
    """Imports a log of one of two systems, which have calls in common."""
    folder = imports.drop.of("calls", name=system, pattern="{date}*", duplicates=COMBINED, **importer)
    folder.imported(f"2025-01-{day:02}.csv", "".join(f"{line}\n" for line in (LEGS, *legs)))


def test_records_of_another_importer_are_no_parts_of_the_call(imports: Imports) -> None:
    from_system(imports, "other", LOST)
    from_system(imports, "log", GIVEN_UP)
    assert imports.stored("calls", "wait_seconds") == [(0,)]


PROTECT = {"queue_log": ["disposition", "answered_at", "agent_id", "talk_seconds", "wait_seconds"]}
IN_THE_QUEUE = "1,2025-01-01 10:00:00,,2025-01-01 10:00:50,inbound,lost,sales,,50,"
QUEUED = (None, "lost", None, 50, None)


@pytest.mark.parametrize("days", [(1, 1), (1, 2), (2, 1)])
@pytest.mark.parametrize("first", ["records", "queue_log"])
def test_what_the_named_importer_knows_is_kept_in_either_order_and_nothing_else(
    imports: Imports, first: str, days: tuple[int, int]
) -> None:
    imported = {
        "records": lambda: from_system(imports, "records", LOST, ANSWERED, day=days[0], protect=PROTECT),
        "queue_log": lambda: from_system(imports, "queue_log", IN_THE_QUEUE, day=days[1], protect={"records": []}),
    }
    for name in sorted(imported, key=lambda name: name != first):
        imported[name]()
    assert imports.stored("calls", "answered_at", "disposition", "agent_id", "wait_seconds", "talk_seconds") == [QUEUED]


def test_an_importer_does_not_protect_its_columns_from_its_own_log(imports: Imports) -> None:
    from_system(imports, "records", LOST, protect=PROTECT)
    from_system(imports, "records", LOST, ANSWERED, protect=PROTECT)
    assert imports.stored("calls", *COLUMNS) == [THE_CALL]


@st.composite
def uploads(draw: st.DrawFn) -> tuple[list[str], list[list[str]]]:
    """The legs of a few calls, and the same in uploads: each the whole log so far, or what is new since the last."""
    legs = draw(
        st.lists(
            st.builds(
                lambda call, start, wait, outcome, queue: ",".join(
                    [
                        str(call),
                        f"2025-01-01 10:{start:02}:00",
                        f"2025-01-01 10:{start:02}:{wait:02}" if outcome == "answered" else "",
                        f"2025-01-01 10:{start:02}:{wait + 5:02}",
                        "inbound",
                        outcome,
                        queue,
                        f"10{start % 3}" if outcome == "answered" else "",
                        str(wait),
                        "5" if outcome == "answered" else "",
                    ]
                ),
                st.integers(1, 2),
                st.integers(0, 5),
                st.integers(0, 30),
                st.sampled_from(["answered", "lost", "busy", "voicemail"]),
                st.sampled_from(["", "sales", "service"]),
            ),
            min_size=1,
            max_size=8,
        )
    )
    cuts = sorted(draw(st.lists(st.integers(0, len(legs)), max_size=3)))
    ends = [cut for cut in [*cuts, len(legs)] if cut]
    grown = draw(st.lists(st.booleans(), min_size=len(ends), max_size=len(ends)))
    return legs, [
        legs[:end] if whole else legs[start:end] for start, end, whole in zip([0, *ends], ends, grown, strict=False)
    ]


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(uploads=uploads(), order=st.randoms(use_true_random=False), again=st.booleans())
def test_legs_in_any_uploads_in_any_order_make_the_calls_of_one_file_with_all(
    uploads: tuple[list[str], list[list[str]]], order: random.Random, again: bool, imports: Imports
) -> None:
    legs, parts = uploads
    imports.empty()
    calls(imports, *legs)
    expected = imports.stored("calls", "call_id", *COLUMNS)
    imports.empty()
    days = [(day, part) for day, part in enumerate(parts, 1) if part]
    order.shuffle(days)
    for day, part in [*days, *(days if again else [])]:
        calls(imports, *part, day=day)

    assert imports.stored("calls", "call_id", *COLUMNS) == expected
