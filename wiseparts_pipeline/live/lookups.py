"""Answers questions: of the system while it answers, otherwise of what is kept or, where that is allowed, stored."""

import time
from collections.abc import Iterator, Mapping
from concurrent.futures import TimeoutError as NotInTime
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal, Self

from wiseparts_pipeline.config.connections.live import Kind, LiveSettings
from wiseparts_pipeline.config.loader import Configuration
from wiseparts_pipeline.config.operations.ages import as_timedelta
from wiseparts_pipeline.connections.deadline import within
from wiseparts_pipeline.connections.errors import Blocked, ConnectionFailure, LoginRefused, Refused, TooLate
from wiseparts_pipeline.live.answers import Answer
from wiseparts_pipeline.live.circuit import Circuit, Open
from wiseparts_pipeline.live.circuit import State as CircuitState
from wiseparts_pipeline.live.errors import (
    Late,
    LookupFailure,
    NotLoggedIn,
    NotSupported,
    RefusedBySystem,
    Unavailable,
)
from wiseparts_pipeline.live.kept import Asking, Found, KeptAnswers
from wiseparts_pipeline.live.questions import Question
from wiseparts_pipeline.live.sessions import Opened, Sessions
from wiseparts_pipeline.live.stored import Stored
from wiseparts_pipeline.live.systems import SYSTEMS
from wiseparts_pipeline.warehouse import Warehouse

Source = Literal["live", "cache", "stored"]

# Kinds that change too fast to be given from the database, unless somebody has said how old they may be.
_ONLY_IF_CONFIGURED: tuple[Kind, ...] = ("products", "offers")


