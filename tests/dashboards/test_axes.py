"""The axes of charts."""

import re
from datetime import date, timedelta

import pytest

from wiseparts_pipeline.dashboards.figures import Unit
from wiseparts_pipeline.dashboards.figures.charts.axes import Axis, Time, axis_for, second_axis


def texts(axis: Axis, currency: str = "") -> list[str]:
    unit, scale = axis.labels(currency)
    return [unit.striptags(), *re.findall(r"<span>(.*?)</span>", scale)]


@pytest.mark.parametrize(
    ("values", "unit", "expected"),
    [
        ([321_500, 90], Unit.MONEY, ["EUR", "400,000", "300,000", "200,000", "100,000", "0"]),
        ([-12, 300], Unit.MONEY, ["EUR", "320", "240", "160", "80", "0", "-80"]),
        ([-40], Unit.MONEY, ["EUR", "0", "-10", "-20", "-30", "-40"]),
        ([71_000_000], Unit.MONEY, ["million EUR", "80", "60", "40", "20", "0"]),
        ([2], Unit.COUNT, ["", "2", "1", "0"]),
        ([9], Unit.COUNT, ["", "9", "6", "3", "0"]),
        ([0.6], Unit.RATE, ["", "60%", "45%", "30%", "15%", "0%"]),
        ([0.207], Unit.RATE, ["", "24%", "18%", "12%", "6%", "0%"]),
        ([0.011], Unit.RATE, ["", "1.2%", "0.9%", "0.6%", "0.3%", "0%"]),
        ([0.9], Unit.SECONDS, ["seconds", "1", "0.75", "0.5", "0.25", "0"]),
        ([], Unit.COUNT, ["", "1", "0"]),
    ],
)
def test_an_axis_has_room_for_all_values_in_round_steps(values: list[float], unit: Unit, expected: list[str]) -> None:
    assert texts(axis_for(values, unit), "EUR" if unit is Unit.MONEY else "") == expected


def test_the_second_axis_has_its_zero_and_steps_where_the_first_has_them() -> None:
    first = axis_for([-10, 40], Unit.MONEY)
    second = second_axis([0.55], Unit.RATE, first)

    assert second.level(0) == first.level(0)
    assert second.level(0.15) == pytest.approx(first.level(10))
    assert re.findall(r"<span>(.*?)</span>", second.labels(is_second=True)[1]) == ["60%", "45%", "30%", "15%", "0%", ""]


def test_a_month_without_a_row_keeps_its_room_and_interrupts_a_line() -> None:
    time = Time([date(2025, 11, 1), date(2025, 12, 1), date(2026, 2, 1)], "month")

    assert [time.middle(day) for day in time.days] == [12.5, 37.5, 87.5]
    assert time.follows(time.days[1], time.days[0])
    assert not time.follows(time.days[2], time.days[1])


def test_a_year_is_written_once_below_a_label_that_has_most_room() -> None:
    time = Time([date(2025, 12, 24) + timedelta(days=each) for each in range(14)], "day")

    labels = [str(label) for label in time.labels()]

    assert [re.sub(r"<.*?>", "", label) for label in labels[-2:]] == ["2025", "2026"]
    assert re.findall("--at: [^;]*", labels[-2]) == re.findall("--at: [^;]*", labels[5])
