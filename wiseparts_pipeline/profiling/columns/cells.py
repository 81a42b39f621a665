"""The cells of a column, counted by their text."""

import re
from collections import Counter

# How often each text occurs in a column.
Cells = Counter[str]
# The share of a column's cells that have to be of a type for the column to be.
MOST = 0.9


def count_matching(cells: Cells, pattern: re.Pattern[str]) -> int:
    """How many cells match a pattern."""
    return sum(count for text, count in cells.items() if pattern.match(text))
