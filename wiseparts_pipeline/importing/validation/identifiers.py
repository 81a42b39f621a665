"""Texts that identify no record: several values in one, and those with characters that no identifier has."""

import re

import pyarrow as pa
import pyarrow.compute as pc

from wiseparts_pipeline.importing.reading.shapes.cells import INVISIBLE, are_printable

_CONTROLS = r"\x00-\x08\x0b\x0c\x0e-\x1f\x7f"
# What a program writes for a letter that it could not convert.
_LOST_LETTER = "\ufffd"
_UNUSABLE = f"[{_CONTROLS}{INVISIBLE}{_LOST_LETTER}]"
# As the readers of these formats write several values.
_FORMATS_WITH_LISTS = ("jsonl", "xml")
_LIST = r"^(\[.*\]|\{.*\})$"
# So that a spreadsheet takes digits for text: `="00123"`.
_FORMULA_START = '="'
_FORMULA = '^="'


def are_no_identifiers(cells: pa.Array, format_: str) -> pa.Array | None:
    """Which cells (trimmed text or null) cannot identify a record; None where all may."""
    patterns = [] if are_printable(cells) else [_UNUSABLE]
    patterns += [_LIST] if format_ in _FORMATS_WITH_LISTS else []
    patterns += [_FORMULA] if pc.any(pc.starts_with(cells, _FORMULA_START)).as_py() else []
    if not patterns:
        return None
    mask = pc.match_substring_regex(cells, "|".join(patterns))
    return mask if pc.any(mask).as_py() else None


def identifier_hint(text: str) -> str:
    """Why a text is no identifier, as a sentence after a blank; empty for others."""
    if _LOST_LETTER in text:
        return f" {_LOST_LETTER} stands for a letter that was lost when the file was converted: export it again."
    if re.search(_UNUSABLE, text):
        return " Delete the characters that cannot be seen."
    if text.startswith(_FORMULA_START):
        return """ It is a formula; `extract: '^="(.*)"$'` takes the text out of it."""
    if text.startswith(("[", "{")):
        return " The file has several values where one is expected."
    return ""
