"""Takes over what was found into `ops.matches`, and says what is certain: what people have decided stays."""

from dataclasses import dataclass
from typing import LiteralString

from wiseparts_pipeline.matching.kinds import Kind
from wiseparts_pipeline.warehouse import Connection

# Which pairs stand in each other's way is seen among those that a number says are the same, and those of people.
_WITHOUT_REJECTED: LiteralString = """
    delete from ops.matching_found as found using ops.matches as known
    where
        known.kind = %(kind)s and known.status = 'rejected'
        and known.theirs = found.theirs and known.ours = found.ours
"""
_WITHOUT_DECIDED: LiteralString = """
    delete from ops.matching_found as found using ops.matches as known
    where
        found.method = 'name' and known.kind = %(kind)s and known.status = 'confirmed' and known.decided_by = 'person'
        and known.theirs = found.theirs
"""
_DOUBT_SEVERAL: LiteralString = """
    with standing as (
        select theirs, ours from ops.matching_found where method <> 'name'
        union
        select theirs, ours from ops.matches
        where kind = %(kind)s and status = 'confirmed' and decided_by = 'person'
    ),
    several as (
        select theirs, ours,
            count(*) over (partition by theirs) as of_ours, count(*) over (partition by ours) as of_theirs
        from standing
    )
    update ops.matching_found as found
    set doubt = case when of_ours > 1 then 'several_ours' else coalesce(doubt, 'several_theirs') end
    from several
    where several.theirs = found.theirs and several.ours = found.ours and found.method <> 'name'
        and (of_ours > 1 or of_theirs > 1)
"""
# Before others are confirmed, as one of theirs has one match at most.
_FORGET: LiteralString = """
    delete from ops.matches as known
    where kind = %(kind)s and decided_by is distinct from 'person' and not exists (
        select from ops.matching_found as found where found.theirs = known.theirs and found.ours = known.ours
    )
"""
_DOUBT: LiteralString = """
    update ops.matches as known set status = 'proposed', decided_by = null, decided_at = null
    from ops.matching_found as found
    where
        known.kind = %(kind)s and known.theirs = found.theirs and known.ours = found.ours and found.doubt is not null
        and known.decided_by = 'rules'
"""
_ADD: LiteralString = """
    insert into ops.matches as known (kind, theirs, ours, method, score, doubt, status, decided_by, decided_at)
    select %(kind)s, theirs, ours, method, score, doubt,
        case when doubt is null then 'confirmed' else 'proposed' end,
        case when doubt is null then 'rules' end,
        case when doubt is null then clock_timestamp() end
    from ops.matching_found
    on conflict (kind, theirs, ours) do update
    set method = excluded.method, score = excluded.score, doubt = excluded.doubt, status = excluded.status,
        decided_by = excluded.decided_by, decided_at = excluded.decided_at
    where
        known.decided_by is distinct from 'person'
        and (known.method, known.score, known.doubt, known.status)
            is distinct from (excluded.method, excluded.score, excluded.doubt, excluded.status)
"""


@dataclass(frozen=True)
class Stored:
    """How many pairs of a kind there are now, and whether those that are confirmed have changed."""

    kind: Kind
    proposed: int
    confirmed: int
    conflicts: int
    changed: bool


def store(connection: Connection, kind: Kind) -> Stored:
    """Takes over what is in `matching_found`, in the caller's transaction."""
    parameters = {"kind": kind}
    connection.execute(_WITHOUT_REJECTED, parameters)
    connection.execute(_WITHOUT_DECIDED, parameters)
    connection.execute(_DOUBT_SEVERAL, parameters)
    before = _confirmed(connection, kind)
    for statement in (_FORGET, _DOUBT, _ADD):
        connection.execute(statement, parameters)
    row = connection.execute(
        """
        select
            count(*) filter (where status = 'proposed'),
            count(*) filter (where status = 'confirmed'),
            count(distinct theirs) filter (where status = 'proposed' and doubt = 'several_ours')
        from ops.matches where kind = %(kind)s
        """,
        parameters,
    ).fetchone()
    assert row is not None
    proposed, confirmed, conflicts = row
    return Stored(kind, proposed, confirmed, conflicts, changed=before != _confirmed(connection, kind))


def _confirmed(connection: Connection, kind: Kind) -> object:
    """Equal as long as the confirmed pairs are the same."""
    return connection.execute(
        """
        select count(*), bit_xor(hashtextextended(theirs || chr(31) || ours, 0))
        from ops.matches where kind = %s and status = 'confirmed'
        """,
        [kind],
    ).fetchone()