class Clock:
    """What time it is. `moment` never jumps, and is in seconds."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def moment(self) -> float:
        return time.monotonic()


@dataclass(frozen=True)
class Answered:
    """An answer, and where it is from. `as_of`: the data is not older; `keep_seconds`: how long it may be kept.

    `reason`: why the system has not answered, where it was to.
    """

    data: Answer
    source: Source
    as_of: datetime
    age_seconds: float
    connection: str | None
    keep_seconds: float = 0
    reason: str | None = None

    def document(self) -> dict[str, Any]:
        """As the service gives it and the command line prints it: decimals are texts, moments have their zone."""
        return {
            "data": self.data.model_dump(mode="json"),
            "source": self.source,
            "as_of": self.as_of.isoformat(),
            "age_seconds": round(self.age_seconds, 3),
            "connection": self.connection,
        } | ({} if self.reason is None else {"reason": self.reason})


class Lookups:
    """Puts questions to the connections that answer them. Can be used by many threads at a time.

    A question is answered, or LookupFailure raised, within `deadline_seconds` of its connection. `systems`: by name,
    what logs in to a system.
    """

    def __init__(
        self,
        configuration: Configuration,
        warehouse: Warehouse,
        clock: Clock | None = None,
        systems: Mapping[str, Opened] = SYSTEMS,
    ) -> None:
        self.configuration = configuration
        self._clock = clock or Clock()
        self._stored = Stored(warehouse)
        self._by_kind: dict[Kind, LiveConnection] = {}
        self.connections: list[LiveConnection] = []
        for settings in configuration.live.values():
            connection = configuration.connections[settings.connection]
            sessions = Sessions(connection, settings.concurrency, warehouse, systems[connection.system])
            live = LiveConnection(settings, sessions, self._stored, self._clock)
            self.connections.append(live)
            self._by_kind |= dict.fromkeys(settings.answered_by(connection.system), live)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for each in self.connections:
            each.sessions.close()

    def answer(self, question: Question, *, fresh: bool = False, stored: bool = False) -> Answered:
        """The answer. `fresh`: asked for now, never one that is kept; `stored`: from the database only.

        Raises LookupFailure.
        """
        live = self._by_kind.get(question.kind)
        if stored or (live is None and question.kind == "routes"):
            return self._from_database(question, live)
        if live is None:
            raise NotSupported(
                f"No connection answers questions about {question.kind.replace('_', ' ')}: see docs/live.md for what"
                " each system can, and `answers` of the Live components."
            )
        try:
            return live.answer(question, fresh=fresh)
        except NotSupported:
            if question.kind == "routes":
                return self._from_database(question, live)
            raise
        except (Unavailable, NotLoggedIn) as error:
            if age := live.settings.stored.get(question.kind):
                return self._instead(question, age, error)
            raise

    def kept(self, question: Question) -> Answered | None:
        """The answer that is kept, if there is one; nothing is waited for."""
        live = self._by_kind.get(question.kind)
        return live.kept(question) if live else None

    def answer_of_ours(self, question: Question) -> Answered:
        """The answer about what was created here and is in no system yet. Raises LookupFailure."""
        return Answered(self._stored.answer_of_ours(question), "stored", self._clock.now(), 0.0, None)

    def _from_database(self, question: Question, live: "LiveConnection | None") -> Answered:
        if question.kind in _ONLY_IF_CONFIGURED and not (live and question.kind in live.settings.stored):
            raise NotSupported(
                f"What is stored of {question.kind} is not given: name the kind and an age in `stored` of the Live"
                " component if it may be."
            )
        data, as_of = self._stored.answer(question)
        age = (self._clock.now() - as_of).total_seconds()
        return Answered(data, "stored", as_of, max(0.0, age), None)

    def _instead(self, question: Question, most: str, error: LookupFailure) -> Answered:
        """Raises the error where nothing is stored that is young enough."""
        longest = as_timedelta(most)
        assert longest is not None
        try:
            data, as_of = self._stored.answer(question)
        except LookupFailure:
            raise error from None
        age = self._clock.now() - as_of
        if age > longest:
            raise error
        return Answered(data, "stored", as_of, max(0.0, age.total_seconds()), None, reason=str(error))


class LiveConnection:
    """One connection: its sessions, its circuit, and what it has answered."""

    def __init__(self, settings: LiveSettings, sessions: Sessions, stored: Stored, clock: Clock) -> None:
        self.settings = settings
        self.sessions = sessions
        self._stored = stored
        self._clock = clock
        # While nothing may be sent, nobody waits for the system.
        answers = (Refused, Blocked, LookupFailure)
        self._circuit = Circuit(settings.open_after_failures, settings.open_seconds, answers, clock.moment)
        self._kept = KeptAnswers(clock.moment)
        self._asking = Asking()

    @property
    def circuit(self) -> CircuitState:
        return self._circuit.state

    def answer(self, question: Question, *, fresh: bool) -> Answered:
        """Raises LookupFailure."""
        if not fresh and (kept := self.kept(question)):
            return kept
        keep = self.settings.keeps(question.kind)
        with self._failures():
            if fresh:
                found = self._ask(question)
            else:
                found = self._asking.ask(question, lambda: self._ask(question), self.settings.deadline_seconds)
        keep = 0 if fresh else keep
        self._kept.keep(question, found, keep)
        return self._answered(found, "live", keep)

    def kept(self, question: Question) -> Answered | None:
        """The answer that is kept, if there is one; nothing is waited for."""
        found = self._kept.get(question)
        return self._answered(found, "cache", self.settings.keeps(question.kind)) if found else None

    def _ask(self, question: Question) -> Found:
        self._circuit.refuse_if_open()
        seconds = self.settings.deadline_seconds
        question = self._stored.completed(question)
        with (
            within(seconds, f"the {seconds:g} s that a look-up may take (`deadline_seconds`)"),
            self.sessions.one() as system,
            self._circuit.call(),
        ):
            as_of, moment = self._clock.now(), self._clock.moment()
            return Found(question.put_to(system()), as_of, moment)

    def _answered(self, found: Found, source: Source, keep: float) -> Answered:
        age = max(0.0, self._clock.moment() - found.asked_at)
        return Answered(found.data, source, found.as_of, age, self.settings.connection, max(0.0, keep - age))

    @contextmanager
    def _failures(self) -> Iterator[None]:
        """Tells what went wrong with the system as a LookupFailure."""
        name = self.settings.connection
        try:
            yield
        except Open as error:
            raise Unavailable(
                f"connection {name}: has failed {self.settings.open_after_failures} times one after the other and is"
                f" left alone for {error.seconds:.0f} s.",
                error.seconds,
            ) from None
        except NotInTime:
            raise Late(f"connection {name}: no answer within {self.settings.deadline_seconds:g} s.", 1) from None
        except TooLate as error:
            raise Late(str(error), 1) from None
        except LoginRefused as error:
            raise NotLoggedIn(str(error)) from None
        except Refused as error:
            raise RefusedBySystem(str(error)) from None
        except Blocked as error:
            raise Unavailable(str(error), error.seconds) from None
        except ConnectionFailure as error:
            raise Unavailable(str(error), 1) from None
