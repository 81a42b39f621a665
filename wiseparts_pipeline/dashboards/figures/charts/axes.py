"""The axes of a chart: what is written beside and below it, and where a value or a day is, in per cent."""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Literal

from markupsafe import Markup

from wiseparts_pipeline.dashboards.figures.formats import Unit
from wiseparts_pipeline.dashboards.figures.markup import tag

# What a step of an axis may begin with, and how many there are on the longer side of zero.
_STEPS = (1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10)
_LONGER_SIDE = 4
_MILLION = 1_000_000
_ROUNDING = 1e-9

By = Literal["day", "month"]
_TICK: dict[By, str] = {"day": "%-d %b", "month": "%b"}
# Each a multiple of the next: labels are as far apart as there is room for.
_STRIDES: dict[By, Sequence[int]] = {"day": (28, 14, 7, 1), "month": (12, 6, 3, 1)}


@dataclass(frozen=True)
class Axis:
    """Upwards, of so many steps below zero and above it."""

    unit: Unit
    step: float
    below: int
    above: int

    def level(self, value: float) -> float:
        """How high a value is."""
        return 100 * (value / self.step + self.below) / (self.below + self.above)

    def labels(self, currency: str = "", *, is_second: bool = False) -> list[Markup]:
        """What the values are, where that is not in them, and each from the top down; a second one is not below 0."""
        scale = _MILLION if self.step * self.above >= 10 * _MILLION else 1
        what = {Unit.MONEY: currency, Unit.SECONDS: "seconds"}.get(self.unit, "")
        values = [self.step * place for place in range(self.above, -self.below - 1, -1)]
        texts = ["" if is_second and value < 0 else self._written(value / scale) for value in values]
        return [
            tag("span", f"million {what}".strip() if scale == _MILLION else what, class_="unit"),
            tag("div", *(tag("span", text) for text in texts), class_="scale"),
        ]

    def lines(self) -> list[Markup]:
        """A line across for each step."""
        levels = [(place, self.level(place * self.step)) for place in range(-self.below, self.above + 1)]
        return [tag("i", class_="line" if place else "line zero", style=f"bottom: {at:.2f}%") for place, at in levels]

    def _written(self, value: float) -> str:
        return f"{round(100 * value, 6):,.10g}%" if self.unit is Unit.RATE else f"{round(value, 6):,.10g}"


def axis_for(values: Iterable[float], unit: Unit) -> Axis:
    """One that has room for these values and zero."""
    low, high = min(values := [0.0, *values]), max(values)
    step = _step(max(high, -low), unit)
    below, above = (math.ceil(each / step - _ROUNDING) for each in (-low, high))
    return Axis(unit, step, below, above or int(below == 0))


def second_axis(values: Iterable[float], unit: Unit, first: Axis) -> Axis:
    """One for values above zero whose steps are at the same heights as those of the first."""
    return Axis(unit, _step(max([0.0, *values]), unit, first.above or 1), first.below, first.above)


def _step(most: float, unit: Unit, steps: int = _LONGER_SIDE) -> float:
    """A round one, such that so many of them reach the value; of counts, a whole one."""
    if most <= 0:
        return 1.0
    least = max(most / steps, 1) if unit is Unit.COUNT else most / steps
    power = 10.0 ** math.floor(math.log10(least))
    rounds = (each * power for each in _STEPS)
    return next(
        each for each in rounds if each >= least * (1 - _ROUNDING) and (unit is not Unit.COUNT or each % 1 == 0)
    )


@dataclass(frozen=True)
class Time:
    """Along which each day or month has the same room, also one without a row. `days`: those of the rows, in order."""

    days: Sequence[date]
    by: By

    @property
    def count(self) -> int:
        return self._place(self.days[-1]) - self._place(self.days[0]) + 1

    def middle(self, day: date) -> float:
        """How far from the left a day or month is."""
        return 100 * (self._place(day) - self._place(self.days[0]) + 0.5) / self.count

    def follows(self, day: date, previous: date) -> bool:
        """Whether there is nothing between; days without a row are those on which nobody works."""
        return self.by == "day" or self._place(day) == self._place(previous) + 1

    def labels(self) -> Iterator[Markup]:
        """Of days or months, and below them of years; each with how many days or months there are to the next."""
        for day in self.days:
            yield self._label(day, f"{day:{_TICK[self.by]}}", self._stride(day))
        for year, days in groupby(self.days, lambda day: day.year):
            of_year = list(days)
            # Below a label that is seen even if there is little room.
            at = next((each for each in of_year if self._stride(each) > 1), of_year[0])
            is_last = year == self.days[-1].year
            yield self._label(at, str(year), self.count if is_last else len(of_year), "year")

    def _place(self, day: date) -> int:
        """Counted from a Monday, or from a January."""
        return day.toordinal() - 1 if self.by == "day" else day.year * 12 + day.month - 1

    def _stride(self, day: date) -> int:
        return next(each for each in _STRIDES[self.by] if self._place(day) % each == 0)

    def _label(self, day: date, text: str, stride: int, css: str = "") -> Markup:
        return tag("span", text, class_=css, style=f"--at: {self.middle(day):.2f}%; --stride: {stride}")
