"""When something that failed is tried again by itself: after a pause, which grows with each failure."""

from datetime import datetime, timedelta

FIRST_PAUSE = timedelta(minutes=1)
LONGEST_PAUSE = timedelta(hours=1)


def next_attempt(failed_at: datetime, failures: int, now: datetime) -> datetime:
    """From when on it is tried again after this many failures, at least one, of which the last was at `failed_at`.

    The pause is twice as long each time, and never given up: an outage delays by no more than about its own length.
    After a failure in the future it is `now`: the clock has been set back.
    """
    if failed_at > now:
        return now
    return failed_at + min(FIRST_PAUSE * (1 << min(failures - 1, 10)), LONGEST_PAUSE)
