"""How often a connection is used, by all processes together: each request has its moment, kept in the database.

So is how long nothing may be sent at all.
"""

import time
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from wiseparts_pipeline.config.connections.connection import ConnectionSettings
from wiseparts_pipeline.connections.base import Block
from wiseparts_pipeline.connections.deadline import seconds_left
from wiseparts_pipeline.connections.errors import Blocked, TooLate
from wiseparts_pipeline.warehouse import Connection
from wiseparts_pipeline.warehouse.connection import current_time

# The systems all of whose connections share one rate, with where their days begin.
SHARING = {"itscope": ZoneInfo("Europe/Berlin")}

# A request that was sent late and one that was sent in time are closer together than their moments: so moments are a
# little further apart than the rate needs, and one that was missed by half of that in a second is given up.
_MARGIN = 0.05
# Where sending too much has consequences.
_MARGIN_OF_SHARED = 0.08

# An interval of the database is not infinite. Nobody waits for days.
_LONGEST = 86400.0

# The next free moment is taken by whoever asks, unless it comes too late; the row is locked for no longer than that.
# Waiting is done afterwards.
_RESERVE = """
    insert into ops.connections as known (name, next_request_at)
    values (%(name)s, clock_timestamp() + %(apart)s * interval '1 second')
    on conflict (name) do update
    set next_request_at
        = greatest(known.next_request_at, clock_timestamp()) + %(apart)s * interval '1 second'
    where known.next_request_at <= clock_timestamp() + %(left)s * interval '1 second'
    returning extract(epoch from next_request_at - clock_timestamp())::float8 - %(apart)s
"""
_BLOCKED = """
    select until, reason, extract(epoch from until - clock_timestamp())::float8 from ops.connection_blocks
    where name = any(%s) and until > clock_timestamp() order by until desc limit 1
"""
_BLOCK = """
    insert into ops.connection_blocks as known (name, until, reason) values (%(name)s, %(until)s, %(reason)s)
    on conflict (name) do update
    set blocked_at = clock_timestamp(), until = excluded.until, reason = excluded.reason
    where known.until < excluded.until
"""


class SharedPace:
    """Holds `requests_per_second` of a connection. `connection`: to the database, with autocommit.

    Of some systems, all connections together hold it.
    """

    def __init__(self, connection: Connection, settings: ConnectionSettings) -> None:
        assert connection.autocommit, "the moments would be locked until the transaction ends"
        self._connection = connection
        self._connection_name = settings.name
        self._shared = settings.system in SHARING
        # No connection's name has a blank.
        self._name = f"system {settings.system}" if self._shared else settings.name
        self._day = SHARING.get(settings.system)
        margin = _MARGIN_OF_SHARED if self._shared else _MARGIN
        self._seconds_apart = (1 + margin) / settings.requests_per_second
        self._too_late = margin / 2

    def wait(self) -> None:
        """Returns when the next request may be sent. Raises Blocked, or TooLate if that is after the deadline."""
        while self._slept(self._reserve()) > self._too_late:
            pass

    def check(self) -> None:
        """Raises Blocked while nothing may be sent."""
        if not self._shared:
            return
        row = self._connection.execute(_BLOCKED, [[self._name, self._connection_name]]).fetchone()
        if row is not None:
            raise Blocked(
                f"connection {self._connection_name}: nothing is sent before {row[0]:%Y-%m-%d %H:%M:%S %Z}: {row[1]}",
                seconds=row[2],
            )

    def block(self, block: Block) -> None:
        """From now on, nothing is sent by any process."""
        assert self._day is not None, "systems without a shared rate are not blocked"
        now = current_time(self._connection)
        until = _tomorrow(now, self._day) if block.minutes is None else now + timedelta(minutes=block.minutes)
        name = self._name if block.by_all else self._connection_name
        self._connection.execute(_BLOCK, {"name": name, "until": until, "reason": block.reason})

    def _reserve(self) -> float:
        """Takes a moment; returns in how many seconds it is. Raises TooLate if it would be after the deadline."""
        left = min(seconds_left(), _LONGEST)
        asked = {"name": self._name, "apart": self._seconds_apart, "left": left}
        row = self._connection.execute(_RESERVE, asked).fetchone()
        if row is None:
            raise TooLate(
                f"connection {self._connection_name}: no request may be sent within the {left:,.1f} s that are left;"
                " set `requests_per_second` higher, or ask for less at a time"
            )
        return max(0.0, float(row[0]))

    def _slept(self, seconds: float) -> float:
        """Sleeps; returns by how many seconds it took too long, as it does where the machine has much to do."""
        end = time.monotonic() + seconds
        if seconds:
            time.sleep(seconds)
        # All may have been told to stop meanwhile.
        self.check()
        return time.monotonic() - end


def _tomorrow(now: datetime, day: ZoneInfo) -> datetime:
    """When the next day begins there."""
    return (now.astimezone(day) + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
