"""What is fuzzed, and how a finding is told."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from time import process_time

# Of processor time: those of a garbage collection or of the first use of something, and what may be taken for content.
_GRACE = 1.5
_SECONDS_PER_BYTE = 10 / 2**20


@dataclass(frozen=True)
class Target:
    """`run` raises for an input that breaks a promise. `tokens`: what its inputs are made of. `seeds`: first inputs.

    `needs_database`: it is given one by the environment, see tests/fuzzing/database.py.
    """

    run: Callable[[bytes], None]
    seeds: tuple[bytes, ...]
    tokens: tuple[bytes, ...] = ()
    longest: int = 2_000
    needs_database: bool = False


class Finding(AssertionError):
    """A promise that was broken."""


def tokens(*texts: str) -> tuple[bytes, ...]:
    return tuple(text.encode() for text in texts)


def check(holds: object, promise: str, *about: object) -> None:
    """Raises Finding where the promise is broken, which `python -O` would not."""
    if not holds:
        raise Finding(f"{promise}: {', '.join(map(repr, about))[:3000]}")


@contextmanager
def in_time(size: int, grace: float = _GRACE) -> Iterator[None]:
    """Raises Finding where reading so many bytes takes longer than is promised."""
    begun = process_time()
    yield
    taken = process_time() - begun
    check(taken <= grace + size * _SECONDS_PER_BYTE, "time is bounded", taken, size)


def check_texts(texts: Iterable[str]) -> None:
    """Texts that PostgreSQL can store and a terminal can show."""
    for text in texts:
        try:
            text.encode()
        except UnicodeEncodeError:
            raise Finding(f"texts are characters: {text[:500]!r}") from None
        check("\0" not in text, "no text has a NUL", text[:500])
