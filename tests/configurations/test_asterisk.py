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


def record(form: int, start: str, answer: str, end: str, seconds: str, disposition: str, *, app: str, to: str) -> str:
    """A record of the call 1726700000.1, which comes in at 09:00:00, in one of the forms."""
    answer, duration = answer and f"2024-09-19 {answer}", seconds.replace("/", ",")
    channel, (application, data) = "PJSIP/mytrunk-00000001", app.split(" ")
    times = f'"2024-09-19 {start}","{answer}","2024-09-19 {end}",{duration},"{disposition}","DOCUMENTATION"'
    called = f'"2101234567","600","default",{{}}"{channel}","{to}","{application}","{data}",{times}'
    if form == 19:
        return '"x",' + called.format("") + ',"","1726700000.1","",0'
    return '"",' + called.format('"x",') + {16: "", 17: ',"1726700000.1"', 18: ',"1726700000.1",""'}[form]


def log_of(form: int, *records: str) -> bytes:
    return "".join(f"{line}\n" for line in records).encode()


@pytest.mark.parametrize("form", [17, 18, 19])
def test_a_log_that_has_grown_by_the_answered_leg_corrects_the_call(new_harness: NewHarness, form: int) -> None:
    rang = record(form, "09:00:00", "", "09:00:20", "20/0", "NO ANSWER", app="Dial PJSIP/101", to="PJSIP/101-00000002")
    answered = record(
        form, "09:00:20", "09:00:25", "09:02:25", "125/120", "ANSWERED", app="Dial PJSIP/102", to="PJSIP/102-00000003"
    )
    harness = new_harness()
    for sent in ([rang], [rang, answered], [rang, answered]):
        harness.put(f"Asterisk/CDR{form}/Master.csv", log_of(form, *sent))
        harness.run(f"asterisk_cdr_{form}")

    # The whole wait, from the start to the answer, is calculated by the marts.
    assert harness.rows(
        """
        select disposition, agent_id, talk_seconds, wait_seconds, extract(epoch from answered_at - started_at)::int
        from raw.calls where call_id = '1726700000.1'
        """
    ) == [("answered", "102", 120, None, 25)]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("in_two_uploads", [False, True], ids=["one upload", "two uploads"])
def test_a_queued_call_that_times_out_keeps_its_queue_and_its_wait(
    new_harness: NewHarness, form: int, *, in_two_uploads: bool
) -> None:
    waited = record(form, "09:00:00", "", "09:01:00", "60/0", "NO ANSWER", app="Queue sales,t,,,60", to="")
    hung_up = record(form, "09:00:00", "", "09:01:00", "0/0", "NO ANSWER", app="Hangup 16", to="")
    harness = new_harness()
    for sent in [[waited], [waited, hung_up]] if in_two_uploads else [[waited, hung_up]]:
        harness.put(f"Asterisk/CDR{form}/Master.csv", log_of(form, *sent))
        harness.run(f"asterisk_cdr_{form}")

    assert harness.rows(
        "select disposition, queue, wait_seconds from raw.calls where started_at::date = '2024-09-19'"
    ) == [("lost", "sales", 60)]


def test_attempts_one_after_the_other_add_up(new_harness: NewHarness) -> None:
    harness = new_harness()
    rang = [
        record(18, f"09:00:{start}", "", f"09:00:{end}", f"{seconds}/0", "NO ANSWER", app="Dial x", to="PJSIP/101-1")
        for start, end, seconds in [("00", "15", 15), ("15", "35", 20), ("15", "30", 15)]
    ]
    harness.put("Asterisk/CDR18/Master.csv", log_of(18, *rang))
    harness.run("asterisk_cdr_18")

    # The last two extensions rang at once.
    assert harness.rows(
        "select wait_seconds, extract(epoch from ended_at - started_at)::int from raw.calls"
        " where call_id = '1726700000.1'"
    ) == [(35, 35)]


QUEUED = [
    "1726700000|1726700000.1|sales|NONE|ENTERQUEUE||2101234567|1",
    "1726700060|1726700000.1|sales|NONE|EXITWITHTIMEOUT|1|1|60",
    "1726700060|1726700000.1|service|NONE|ENTERQUEUE||2101234567|1",
    "1726700080|1726700000.1|service|PJSIP/102|CONNECT|20|1726700075.2|5",
    "1726700200|1726700000.1|service|PJSIP/102|BLINDTRANSFER|700|default|20|120|1",
    "1726700200|1726700000.1|orders|NONE|ENTERQUEUE||2101234567|1",
    "1726700230|1726700000.1|orders|NONE|ABANDON|1|1|30",
]


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        (2, ("lost", "sales", None, 60, None)),
        (3, ("lost", "service", None, 60, None)),
        (4, ("answered", "service", "102", 80, None)),
        (5, ("answered", "service", "102", 80, 120)),
        (7, ("answered", "service", "102", 110, 120)),
    ],
)
@pytest.mark.parametrize("grown", [False, True], ids=["one upload", "an upload for each event"])
def test_a_call_in_several_queues_has_the_waits_of_all(
    new_harness: NewHarness, events: int, expected: tuple[object, ...], *, grown: bool
) -> None:
    harness = new_harness()
    for end in range(1, events + 1) if grown else [events]:
        harness.put("Asterisk/Queues/queue_log", "\n".join(QUEUED[:end]).encode())
        harness.run("asterisk_queue_log")

    assert harness.rows(
        """
        select disposition, queue, agent_id, wait_seconds, talk_seconds from raw.calls
        where call_id = '1726700000.1'
        """
    ) == [expected]


@pytest.mark.parametrize("first", ["asterisk_queue_log", "asterisk_cdr_18"])
def test_sending_both_logs_again_changes_nothing(new_harness: NewHarness, first: str) -> None:
    harness = new_harness()
    importers = sorted(["asterisk_queue_log", "asterisk_cdr_18"], key=lambda name: name != first)
    calls = []
    for importer in [*importers, *importers]:
        harness.drop_example()
        harness.run(importer)
        calls.append(harness.rows("select call_id, ended_at, disposition, wait_seconds from raw.calls order by 1"))

    assert calls[1] == calls[3]
    assert harness.rows("select sum(rows_updated)::int from ops.import_files where file_id > 2") == [(0,)]
