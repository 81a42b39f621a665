"""What was found out about a file, and how sure that is."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

Value = TypeVar("Value")


class Confidence(StrEnum):
    SURE = "sure"
    LIKELY = "likely"
    GUESS = "guess"


@dataclass(frozen=True)
class Found(Generic[Value]):
    """A value, how sure it is, and in a few words why."""

    value: Value
    confidence: Confidence
    why: str


def confidence_of(score: float) -> Confidence:
    """How sure a score between 0 and 1 makes."""
    if score >= 0.93:
        return Confidence.SURE
    return Confidence.LIKELY if score >= 0.68 else Confidence.GUESS
