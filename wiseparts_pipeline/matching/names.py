"""Pairs of suppliers, manufacturers and categories, by their names."""

import numpy as np
from rapidfuzz import fuzz, process

from wiseparts_pipeline.matching.kinds import SIDES, Kind
from wiseparts_pipeline.matching.normalising import company_words, words
from wiseparts_pipeline.matching.workspace import fill
from wiseparts_pipeline.warehouse import Connection

# Of 100, below which two names are not proposed.
SCORE_OF_NAMES = 85
# As much of the score as a part of a name is worth.
_OF_A_PART = 0.9
# How many of ours are compared with all of theirs at a time, which bounds the memory.
_AT_A_TIME = 200


def find_by_name(connection: Connection, kind: Kind) -> None:
    """Fills `matching_found` with those of theirs that are most like each of ours."""
    sides = SIDES[kind]
    theirs, ours = (_named(connection.execute(query).fetchall(), kind) for query in (sides.theirs, sides.ours))
    if not theirs or not ours:
        return
    names = [name for _, name in theirs]
    for start in range(0, len(ours), _AT_A_TIME):
        some = ours[start : start + _AT_A_TIME]
        named = [name for _, name in some]
        scores = process.cdist(named, names, scorer=fuzz.token_sort_ratio, score_cutoff=SCORE_OF_NAMES)
        if kind is not Kind.CATEGORY:
            # A company is often called by a part of its name.
            parts = process.cdist(named, names, scorer=fuzz.token_set_ratio, score_cutoff=100)
            scores = np.maximum(scores, parts * _OF_A_PART)
        # Several of theirs may be as much like one of ours, such as branches of the same company.
        best = scores.max(axis=1)
        rows, columns = ((scores == best[:, None]) & (scores > 0)).nonzero()
        fill(
            connection,
            "matching_found",
            [
                (theirs[column][0], some[row][0], "name", round(float(scores[row, column]), 2), "name_only")
                for row, column in zip(rows, columns, strict=True)
            ],
        )


def _named(rows: list[tuple[str, str | None]], kind: Kind) -> list[tuple[str, str]]:
    """The ids and names as they are compared, without those that have none."""
    parts = words if kind is Kind.CATEGORY else company_words
    named = [(id_, " ".join(parts(name or ""))) for id_, name in rows if id_ is not None]
    return [(id_, name) for id_, name in named if name]
