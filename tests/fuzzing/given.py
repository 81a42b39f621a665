"""What a target is given: choices of settings, and content."""

from collections.abc import Sequence
from typing import TypeVar

Option = TypeVar("Option")

# Each of the first bytes of an input chooses one setting; what follows is content.
CHOICES = 16


class Given:
    """An input of a target. Choices are taken in turn; the first option is that of an input that makes none."""

    def __init__(self, data: bytes) -> None:
        self._choices = iter(data[:CHOICES])
        self.content = data[CHOICES:]

    def one_of(self, options: Sequence[Option]) -> Option:
        return options[next(self._choices, 0) % len(options)]

    def seldom(self) -> bool:
        """Whether something is to be done that takes long."""
        return next(self._choices, 0) % 16 == 15

    @property
    def text(self) -> str:
        return self.content.decode(errors="replace")

    def lines(self, most: int = 50) -> list[str]:
        return self.text.split("\n", most)[:most]


def given(content: str | bytes, *choices: int) -> bytes:
    """The input with these choices and this content."""
    data = content if isinstance(content, bytes) else content.encode()
    return bytes(choices).ljust(CHOICES, b"\0") + data
