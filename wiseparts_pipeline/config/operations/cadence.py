"""How long an importer may go without a file before its feed counts as stopped."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import cache
from itertools import pairwise
from zoneinfo import ZoneInfo

from croniter import croniter
from croniter.croniter import CroniterBadDateError

from wiseparts_pipeline.config.importer import ImporterSettings
from wiseparts_pipeline.config.operations.ages import as_timedelta

# A schedule says how often we look for files; few senders export at night.
SHORTEST_GAP = timedelta(days=1)
# Allows for exports and imports that take longer on some days.
GRACE = timedelta(hours=2)

# Fixed, so that the result never changes; covers two leap days, the rarest tick that a schedule can have.
_FIRST_DAY, _LAST_DAY = date(2024, 1, 1), date(2028, 12, 31)


def stale_after(importer: ImporterSettings) -> timedelta | None:
    """The age of an importer's last import at which its feed counts as stopped; None if no file is expected.

    That is its `stale_after`, or else the widest gap of its schedule, at least a day, plus a grace period.
    """
    if importer.stale_after:
        return as_timedelta(importer.stale_after)
    gap = widest_gap(importer.schedule, importer.timezone) if importer.schedule else None
    return max(gap, SHORTEST_GAP) + GRACE if gap else None


@cache
def widest_gap(schedule: str, timezone: str) -> timedelta | None:
    """The longest time between two consecutive ticks of a cron schedule; None for one that hardly ever ticks."""
    _, _, *days = schedule.split()
    (minutes, hours, *_), _ = croniter.expand(schedule)
    ticks = [time(h, m) for h in _all(hours, 24) for m in _all(minutes, 60)]
    within_a_day = [_since_midnight(later) - _since_midnight(earlier) for earlier, later in pairwise(ticks)]
    zone = ZoneInfo(timezone)
    between_days = [
        _moment(later, ticks[0], zone) - _moment(earlier, ticks[-1], zone) for earlier, later in pairwise(_days(*days))
    ]
    return max([*within_a_day, *between_days]) if between_days else None


def _all(values: Sequence[int | str], count: int) -> list[int]:
    return list(range(count)) if values == ["*"] else sorted(int(value) for value in values)


@cache
def _days(day: str, month: str, weekday: str) -> list[date]:
    """The days on which a schedule with these fields ticks."""
    ticks = croniter(f"0 0 {day} {month} {weekday}", datetime.combine(_FIRST_DAY, time()) - timedelta(minutes=1))
    days = []
    try:
        while (tick := ticks.get_next(datetime).date()) <= _LAST_DAY:
            days.append(tick)
    except CroniterBadDateError:
        # A date that does not exist, such as 31 February.
        return days
    return days


def _since_midnight(tick: time) -> timedelta:
    return timedelta(hours=tick.hour, minutes=tick.minute)


def _moment(day: date, tick: time, zone: tzinfo) -> datetime:
    return datetime.combine(day, tick, zone).astimezone(UTC)
