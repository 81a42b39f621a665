"""The century of a year that is written with two digits."""

from datetime import UTC, datetime

import pandas as pd

# How far a day may lie ahead: one of which a column tells that it has been, and one that is agreed or expected.
_YEARS_AHEAD = 1
_YEARS_PLANNED = 20


class Century:
    """Which hundred years two-digit years are in.

    `first_year`: the first of the hundred, where the settings say it. Without it, no day lies more than a few years
    ahead: 65 is 1965. A year that may be in either century is not sure: 30 of an invoice is neither 2030 nor 1930.
    """

    def __init__(self, first_year: int | None, *, looks_ahead: bool) -> None:
        this_year = datetime.now(UTC).year
        self._first_year = first_year if first_year is not None else this_year + _YEARS_PLANNED - 99
        self._last_sure = self._first_year + 99 if first_year is not None or looks_ahead else this_year + _YEARS_AHEAD

    def adjust(self, moment: pd.Timestamp) -> pd.Timestamp | None:
        """The moment in its century; None where that is not sure, or where it has no such 29 February."""
        year = self._first_year + (moment.year - self._first_year) % 100
        if year > self._last_sure:
            return None
        try:
            return moment.replace(year=year)
        except ValueError:
            return None
