"""The reports of the bank's call centre, compared with figures calculated from the file."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

import pytest

from tests.dashboards.ties import call_centre
from tests.dashboards.ties.ties import compare
from tests.real.harness import Harness
from tests.real.test_calls_anonymous_bank import FILE, moment, records

DATA_SET = "calls_anonymous_bank"
IN_TIME = 20
SHORT = 5
REPORTS = {
    "call_center_daily": "",
    "call_center_hourly": ", hour::text",
    "call_center_by_queue_daily": ", queue",
    "call_center_by_agent_daily": ", agent_id",
}
CELLS: dict[str, Callable[[dict[str, str]], tuple[str, ...]]] = {
    "call_center_daily": lambda record: (),
    "call_center_hourly": lambda record: (str(moment(record, "vru_entry").hour),),
    "call_center_by_queue_daily": lambda record: (record["type"].strip(),),
    "call_center_by_agent_daily": lambda record: (
        "(none)" if record["server"] == "NO_SERVER" else record["server"].strip(),
    ),
}


@dataclass
class Cell:
    """The waits of a group of calls by outcome, and the service level threshold."""

    answered: list[int] = field(default_factory=list)
    abandoned: list[int] = field(default_factory=list)
    others: list[int] = field(default_factory=list)
    service: list[int] = field(default_factory=list)

    def add(self, record: dict[str, str]) -> None:
        waits = {"AGENT": self.answered, "HANG": self.abandoned}.get(record["outcome"], self.others)
        waits.append(int(record["q_time"]))
        if record["outcome"] == "AGENT":
            self.service.append(int(record["ser_time"]))

    def figures(self) -> tuple[object, ...]:
        lost = [wait for wait in self.abandoned if wait > SHORT]
        in_time = sum(wait <= IN_TIME for wait in self.answered)
        waits = [*self.answered, *self.abandoned, *self.others]
        return (
            len(waits),
            len(self.answered),
            len(lost),
            len(self.abandoned) - len(lost),
            share(in_time, len(self.answered) + len(lost)),
            mean(waits),
            mean(self.answered),
            mean(lost),
            max(waits),
            mean(self.service),
            sum(self.service),
        )


def share(part: int, whole: int) -> Decimal | None:
    return (Decimal(part) / whole).quantize(Decimal("0.000001"), ROUND_HALF_UP) if whole else None


def mean(seconds: list[int]) -> Decimal | None:
    return (Decimal(sum(seconds)) / len(seconds)).quantize(Decimal("0.01"), ROUND_HALF_UP) if seconds else None


@pytest.fixture(scope="module")
def bank(harness: Harness) -> Harness:
    """All calls imported, and the reports built."""
    harness.drop("Calls", [FILE])
    harness.import_all()
    harness.dbt.build(
        *("--select", "+lost_calls", "last_build", *(f"+{report}" for report in REPORTS)), as_of="1999-02-28"
    )
    return harness


@pytest.mark.parametrize("report", REPORTS)
def test_offered_answered_lost_waits_and_service_level_equal_the_file(bank: Harness, report: str) -> None:
    cells: dict[tuple[object, ...], Cell] = defaultdict(Cell)
    for record in records():
        cells[moment(record, "vru_entry").date(), *CELLS[report](record)].add(record)

    found = bank.query(
        f"""
        select offered_calls, answered_calls, lost_calls, short_abandoned_calls, service_level, average_wait_seconds,
            average_wait_answered_seconds, average_wait_lost_seconds, longest_wait_seconds, average_handle_seconds,
            handle_seconds, date_day{REPORTS[report]}
        from marts.{report}
        """
    )

    width = len(next(iter(cells.values())).figures())
    assert {row[width:]: row[:width] for row in found} == {key: cell.figures() for key, cell in cells.items()}


def test_the_busiest_hour_equals_the_file(bank: Harness) -> None:
    hours: dict[date, dict[int, int]] = defaultdict(lambda: defaultdict(int))
    for record in records():
        at = moment(record, "vru_entry")
        hours[at.date()][at.hour] += 1

    found = bank.query("select date_day, busiest_hour, busiest_hour_offered_calls from marts.call_center_daily")

    assert {day: (hour, calls) for day, hour, calls in found} == {
        day: max(((hour, calls) for hour, calls in counts.items()), key=lambda pair: (pair[1], -pair[0]))
        for day, counts in hours.items()
    }


def test_lost_calls_are_those_that_hung_up_after_the_threshold(bank: Harness) -> None:
    lost = {
        (f"{record['vru+line']}-{record['call_id']}", int(record["q_time"]))
        for record in records()
        if record["outcome"] == "HANG" and int(record["q_time"]) > SHORT
    }

    assert set(bank.query("select call_id, wait_seconds from marts.lost_calls")) == lost


def test_the_page_of_the_call_centre_equals_the_calls(bank: Harness) -> None:
    # The bank has other queues, and sends no customers, whom the list of calls to return needs.
    ties = [tie for tie in call_centre.TIES if tie.query != "call_centre/call_backs" and "queue" not in tie.state]

    assert compare(bank.warehouse, ties) > 200
