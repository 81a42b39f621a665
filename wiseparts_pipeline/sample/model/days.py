"""The two years that the sample covers and how busy each of their days is."""

from datetime import date

import numpy as np
import pandas as pd
from numpy.typing import NDArray

FIRST_DAY = date(2024, 1, 1)
LAST_DAY = date(2025, 12, 31)
DAYS = pd.date_range(FIRST_DAY, LAST_DAY)
# The number of the last day; the first is 0.
LAST = len(DAYS) - 1
# ISO text of each day, and its month, by the day's number (0 is the first).
DAY_TEXT: list[str] = [day.isoformat() for day in DAYS.date]
MONTH = DAYS.month.to_numpy()

_WEEKDAY = np.array([1.12, 1.04, 1.0, 0.98, 1.06, 0.38, 0.0])
# January first: people drive and repair before the summer and before the winter; Greece rests in August.
_SEASON = np.array([0.92, 0.88, 1.0, 1.02, 1.1, 1.14, 1.12, 0.72, 1.02, 1.08, 1.04, 0.9])
_HOLIDAYS = {(1, 1), (1, 6), (3, 25), (5, 1), (8, 15), (10, 28), (12, 25), (12, 26)}
_GROWTH_A_YEAR = 0.08


def business() -> NDArray[np.float64]:
    """The share of the two years' business that falls on each day; none on Sundays and public holidays."""
    open_day = np.array([(day.month, day.day) not in _HOLIDAYS for day in DAYS])
    trend = 1 + _GROWTH_A_YEAR * np.arange(len(DAYS)) / 365
    weight = _WEEKDAY[DAYS.day_of_week.to_numpy()] * _SEASON[MONTH - 1] * trend * open_day
    return np.asarray(weight / weight.sum(), dtype=np.float64)


def seasonal(months: tuple[int, ...]) -> NDArray[np.float64]:
    """How well a part sells in each month (January first), that is wanted in these months most."""
    return np.array([1.9 if month in months else 0.7 for month in range(1, 13)]) if months else np.ones(12)


def text_of(days: NDArray[np.int64]) -> list[str]:
    """The ISO text of days given by number; those beyond the last day as well."""
    return [day.isoformat() for day in (DAYS[0] + pd.to_timedelta(days, unit="D")).date]
