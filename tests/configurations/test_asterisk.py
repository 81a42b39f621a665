"""Calls of an Asterisk telephone system: call records in four forms, and the log of its queues, which knows more."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from tests.configurations.harness import Harness

CONFIGURATION = "asterisk"
NewHarness = Callable[[], Harness]
FORMS = [16, 17, 18, 19]


@pytest.fixture(scope="module")
def forms(new_harness: NewHarness) -> Harness:
    """The call records in every form, without the log of queues; 17 to 19 hold the same calls."""
    harness = new_harness()
    for form in FORMS:
        harness.run(f"asterisk_cdr_{form}")
    return harness


def test_each_form_has_the_same_calls(forms: Harness) -> None:
    # Of two extensions that rang, one record counts; an unset clock and a truncated line are rejected.
    assert forms.counts() == {
        "asterisk_cdr_16": {"created": 9, "superseded": 1, "rejected": 2},
        "asterisk_cdr_17": {"created": 9, "superseded": 1, "rejected": 2},
        "asterisk_cdr_18": {"unchanged": 9, "superseded": 1, "rejected": 2},
        "asterisk_cdr_19": {"unchanged": 9, "superseded": 1, "rejected": 2},
    }
    started, cut = ("started_at", "missing_required"), (None, "column_count")
    assert forms.rejected() == [
        ("asterisk_cdr_16", 11, "call_id", "missing_required"),
        *((f"asterisk_cdr_{form}", row, *fault) for form in FORMS for row, fault in [(11, started), (12, cut)]),
    ]


@pytest.mark.parametrize("key", ["call_id ~ '^[0-9]'", "call_id ~ '^PJSIP'"], ids=["unique id", "channel and start"])
def test_a_call_has_its_direction_outcome_numbers_and_seconds(forms: Harness, key: str) -> None:
    assert forms.rows(
        f"""
        select direction, disposition, caller_number, called_number, agent_id, wait_seconds, talk_seconds
        from raw.calls where {key} and queue is null order by started_at
        """
    ) == [
        ("inbound", "answered", "2101234567", "101", "101", None, 180),
        ("outbound", "busy", "101", "2109876543", None, 8, None),
        ("internal", "lost", "101", "102", None, 20, None),
        ("outbound", "failed", "102", "2109876543", None, 1, None),
        ("outbound", "failed", "102", "2109876543", None, 2, None),
        ("inbound", "voicemail", "2109876543", "101", None, None, 30),
        ("inbound", "lost", "2109876543", "101", None, 15, None),
        ("inbound", "answered", "2101234567", "600", "102", None, 60),
    ]


def test_times_are_local(forms: Harness) -> None:
    assert forms.rows("select started_at, answered_at, ended_at from raw.calls where call_id = '1726639200.0'") == [
        tuple(datetime(2024, 9, 18, 6, minute, second, tzinfo=UTC) for minute, second in [(0, 0), (0, 12), (3, 12)])
    ]


def test_the_queue_log_has_waiting_times_and_abandoned_calls(harness: Harness) -> None:
    assert harness.rows(
        """
        select call_id, queue, disposition, agent_id, wait_seconds, talk_seconds, ended_at is not null
        from raw.calls where queue is not null and call_id ~ '^[0-9]' order by call_id
        """
    ) == [
        ("1726639680.8", "sales", "lost", None, 45, None, True),
        ("1726639798.20", "sales", "answered", "102", 18, 197, True),
        ("1726640099.22", "service", "lost", None, 300, None, True),
        ("1726640500.23", "sales", "answered", "102", 5, 60, True),
        # The log does not contain the end of this call.
        ("1726640590.25", "sales", "lost", None, None, None, False),
        ("1726640649.29", "sales", "lost", None, 40, None, True),
        ("1726640655.27", "sales", "answered", "maria-k", 5, 30, True),
        # Still in conversation when the log ended; its end is in the next log.
        ("1726640699.26", "sales", "answered", "101", 10, None, False),
    ]


def test_events_of_agents_and_of_the_system_are_not_calls(harness: Harness) -> None:
    assert harness.counts()["asterisk_queue_log"] == {"created": 7, "updated": 1, "superseded": 12}


def test_a_call_in_a_queue_begins_with_its_channel(harness: Harness) -> None:
    assert harness.rows(
        """
        select started_at, answered_at, ended_at from raw.calls
        where call_id in ('1726639798.20', '1726640699.26') order by 1
        """
    ) == [
        (datetime(2024, 9, 18, 6, 9, 58, tzinfo=UTC), None, datetime(2024, 9, 18, 6, 13, 35, tzinfo=UTC)),
        (
            datetime(2024, 9, 18, 6, 24, 59, tzinfo=UTC),
            datetime(2024, 9, 18, 6, 25, 10, tzinfo=UTC),
            None,
        ),
    ]


@pytest.mark.parametrize("first", ["asterisk_queue_log", "asterisk_cdr_18"])
def test_values_from_the_queue_log_prevail_in_either_order_of_import(new_harness: NewHarness, first: str) -> None:
    harness = new_harness()
    for importer in sorted(["asterisk_queue_log", "asterisk_cdr_18"], key=lambda name: name != first):
        harness.run(importer)

    assert harness.rows(
        """
        select disposition, wait_seconds, talk_seconds, answered_at, caller_number from raw.calls
        where call_id = '1726639680.8'
        """
    ) == [("lost", 45, None, None, "2109876543")]
