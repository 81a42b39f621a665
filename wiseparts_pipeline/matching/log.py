"""The matches as people see them, with the names of what is matched."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, Literal

from psycopg import sql
from psycopg.rows import dict_row

from wiseparts_pipeline.matching.kinds import SIDES, Kind
from wiseparts_pipeline.warehouse import Connection


class Status(StrEnum):
    """What was decided about a match."""

    PROPOSED = "proposed"
    CONFIRMED = "confirmed"
    REJECTED = "rejected"


# Why a match is not certain, by the code in the table.
DOUBTS = {
    "several_ours": "conflict: several of ours for one of theirs",
    "several_theirs": "several of theirs for one of ours",
    "manufacturer_differs": "the same EAN, but another manufacturer",
    "manufacturer_sku_differs": "the same EAN, but another number of the manufacturer",
    "ean_differs": "the same number of the manufacturer, but another EAN",
    "our_number": "our own number is the manufacturer's number of theirs",
    "short_number": "the number is short",
    "number_parted_differently": "the numbers are the same without their strokes only",
    "name_only": "the names only",
}


@dataclass(frozen=True)
class Match:
    """A row of `ops.matches`, with the names; a name is None where the record is gone."""

    match_id: int
    kind: Kind
    theirs: str
    their_name: str | None
    ours: str
    our_name: str | None
    method: str
    score: Decimal
    status: Status
    doubt: str | None
    decided_by: str | None
    created_at: datetime
    decided_at: datetime | None

    @property
    def doubt_in_words(self) -> str:
        return DOUBTS.get(self.doubt or "", self.doubt or "")


def latest(
    connection: Connection, kinds: Sequence[Kind] = (), statuses: Sequence[Status] = (), limit: int | None = None
) -> list[Match]:
    """Those of these kinds and statuses: what is to be decided first, conflicts before the others."""
    query = sql.SQL(
        """
        with their_names (kind, id, name) as ({theirs}), our_names (kind, id, name) as ({ours})
        select match_id, matched.kind, theirs, their_names.name as their_name, ours, our_names.name as our_name, method,
            score, status, doubt, decided_by, created_at, decided_at
        from (
            select *, row_number() over (
                order by array_position(array['proposed', 'confirmed', 'rejected'], status),
                    doubt is distinct from 'several_ours', kind, theirs, score desc, ours
            ) as place
            from ops.matches
            where kind = any(%(kinds)s) and status = any(%(statuses)s)
            order by place limit %(limit)s
        ) as matched
        left join their_names on their_names.kind = matched.kind and their_names.id = theirs
        left join our_names on our_names.kind = matched.kind and our_names.id = ours
        order by place
        """
    ).format(theirs=_names("theirs", kinds), ours=_names("ours", kinds))
    with connection.cursor(row_factory=dict_row) as cursor:
        cursor.execute(query, {"kinds": list(kinds or Kind), "statuses": list(statuses or Status), "limit": limit})
        return [Match(**row | {"kind": Kind(row["kind"]), "status": Status(row["status"])}) for row in cursor]


def _names(side: Literal["theirs", "ours"], kinds: Sequence[Kind]) -> sql.Composed:
    queries = [
        sql.SQL("select {}, side.* from ({}) as side").format(sql.Literal(kind), sql.SQL(getattr(SIDES[kind], side)))
        for kind in kinds or Kind
    ]
    return sql.SQL(" union all ").join(queries)


def as_json(match: Match) -> dict[str, Any]:
    """The row, with its doubt in words."""
    return asdict(match) | {"doubt": match.doubt_in_words or None}
