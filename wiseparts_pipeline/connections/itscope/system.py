"""The system `itscope`: which records it has, and how they are asked for."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from types import TracebackType
from typing import Self

from wiseparts_pipeline.config.connections.connection import ConnectionSettings
from wiseparts_pipeline.config.connections.pull import PullSettings
from wiseparts_pipeline.connections.base import Pace, Readable, Record, Selection
from wiseparts_pipeline.connections.itscope.client import Client
from wiseparts_pipeline.errors import ConfigurationError

_READABLE: dict[str, Readable] = {}


class ItScope:
    """See `base.Connected`. There is nothing to log in to before the first request: that shows whether it works."""

    @classmethod
    def readable(cls, pull: PullSettings) -> Readable:
        if pull.entity not in _READABLE:
            raise ConfigurationError(
                f"pull {pull.name}: entity: itscope has no {pull.entity}; it has {', '.join(_READABLE)}"
            )
        return _READABLE[pull.entity]

    def __init__(self, settings: ConnectionSettings, pace: Pace) -> None:
        self._client = Client(settings, pace)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.close()

    def records(self, pull: PullSettings, selection: Selection) -> Iterator[Record]:
        yield from ()

    def notes(self, pulls: Sequence[PullSettings]) -> Iterator[str]:
        yield from ()

    @property
    def now(self) -> datetime | None:
        return self._client.now

    @property
    def requests(self) -> int:
        return self._client.requests
