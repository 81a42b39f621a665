"""What a pull asks a system for, and the protocol of the systems."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self, runtime_checkable

from wiseparts_pipeline.config.connections.connection import ConnectionSettings
from wiseparts_pipeline.config.connections.pull import PullSettings

# A record as the system has it: texts, truth values, None, and lists and objects of these. Numbers are texts, written
# as the system wrote them.
Record = dict[str, Any]


@dataclass(frozen=True)
class Everything:
    """All records of an entity. `among`: of these keys, where the pull takes those that we know of only."""

    among: Sequence[str] | None = None


@dataclass(frozen=True)
class ChangedSince:
    """The records that were created or changed at a moment or later, by the system's clock; `among` as above."""

    moment: datetime
    among: Sequence[str] | None = None


@dataclass(frozen=True)
class WithKeys:
    """The records with these keys; or, where `of` is another entity, those that belong to records of it."""

    keys: Sequence[str]
    of: str


Selection = Everything | ChangedSince | WithKeys


@dataclass(frozen=True)
class Readable:
    """How a system's records of an entity can be asked for.

    `key`: the field of a record with the key by which it can be asked for, in dotted form. `by_time`: whether those
    changed since a moment can be. `owners`: the other entities by whose keys they can be. `open_of_owner`: whether only
    those that are open come then. `full_once_a_day`: the system is asked for everything once a day at most.
    """

    key: str
    by_time: bool = True
    owners: Sequence[str] = field(default=())
    open_of_owner: bool = False
    full_once_a_day: bool = False


@dataclass(frozen=True)
class Block:
    """Why nothing is sent for so many minutes, or until tomorrow; `by_all`: over no connection to the same system."""

    reason: str
    minutes: int | None
    by_all: bool = False


class Pace(Protocol):
    """Holds the rate of a connection over all processes that use it."""

    def wait(self) -> None:
        """Returns when the next request may be sent. Raises TooLate, Blocked."""

    def check(self) -> None:
        """Raises Blocked while nothing may be sent."""

    def block(self, block: Block) -> None:
        """From now on, nothing is sent by any process."""


class Connected(Protocol):
    """A system that is logged in to. Every method raises ConnectionFailure."""

    @classmethod
    def readable(cls, pull: PullSettings) -> Readable:
        """How the pull's entity is read. Raises ConfigurationError for one that the system does not have."""

    def __init__(self, settings: ConnectionSettings, pace: Pace) -> None:
        """Logs in."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def records(self, pull: PullSettings, selection: Selection) -> Iterator[Record]:
        """The records of the pull's entity, each once, one page in memory at a time."""

    def notes(self, pulls: Sequence[PullSettings]) -> Iterator[str]:
        """What whoever uses these pulls should know: rights that are missing, settings of the system."""

    @property
    def now(self) -> datetime | None:
        """The system's clock, as it told it with its last answer; None if it tells none."""

    @property
    def requests(self) -> int:
        """How many requests were sent."""


@runtime_checkable
class Exporting(Protocol):
    """A system that has files of records ready."""

    def export(self, pull: PullSettings, path: Path) -> int:
        """Writes what the pull's exports have as one file; returns how many lines. Raises ConnectionFailure."""


@runtime_checkable
class Archiving(Protocol):
    """A system with an archive, where what nothing happens to any more is out of the way."""

    def archive(self, pull: PullSettings) -> None:
        """Puts into it what the pull's `archive_after` says. Raises ConnectionFailure."""
