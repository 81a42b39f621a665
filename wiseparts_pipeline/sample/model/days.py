"""The two years that the sample covers, and how busy each day is."""

from datetime import date

import numpy as np
import pandas as pd
from numpy.typing import NDArray

FIRST_DAY = date(2024, 1, 1)
LAST_DAY = date(2025, 12, 31)
DAYS = pd.date_range(FIRST_DAY, LAST_DAY)
# The number of the last day; the first day is 0.
LAST = len(DAYS) - 1
# The ISO date of each day, and its month, by the day's number.
DAY_TEXT: list[str] = [day.isoformat() for day in DAYS.date]
MONTH = DAYS.month.to_numpy()

_WEEKDAY = np.array([1.12, 1.04, 1.0, 0.98, 1.06, 0.38, 0.0])
# By month, from January: people have cars repaired before summer and winter; in August, Greece is on holiday.
_SEASON = np.array([0.92, 0.88, 1.0, 1.02, 1.1, 1.14, 1.12, 0.72, 1.02, 1.08, 1.04, 0.9])
_HOLIDAYS = {(1, 1), (1, 6), (3, 25), (5, 1), (8, 15), (10, 28), (12, 25), (12, 26)}
_GROWTH_PER_YEAR = 0.08


def business() -> NDArray[np.float64]:
    """The share of the two years' business on each day; zero on Sundays and public holidays."""
    open_day = np.array([(day.month, day.day) not in _HOLIDAYS for day in DAYS])
    trend = 1 + _GROWTH_PER_YEAR * np.arange(len(DAYS)) / 365
    weight = _WEEKDAY[DAYS.day_of_week.to_numpy()] * _SEASON[MONTH - 1] * trend * open_day
    return np.asarray(weight / weight.sum(), dtype=np.float64)


def seasonal(months: tuple[int, ...]) -> NDArray[np.float64]:
    """How well a part that is mostly bought in these months sells in each month, from January."""
    return np.array([1.9 if month in months else 0.7 for month in range(1, 13)]) if months else np.ones(12)


def text_of(days: NDArray[np.int64]) -> list[str]:
    """The ISO dates of days given by number, which may be after the last day."""
    return [day.isoformat() for day in (DAYS[0] + pd.to_timedelta(days, unit="D")).date]
