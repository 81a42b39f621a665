"""Texts that identify no record: several values in one, and those with characters that cannot be seen."""

import pyarrow as pa
import pyarrow.compute as pc

from wiseparts_pipeline.importing.reading.shapes.cells import has_invisible, with_invisible

# As the readers of these formats write several values.
_FORMATS_WITH_LISTS = ("jsonl", "xml")
_LIST = r"^(\[.*\]|\{.*\})$"


def are_no_identifiers(cells: pa.Array, format_: str) -> pa.Array | None:
    """Which cells (trimmed text or null) cannot identify a record; None where all may."""
    masks = [with_invisible(cells)] if has_invisible(cells) else []
    if format_ in _FORMATS_WITH_LISTS:
        masks.append(pc.match_substring_regex(cells, _LIST))
    if not masks:
        return None
    mask = masks[0] if len(masks) == 1 else pc.or_(*masks)
    return mask if pc.any(mask).as_py() else None


def identifier_hint(text: str) -> str:
    """Why a text is no identifier, as a sentence after a blank; empty for others."""
    if with_invisible(pa.scalar(text)).as_py():
        return " Delete the characters that cannot be seen."
    if text.startswith(("[", "{")):
        return " The file has several values where one is expected."
    return ""
