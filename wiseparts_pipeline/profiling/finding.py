"""Something that was found out about a file, and how sure it is."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

Value = TypeVar("Value")


class Confidence(StrEnum):
    SURE = "sure"
    LIKELY = "likely"
    GUESS = "guess"


@dataclass(frozen=True)
class Finding(Generic[Value]):
    """A value, how sure it is, and in a few words why."""

    value: Value
    confidence: Confidence
    why: str


def confidence_of(score: float) -> Confidence:
    """The confidence that a score between 0 and 1 gives."""
    if score >= 0.93:
        return Confidence.SURE
    return Confidence.LIKELY if score >= 0.68 else Confidence.GUESS
