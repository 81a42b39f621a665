"""Writes tables for example files."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence


def table(columns: Sequence[str], rows: Iterable[Sequence[str] | Mapping[str, str]]) -> str:
    """Comma-separated text with a header; missing cells of a row are empty."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    for row in rows:
        cells = [row.get(column, "") for column in columns] if isinstance(row, Mapping) else list(row)
        writer.writerow(cells + [""] * (len(columns) - len(cells)))
    return text.getvalue()
