"""Answers that are given again for a while, and questions that are being asked at this moment."""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import datetime

from cachetools import TLRUCache

from wiseparts_pipeline.live.answers import Answer
from wiseparts_pipeline.live.questions import Question

_MOST_ANSWERS = 10_000


@dataclass(frozen=True)
class Found:
    """What the system said. `as_of`: when it was asked; `asked_at`: the same in seconds of a clock that never jumps."""

    data: Answer
    as_of: datetime
    asked_at: float


class KeptAnswers:
    """The answers of one connection by question, each until it is too old; the least used go first when it is full."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._lock = threading.Lock()
        self._answers: TLRUCache[Question, tuple[Found, float]] = TLRUCache(
            _MOST_ANSWERS, ttu=lambda _, kept, __: kept[0].asked_at + kept[1], timer=clock
        )

    def get(self, question: Question) -> Found | None:
        with self._lock:
            kept = self._answers.get(question)
        return kept[0] if kept else None

    def keep(self, question: Question, found: Found, seconds: float) -> None:
        """Keeps the answer for so many seconds after it was asked for, in place of an older one."""
        with self._lock:
            self._answers.pop(question, None)
            if seconds > 0:
                self._answers[question] = (found, seconds)


class Asking:
    """Equal questions at the same moment are one call: who comes later gets what the first one is told."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._asking: dict[Question, Future[Found]] = {}

    def ask(self, question: Question, call: Callable[[], Found], seconds: float) -> Found:
        """The result of the call, or of one that is being made. Raises what it raises, or TimeoutError."""
        with self._lock:
            underway = self._asking.get(question)
            if underway is None:
                own: Future[Found] = Future()
                self._asking[question] = own
        if underway is not None:
            return underway.result(timeout=seconds)
        try:
            found = call()
        except BaseException as error:
            self._end(question)
            own.set_exception(error)
            raise
        self._end(question)
        own.set_result(found)
        return found

    def _end(self, question: Question) -> None:
        with self._lock:
            del self._asking[question]
