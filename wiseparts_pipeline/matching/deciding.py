"""What people decide about matches, which no rule goes back on."""

from collections.abc import Iterable, Sequence

from psycopg import errors, sql

from wiseparts_pipeline.errors import WisepartsError
from wiseparts_pipeline.matching.kinds import SIDES, Kind
from wiseparts_pipeline.matching.log import Status
from wiseparts_pipeline.matching.service import note_decided
from wiseparts_pipeline.warehouse import Connection


class NotDecided(WisepartsError):
    """A match cannot be confirmed or rejected; the message says why."""


def decide(connection: Connection, match_ids: Sequence[int], status: Status) -> None:
    """Confirms or rejects matches by their ids, all or none, or leaves them to the rules again (`proposed`).

    Raises NotDecided.
    """
    with connection.transaction():
        for match_id in match_ids:
            decide_one(connection, match_id, status)
        kinds = connection.execute("select distinct kind from ops.matches where match_id = any(%s)", [list(match_ids)])
        settle(connection, [Kind(kind) for (kind,) in kinds.fetchall()])


def decide_one(connection: Connection, match_id: int, status: Status) -> None:
    """Decides one match; `settle` has to follow in the same transaction. Raises NotDecided."""
    try:
        with connection.transaction():
            found = connection.execute(
                """
                update ops.matches
                set status = %(status)s,
                    decided_by = case when %(status)s <> 'proposed' then 'person' end,
                    decided_at = case when %(status)s <> 'proposed' then clock_timestamp() end
                where match_id = %(match_id)s
                """,
                {"status": status, "match_id": match_id},
            )
    except errors.UniqueViolation:
        raise NotDecided(f"Match {match_id}: {_other(connection, match_id)}") from None
    if not found.rowcount:
        raise NotDecided(f"There is no match {match_id}: `wiseparts matches` shows which there are.")


def add(connection: Connection, kind: Kind, theirs: str, ours: str, status: Status) -> None:
    """Decides about a pair, also one that no rule has found; `settle` has to follow. Raises NotDecided."""
    for side, query, id_ in (("theirs", SIDES[kind].theirs, theirs), ("ours", SIDES[kind].ours, ours)):
        statement = sql.SQL("select exists (select from ({}) as side (id, name) where id = %s)").format(sql.SQL(query))
        if connection.execute(statement, [id_]).fetchone() != (True,):
            raise NotDecided(f"{side}: there is no {kind} {id_!r}")
    row = connection.execute(
        """
        insert into ops.matches as known (kind, theirs, ours, method, score, status)
        values (%s, %s, %s, 'manual', 100, 'proposed')
        on conflict (kind, theirs, ours) do update set kind = excluded.kind
        returning match_id
        """,
        [kind, theirs, ours],
    ).fetchone()
    assert row is not None
    decide_one(connection, row[0], status)


def settle(connection: Connection, kinds: Iterable[Kind]) -> None:
    """Has all found and built again that depends on matches of these kinds, in the caller's transaction."""
    for kind in sorted(set(kinds)):
        # A pair that is decided stands in the way of others, and products are the same only of the same manufacturer.
        again = {kind, Kind.PRODUCT} if kind is Kind.MANUFACTURER else {kind}
        connection.execute("delete from ops.matchings where kind = any(%s)", [list(again)])
        note_decided(connection, kind)


def _other(connection: Connection, match_id: int) -> str:
    row = connection.execute(
        """
        select other.match_id, other.theirs, other.ours from ops.matches as one
        inner join ops.matches as other on other.kind = one.kind and other.theirs = one.theirs
        where one.match_id = %s and other.status = 'confirmed'
        """,
        [match_id],
    ).fetchone()
    if row is None:
        return "another process has just changed it; try again"
    other, theirs, ours = row
    return f"their {theirs} is matched with {ours} already; reject match {other} first"
