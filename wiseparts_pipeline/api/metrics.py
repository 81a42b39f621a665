"""What Prometheus reads of the service: requests, look-ups, how long they take, and the state of each circuit."""

from typing import get_args

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from wiseparts_pipeline.live.circuit import State
from wiseparts_pipeline.live.lookups import Lookups

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 3, 5, 10)
_STATES: tuple[State, ...] = get_args(State)


class Metrics:
    """Counts of one process since it began."""

    def __init__(self, lookups: Lookups) -> None:
        self._lookups = lookups
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "wiseparts_requests", "Requests by address and status.", ["address", "status"], registry=self._registry
        )
        self._asked = Histogram(
            "wiseparts_lookup_seconds",
            "Look-ups by kind, source (live, cache, stored; none without an answer) and outcome.",
            ["kind", "source", "outcome"],
            buckets=_SECONDS,
            registry=self._registry,
        )
        self._circuits = Gauge(
            "wiseparts_circuit", "1 for the state of a connection's circuit.", ["connection", "state"],
            registry=self._registry,
        )  # fmt: skip

    def count_request(self, address: str, status: int) -> None:
        """`address`: as the service has it, without the keys in it."""
        self._requests.labels(address, str(status)).inc()

    def count_lookup(self, kind: str, source: str | None, outcome: str, seconds: float) -> None:
        self._asked.labels(kind, source or "none", outcome).observe(seconds)

    def text(self) -> bytes:
        """In Prometheus's format."""
        for connection in self._lookups.connections:
            for state in _STATES:
                self._circuits.labels(connection.settings.connection, state).set(connection.circuit == state)
        return generate_latest(self._registry)
