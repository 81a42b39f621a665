"""Calls of a 3CX telephone system: its call log, older call report and call detail records."""

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


def test_the_last_leg_of_a_transferred_call_decides(harness: Harness) -> None:
    assert harness.rows("select started_at, disposition, agent_id from raw.calls where call_id = '00000191-1'") == [
        (datetime(2024, 9, 18, 6, 0, 12, tzinfo=UTC), "answered", "102")
    ]


def test_the_call_log_has_directions_outcomes_and_seconds(harness: Harness) -> None:
    assert calls(harness, "threecx_call_log") == [ANSWERED, OUTBOUND, IN_THE_QUEUE, INTERNAL]


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
