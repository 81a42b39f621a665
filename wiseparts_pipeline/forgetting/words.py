"""Whole words: a text that leads to a person is not part of another word, such as the name Auto of Autohaus.

Where JSON is within a text, a word may come right after an escape sequence, such as that of a new line.
"""

import re
from collections.abc import Iterable

# For RE2, which has no look-behind.
_NO_WORD = r"[^\pL\pN_]"


def whole(texts: Iterable[str]) -> str:
    """A pattern of Python that matches any of the texts as whole words; one that matches nothing if there are none."""
    either = "|".join(map(re.escape, texts))
    return rf"(?:(?<!\w)|(?<=\\[bfnrt])|(?<=\\u[0-9a-fA-F]{{4}}))(?:{either})(?!\w)" if either else r"(?!)"


def whole_in_sql(texts: Iterable[str]) -> str:
    """The same for PostgreSQL, which may match more: what a letter beyond ASCII is depends on the database."""
    either = "|".join(map(re.escape, texts))
    return rf"((?<![0-9A-Za-z_])|(?<=\\[bfnrt])|(?<=\\u[0-9a-fA-F]{{4}}))({either})(?![0-9A-Za-z_])"


def whole_in_arrow(texts: Iterable[str]) -> str:
    """The same for cells, in whatever case; empty if there are no texts."""
    either = "|".join(map(re.escape, texts))
    return rf"(?i:(?:^|{_NO_WORD})(?:{either})(?:$|{_NO_WORD}))" if either else ""
