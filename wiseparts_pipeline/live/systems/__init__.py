"""The systems that answer look-ups: one package each.

To add one: its class in a package here, with the methods of `System`; its name in SYSTEMS and in
`config.connections.live.CAPABILITIES`; tests that ask a real one; its section in docs/live.md.
"""

from collections.abc import Iterator, Sequence
from types import TracebackType
from typing import Protocol, Self

from wiseparts_pipeline.config.connections.connection import ConnectionSettings
from wiseparts_pipeline.config.connections.live import Kind
from wiseparts_pipeline.connections.base import Pace
from wiseparts_pipeline.live.questions import Answering
from wiseparts_pipeline.live.systems.itscope import ItScopeAnswers
from wiseparts_pipeline.live.systems.odoo import OdooAnswers
from wiseparts_pipeline.live.systems.tryton import TrytonAnswers


class System(Answering, Protocol):
    """A system that is logged in to. Every method raises ConnectionFailure."""

    def __init__(self, settings: ConnectionSettings, pace: Pace) -> None:
        """Logs in."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def notes(self, kinds: Sequence[Kind]) -> Iterator[str]:
        """What whoever asks these kinds should know: rights that are missing, parts that the system lacks."""


SYSTEMS: dict[str, type[System]] = {
    "itscope": ItScopeAnswers,
    "odoo": OdooAnswers,
    "tryton": TrytonAnswers,
}
