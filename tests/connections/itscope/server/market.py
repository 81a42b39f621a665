"""What the server knows: accounts, catalogue and exports, and what was asked when."""

import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

BLOCKED_SECONDS = 30 * 60
Value = dict[str, Any]


@dataclass
class Account:
    """`quota`: how many requests it may send a day. `plan`: what `/info/quota` says besides."""

    key: str
    quota: int = 1_000_000
    used: int = 0
    plan: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Asked:
    """A request that came. `at`: by the real clock, in seconds; `moment`: by the market's. `status`: of the answer."""

    method: str
    path: str
    query: Mapping[str, list[str]]
    headers: Mapping[str, str]
    at: float
    moment: float
    status: int


@dataclass
class Market:
    """`limits`: how many requests in how many seconds an address may send; one more, and it is blocked.

    `suppliers`, `manufacturers`, `product_types`, `products`: as the description has them. `exports`: zips by uuid.
    """

    accounts: dict[str, Account] = field(default_factory=lambda: {"m1": Account("key")})
    limits: tuple[tuple[int, float], ...] = ((600, 60), (200, 30))
    suppliers: list[Value] = field(default_factory=list)
    manufacturers: list[Value] = field(default_factory=list)
    product_types: list[Value] = field(default_factory=list)
    products: dict[int, Value] = field(default_factory=dict)
    exports: dict[str, bytes] = field(default_factory=dict)
    # By the id of an offer, what its supplier says of it in real time.
    realtime: dict[int, Value] = field(default_factory=dict)
    # Orders by their number, as the description has them; documents by transaction and kind; quotations.
    deals: dict[str, Value] = field(default_factory=dict)
    documents: dict[tuple[str, str], bytes] = field(default_factory=dict)
    quotes: list[Value] = field(default_factory=list)
    # What the test supplier answers to each order, once it was looked at.
    test_answers: list[tuple[str, bytes]] = field(default_factory=list)
    to_come: dict[str, list[tuple[str, bytes]]] = field(default_factory=dict)
    # How many of the next answers to orders are lost on their way.
    sent_answers_lost: int = 0
    asked: list[Asked] = field(default_factory=list)
    ahead: float = 0
    blocked_until: float = 0
    # What the server answered although it is not described.
    faults: list[str] = field(default_factory=list)
    # The statuses of the next answers that are lost on their way.
    answers_lost: list[int] = field(default_factory=list)
    _recent: deque[float] = field(default_factory=deque)

    def now(self) -> float:
        """The market's clock, in seconds."""
        return time.time() + self.ahead

    def pass_time(self, minutes: float) -> None:
        """Moves the clock forward."""
        self.ahead += minutes * 60

    def admits(self) -> bool:
        """Whether an address that sends one more request now is let in; if not, it is blocked."""
        now = self.now()
        if now < self.blocked_until:
            return False
        self._recent.append(now)
        while self._recent and now - self._recent[0] > max((seconds for _, seconds in self.limits), default=0):
            self._recent.popleft()
        for count, seconds in self.limits:
            if sum(now - moment <= seconds for moment in self._recent) > count:
                self.blocked_until = now + BLOCKED_SECONDS
                return False
        return True
