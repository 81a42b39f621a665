"""The regular expressions of importers, with a limit on how long they may search.

They may look ahead and behind, as those of the ready-made configurations do, so no engine finds them in linear time;
this one stops where `re` would search for hours. Their syntax and meaning are those of `re`, which has checked them.
"""

import time
from collections.abc import Callable

import regex

from wiseparts_pipeline.importing.faults import RefusalCode, RefusedFile

# Seconds of processor time: whatever the cells, and for each character of them, of which a good pattern needs a
# hundredth.
_GRACE = 2.0
_PER_CHARACTER = 4e-6
_SHOWN = 60


class Pattern:
    """A regular expression for the cells of one file.

    Raises RefusedFile when its searches take longer than a few seconds for each megabyte of them all.
    """

    def __init__(self, text: str) -> None:
        self._compiled = regex.compile(text)
        self.groups: int = self._compiled.groups
        self._allowed = _GRACE
        self.text = text

    def search(self, text: str) -> "regex.Match[str] | None":
        """The first place in the text that fits."""
        return self._limited(self._compiled.search, text)

    def fullmatch(self, text: str) -> "regex.Match[str] | None":
        """The text if all of it fits."""
        return self._limited(self._compiled.fullmatch, text)

    def _limited(self, find: "Callable[..., regex.Match[str] | None]", text: str) -> "regex.Match[str] | None":
        self._allowed += _PER_CHARACTER * (len(text) + 1)
        begun = time.thread_time()
        try:
            return find(text, timeout=max(self._allowed, 0))
        except TimeoutError:
            raise self._too_slow(text) from None
        finally:
            self._allowed -= time.thread_time() - begun

    def _too_slow(self, text: str) -> RefusedFile:
        shown = repr(text) if len(text) <= _SHOWN else f"{text[:_SHOWN]!r}... ({len(text):,} characters)"
        return RefusedFile(RefusalCode.SLOW_PATTERN, pattern=repr(self.text), value=shown)
