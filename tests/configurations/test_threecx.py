"""Calls of a 3CX telephone system: its call log, older call report and call detail records."""

from collections.abc import Callable
from datetime import UTC, datetime

from tests.configurations.harness import Harness

CONFIGURATION = "3cx"

IN_THE_QUEUE = ("inbound", "lost", "2109876543", "801", None, 75, 0)
ANSWERED = ("inbound", "answered", "2101234567", "102", "102", 8, 200)
OUTBOUND = ("outbound", "answered", "102", "2109876543", None, 5, 3723)
INTERNAL = ("internal", "answered", "102", "103", "103", 2, 30)


def calls(harness: Harness, importer: str) -> list[tuple[object, ...]]:
    return harness.rows(
        f"""
        select direction, disposition, caller_number, called_number, agent_id, wait_seconds, talk_seconds
        from raw.calls join ops.import_files on file_id = _file_id
        where importer = '{importer}' order by calls.started_at
        """
    )


def test_every_row_is_accounted_for(harness: Harness) -> None:
    assert harness.counts() == {
        "threecx_call_log": {"created": 4, "superseded": 1, "rejected": 2},
        "threecx_call_report": {"created": 5, "rejected": 1},
        "threecx_cdr": {"created": 5, "superseded": 1, "rejected": 1},
    }
    assert harness.rejected() == [
        ("threecx_call_log", 6, "disposition", "not_in_set"),
        ("threecx_call_log", 7, "wait_seconds", "not_a_number"),
        ("threecx_call_report", 6, "call_id", "missing_required"),
        ("threecx_call_report", 6, "direction", "missing_required"),
        ("threecx_call_report", 6, "disposition", "missing_required"),
        ("threecx_call_report", 6, "started_at", "not_a_date"),
        ("threecx_cdr", 7, "started_at", "missing_required"),
    ]


def test_the_last_answered_leg_of_a_transferred_call_decides_and_the_waits_of_all_add_up(harness: Harness) -> None:
    assert harness.rows(
        "select started_at, disposition, agent_id, wait_seconds from raw.calls where call_id = '00000191-1'"
    ) == [(datetime(2024, 9, 18, 6, 0, tzinfo=UTC), "answered", "102", 20)]


def test_the_call_log_has_directions_outcomes_and_seconds(harness: Harness) -> None:
    after_the_service_desk = (*ANSWERED[:5], 20, ANSWERED[6])
    assert calls(harness, "threecx_call_log") == [after_the_service_desk, OUTBOUND, IN_THE_QUEUE, INTERNAL]


def test_a_leg_that_nobody_took_does_not_undo_a_conversation(new_harness: Callable[[], Harness]) -> None:
    harness = new_harness()
    header = "Call Time,Call ID,From,To,Direction,Status,Ringing,Talking,Cost"
    legs = [
        '2024-09-19T09:00:00,7,2101234567,"Nikou, Eleni (102)",Inbound,Answered,00:00:08,00:03:20,0.00',
        # Rang at two extensions at once.
        "2024-09-19T09:03:28,7,2101234567,Warehouse (103),Inbound,Unanswered,00:00:15,00:00:00,0.00",
        "2024-09-19T09:03:28,7,2101234567,Warehouse (104),Inbound,Unanswered,00:00:20,00:00:00,0.00",
    ]
    for sent in ([header, *legs[:2]], [header, *legs], [header, *legs]):
        harness.put("3CX/CallLog/call_reports-2.csv", "\n".join(sent).encode())
        harness.run("threecx_call_log")

    assert harness.rows(
        "select disposition, agent_id, wait_seconds, talk_seconds from raw.calls where call_id = '7'"
    ) == [("answered", "102", 28, 200)]


def test_the_older_report_implies_directions_by_the_length_of_numbers(harness: Harness) -> None:
    anonymous = ("inbound", "lost", None, "801", None, 10, 0)
    assert calls(harness, "threecx_call_report") == [
        ANSWERED,
        (*OUTBOUND[:4], None, *OUTBOUND[5:]),
        IN_THE_QUEUE,
        INTERNAL,
        anonymous,
    ]


def test_detail_records_have_the_reason_why_a_call_ended(harness: Harness) -> None:
    assert harness.rows(
        """
        select call_id, direction, disposition, caller_number, called_number, queue, agent_id, talk_seconds
        from raw.calls where call_id !~ '[- ]' order by call_id
        """
    ) == [
        ("00000191", "inbound", "answered", "2101234567", "801", "801", "103", 260),
        ("00000192", "inbound", "lost", "2101234567", "801", "801", None, None),
        ("00000193", "outbound", "answered", "102", "2109876543", None, None, 3723),
        ("00000194", "internal", "busy", "102", "103", None, None, None),
        ("00000195", "inbound", "voicemail", "2101234567", "102", None, None, 30),
    ]
