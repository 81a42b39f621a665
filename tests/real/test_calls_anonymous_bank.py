"""The call centre of a bank: every call of a month, with date and times in separate columns."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from tests.real.harness import DATA, Harness

DATA_SET = "calls_anonymous_bank"
FILE = DATA / DATA_SET / "data_anonymous_bank_february.txt"
ZONE = ZoneInfo("Asia/Jerusalem")

FACTS = {
    "answered calls": "count(*) from raw.calls where disposition = 'answered'",
    "lost calls": "count(*) from raw.calls where disposition = 'lost'",
    "failed calls": "count(*) from raw.calls where disposition = 'failed'",
    "answered calls without agent": "count(*) from raw.calls where disposition = 'answered' and agent_id is null",
    "answered calls without `answered_at`": (
        "count(*) from raw.calls where disposition = 'answered' and answered_at is null"
    ),
    "calls without customer": "count(*) from raw.calls where customer_id is null",
}


@pytest.fixture(scope="module")
def bank(harness: Harness) -> Harness:
    """All calls imported, and their marts built."""
    harness.drop("Calls", [FILE])
    harness.import_all()
    harness.dbt.build("--select", "+call_center_daily")
    return harness


def records() -> Iterator[dict[str, str]]:
    header, *rows = FILE.read_bytes().decode("ascii").removesuffix("\r\n").split("\r\n")
    names = header.split("\t")
    for row in rows:
        yield dict(zip(names, row.split("\t"), strict=True))


def moment(record: dict[str, str], time: str) -> datetime:
    return datetime.strptime(f"{record['date']} {record[time]}", "%y%m%d %H:%M:%S").replace(tzinfo=ZONE)


def test_every_call_is_accounted_for(bank: Harness) -> None:
    bank.assert_accounted_for({FILE.name: sum(1 for _ in records())})
    assert bank.rejected() == []


@pytest.mark.parametrize("table", ["raw.calls", "marts.fct_calls"])
def test_answered_and_abandoned_calls_by_day_equal_the_file(bank: Harness, table: str) -> None:
    outcomes = Counter((f"{moment(record, 'vru_entry'):%Y-%m-%d}", record["outcome"]) for record in records())
    found = bank.query(
        f"""
        select to_char(started_at at time zone '{ZONE}', 'YYYY-MM-DD'),
            case disposition when 'answered' then 'AGENT' when 'lost' then 'HANG' else 'PHANTOM' end, count(*)
        from {table} group by 1, 2
        """
    )
    assert {(day, outcome): count for day, outcome, count in found} == outcomes


def test_the_reported_day_has_its_calls_and_waits(bank: Harness) -> None:
    waits: dict[str, list[tuple[str, int]]] = defaultdict(list)
    for record in records():
        waits[f"{moment(record, 'vru_entry'):%Y-%m-%d}"].append((record["outcome"], int(record["q_time"])))
    found = bank.query(
        """
        select to_char(date_day, 'YYYY-MM-DD'), offered_calls, answered_calls, lost_calls + short_abandoned_calls,
            failed_calls, answered_in_time_calls
        from marts.call_center_daily
        """
    )
    assert set(found) == {
        (
            day,
            len(calls),
            *(sum(outcome == wanted for outcome, _ in calls) for wanted in ("AGENT", "HANG", "PHANTOM")),
            sum(outcome == "AGENT" and wait <= 20 for outcome, wait in calls),
        )
        for day, calls in waits.items()
    }


def test_times_equal_the_file_in_the_time_zone_of_the_bank(bank: Harness) -> None:
    def at(record: dict[str, str], time: str) -> datetime | None:
        known = record["outcome"] == "AGENT" and not record[time].startswith("0:")
        return moment(record, time) if known else None

    times = {
        (
            f"{record['vru+line']}-{record['call_id']}",
            moment(record, "vru_entry"),
            at(record, "ser_start"),
            at(record, "ser_exit"),
        )
        for record in records()
    }
    assert set(bank.query("select call_id, started_at, answered_at, ended_at from raw.calls")) == times


@pytest.mark.parametrize("table", ["raw.calls", "marts.fct_calls"])
def test_talk_and_wait_seconds_by_agent_equal_the_file(bank: Harness, table: str) -> None:
    seconds: dict[str | None, list[int]] = defaultdict(lambda: [0, 0])
    for record in records():
        agent = None if record["server"] == "NO_SERVER" else record["server"]
        seconds[agent][0] += int(record["ser_time"]) if record["outcome"] == "AGENT" else 0
        seconds[agent][1] += int(record["q_time"])
    found = bank.query(f"select agent_id, sum(talk_seconds), sum(wait_seconds) from {table} group by 1")
    assert {agent: [talk, wait] for agent, talk, wait in found} == seconds


def test_a_call_from_an_unknown_number_has_no_customer(bank: Harness) -> None:
    customers = Counter(None if record["customer_id"] == "0" else record["customer_id"] for record in records())
    assert dict(bank.query("select customer_id, count(*) from raw.calls group by 1")) == customers


def test_the_page_shows_the_outcome_of_the_rows(bank: Harness) -> None:
    bank.assert_page_shows(FACTS)
