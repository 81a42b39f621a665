"""When a request that harms nothing is sent again."""

import random
from dataclasses import dataclass

from wiseparts_pipeline.connections.deadline import seconds_left
from wiseparts_pipeline.connections.exchange import Passing

# Between attempts, in seconds: the longest pause, and the longest that the system may ask for.
_LONGEST_PAUSE = 30.0
_LONGEST_RETRY_AFTER = 120.0


@dataclass(frozen=True)
class Repeats:
    """`attempts`: how many there are at most. `pause`: the first one, in seconds; others are longer.

    `only_dropped`: where the connection was refused or ended before an answer began, and for no other reason.
    """

    attempts: int
    pause: float
    only_dropped: bool = False


# Whoever pulls can wait.
PATIENT = Repeats(attempts=5, pause=0.5)
# Somebody waits for the answer; but a connection that was not used for a while may have been ended.
AT_ONCE = Repeats(attempts=2, pause=0, only_dropped=True)


class Pauses:
    """Those between the attempts of one request."""

    def __init__(self, repeats: Repeats) -> None:
        self._repeats = repeats
        self._next = repeats.pause

    def after(self, error: Exception) -> float | bool:
        """In how many seconds to send it again; False for not at all, or if the deadline is before."""
        if not isinstance(error, Passing) or (self._repeats.only_dropped and not error.dropped):
            return False
        if error.after is not None and error.after > _LONGEST_RETRY_AFTER:
            return False
        pause = self._next if error.after is None else error.after
        self._next = min(2 * self._next, _LONGEST_PAUSE)
        # Several processes that failed together do not come back together.
        pause += random.random() * min(pause, 1)
        return pause if pause < seconds_left() else False
