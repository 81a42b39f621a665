"""How often a connection is used, by all processes together: each request has its moment, kept in the database."""

import time

from wiseparts_pipeline.config.connections.connection import ConnectionSettings
from wiseparts_pipeline.connections.deadline import seconds_left
from wiseparts_pipeline.connections.errors import TooLate
from wiseparts_pipeline.warehouse import Connection

# A request that was sent late and one that was sent in time are closer together than their moments: so moments are a
# little further apart than the rate needs, and one that was missed by half of that in a second is given up.
_MARGIN = 0.05
_TOO_LATE = _MARGIN / 2

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


class SharedPace:
    """Holds `requests_per_second` of a connection. `connection`: to the database, with autocommit."""

    def __init__(self, connection: Connection, settings: ConnectionSettings) -> None:
        assert connection.autocommit, "the moments would be locked until the transaction ends"
        self._connection = connection
        self._name = settings.name
        self._seconds_apart = (1 + _MARGIN) / settings.requests_per_second

    def wait(self) -> None:
        """Returns when the next request may be sent. Raises TooLate if that is after the deadline."""
        while self._slept(self._reserve()) > _TOO_LATE:
            pass

    def _reserve(self) -> float:
        """Takes a moment; returns in how many seconds it is. Raises TooLate if it would be after the deadline."""
        left = min(seconds_left(), _LONGEST)
        asked = {"name": self._name, "apart": self._seconds_apart, "left": left}
        row = self._connection.execute(_RESERVE, asked).fetchone()
        if row is None:
            raise TooLate(
                f"connection {self._name}: no request may be sent within the {left:,.1f} s that are left; set"
                " `requests_per_second` higher, or ask for less at a time"
            )
        return max(0.0, float(row[0]))

    @staticmethod
    def _slept(seconds: float) -> float:
        """Sleeps; returns by how many seconds it took too long, as it does where the machine has much to do."""
        end = time.monotonic() + seconds
        if seconds:
            time.sleep(seconds)
        return time.monotonic() - end
