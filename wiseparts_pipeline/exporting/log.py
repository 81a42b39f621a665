"""The log of exports, ops.exports: what the command line, Dagster, checks and e-mails ask of it.

Longer than 300 lines because it has every question to one table, which share their conditions.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from typing import Any, LiteralString

from psycopg import sql
from psycopg.rows import kwargs_row

from wiseparts_pipeline.config.exports.exporter import Collected, ExporterSettings
from wiseparts_pipeline.config.operations.ages import as_timedelta
from wiseparts_pipeline.exporting.export import Code, Export, Status
from wiseparts_pipeline.warehouse import Connection

# What of an export that waits is not told, as it passes by itself; why one is held that can be wrong in one way only.
_PASSES, _ONLY_SO = ["unreachable"], ["incomplete", "customer_not_delivered", "too_large"]
COLUMNS = tuple(each.name for each in fields(Export))


def _names(columns: Iterable[str]) -> sql.Composed:
    return sql.SQL(", ").join(map(sql.Identifier, columns))


_SELECT = sql.SQL("select {} from ops.exports").format(_names(COLUMNS))
# Rows that are delivered and should be collected by now; `%(since)s` is null where nobody collects.
_OVERDUE: LiteralString = "status = 'delivered' and delivered_at < %(since)s"
_DIFFERS: LiteralString = "status = 'delivered' and code = 'amount_differs'"
# Why someone is to look at an export, null if nobody has to; this is what `told` then holds.
_REASON: LiteralString = f"""
    case
        -- Who has corrected a value is told of the next one that is wrong.
        when status = 'held' then concat_ws(
            ' ', status, code,
            case when code <> all(%(only_so)s) then left(md5(error), 8) end
        )
        when status = 'given_up' then concat_ws(' ', status, code)
        when status = 'waiting' and code is not null and not code = any(%(passes)s) then concat_ws(' ', status, code)
        when {_DIFFERS} then code
        when {_OVERDUE} then 'not_collected'
    end
"""
_CONDITIONS = {"reason": _REASON, "overdue": _OVERDUE, "differs": _DIFFERS}


@dataclass(frozen=True)
class Standing:
    """How an exporter's records stand: how many have each status, and how many were not collected in time.

    `oldest`: since when the oldest of those that wait or are held is there.
    """

    exporter: str
    counts: dict[Status, int] = field(default_factory=dict)
    oldest: datetime | None = None
    overdue: int = 0

    def count(self, *statuses: Status) -> int:
        return sum(self.counts.get(status, 0) for status in statuses)

    @property
    def noted(self) -> int:
        return sum(self.counts.values())


@dataclass(frozen=True)
class Attention:
    """How many of an exporter's records someone has to look at, with the first of each kind."""

    held: int
    given_up: int
    overdue: int
    examples: Mapping[str, list[Export]]


def latest(
    connection: Connection,
    *,
    exporter: str | None = None,
    statuses: Collection[Status] = (),
    keys: Collection[str] = (),
    before: datetime | None = None,
    limit: int,
) -> list[Export]:
    """The exports that were noted last; of this exporter, with one of these statuses, of these records, before then."""
    conditions: list[LiteralString] = [
        "true",
        *(["exporter = %(exporter)s"] if exporter is not None else []),
        *(["status = any(%(statuses)s)"] if statuses else []),
        *(["record_key = any(%(keys)s)"] if keys else []),
        *(["noted_at < %(before)s"] if before is not None else []),
    ]
    where = sql.SQL(" where ") + sql.SQL(" and ").join(map(sql.SQL, conditions))
    query = _SELECT + where + sql.SQL(" order by export_id desc limit %(limit)s")
    parameters = {"exporter": exporter, "statuses": list(statuses), "keys": list(keys), "before": before}
    return _exports(connection, query, {**parameters, "limit": limit})


def of_records(connection: Connection, entity: str, keys: Collection[str]) -> list[Export]:
    """All exports of these records, by key; `keys`: of orders, the order_id."""
    query = _SELECT + sql.SQL(
        " where entity = %(entity)s and record_key = any(%(keys)s) order by record_key, exporter, version"
    )
    return _exports(connection, query, {"entity": entity, "keys": list(keys)})


def with_ids(connection: Connection, export_ids: Collection[int]) -> list[Export]:
    """These exports, in the order in which they were noted."""
    query = _SELECT + sql.SQL(" where export_id = any(%(ids)s) order by export_id")
    return _exports(connection, query, {"ids": list(export_ids)})


def standings(
    connection: Connection, exporters: Iterable[ExporterSettings], now: datetime, *, settled: bool = True
) -> dict[str, Standing]:
    """By exporter, how its records stand; of all of these exporters, also of those that have exported nothing yet.

    `settled`: count those that are delivered or need not go as well, which takes the longer the more there are.
    """
    chosen = list(exporters)
    only: LiteralString = "" if settled else "and (status in ('waiting', 'held') or status = 'given_up')"
    found = connection.execute(
        f"""
        select exporter, status, count(*), min(noted_at) filter (where status in ('waiting', 'held'))
        from ops.exports where exporter = any(%s) {only} group by exporter, status order by exporter, status
        """,  # noqa: S608
        [[each.name for each in chosen]],
    )
    standing = {each.name: Standing(each.name) for each in chosen}
    for exporter, status, count, oldest in found:
        known = standing[exporter]
        both = [moment for moment in (known.oldest, oldest) if moment is not None]
        counts = {**known.counts, Status(status): count}
        standing[exporter] = Standing(exporter, counts, min(both, default=None))
    return {
        each.name: Standing(
            each.name,
            standing[each.name].counts,
            standing[each.name].oldest,
            _count(connection, _OVERDUE, _about(each, now)),
        )
        for each in chosen
    }


def attention(connection: Connection, exporter: ExporterSettings, now: datetime, examples: int) -> Attention:
    """What someone has to look at; quick however many records were delivered."""
    about = _about(exporter, now)

    def first(status: Status) -> list[Export]:
        return latest(connection, exporter=exporter.name, statuses=[status], limit=examples)

    return Attention(
        _count(connection, "status = 'held'", about),
        _count(connection, "status = 'given_up'", about),
        _count(connection, _OVERDUE, about),
        {
            "held": first(Status.HELD),
            "given_up": first(Status.GIVEN_UP),
            "overdue": overdue(connection, exporter, now, examples),
        },
    )


def without_exporter(connection: Connection, known: Collection[str]) -> dict[str, int]:
    """By the name of an exporter that is none of the known ones, how many of its records are not delivered."""
    found = connection.execute(
        """
        select exporter, count(*) from ops.exports
        where (status in ('waiting', 'held') or status = 'given_up') and exporter <> all(%s)
        group by exporter order by exporter
        """,
        [list(known)],
    )
    return dict(found.fetchall())


def cancel_without_exporter(connection: Connection, name: str) -> int:
    """Cancels what was not delivered of an exporter that there is no more; returns how many records."""
    return connection.execute(
        """
        update ops.exports set status = 'cancelled', code = %s, error = 'Cancelled, as there is no such exporter.'
        where exporter = %s and (status in ('waiting', 'held') or status = 'given_up')
        """,
        [Code.NOT_WANTED, name],
    ).rowcount


def put_off(connection: Connection, exporters: Iterable[ExporterSettings]) -> list[str]:
    """By exporter whose records wait because of the server, a line about how many, why, and when they are tried."""
    found = connection.execute(
        """
        select exporter, count(*), min(next_attempt_at), (array_agg(error order by export_id))[1]
        from ops.exports where exporter = any(%s) and status = 'waiting' and code is not null
        group by exporter order by exporter
        """,
        [[each.name for each in exporters]],
    )
    return [
        f"{exporter}: {count:,} waiting, tried again at {again.astimezone(UTC):%H:%M:%S} UTC: {error}"
        for exporter, count, again, error in found
    ]


def changed_since(connection: Connection, exporter: ExporterSettings) -> list[Export]:
    """The exports whose record has other lines than were delivered, which was not delivered again; the oldest first."""
    query = _SELECT + sql.SQL(
        """
        where exporter = %(exporter)s and code = 'changed_after_delivery' and not exists (
            select from ops.exports as later where later.exporter = exports.exporter
                and later.record_uuid = exports.record_uuid and later.version > exports.version
        ) order by export_id
        """
    )
    return _exports(connection, query, {"exporter": exporter.name})


def overdue(connection: Connection, exporter: ExporterSettings, now: datetime, limit: int) -> list[Export]:
    """The exports that were not collected in time, the oldest first."""
    query = _SELECT + sql.SQL(
        " where exporter = %(exporter)s and " + _OVERDUE + " order by delivered_at, export_id limit %(limit)s"
    )
    return _exports(connection, query, {**_about(exporter, now), "limit": limit})


def oldest_waiting(connection: Connection, exporter: ExporterSettings) -> Export | None:
    """The export that has waited longest."""
    query = _SELECT + sql.SQL(
        " where exporter = %(exporter)s and status = 'waiting' order by noted_at, export_id limit 1"
    )
    return next(iter(_exports(connection, query, {"exporter": exporter.name})), None)


def unsettled(
    connection: Connection, exporter: ExporterSettings, now: datetime, *, keys: Collection[str] = (), limit: int
) -> list[Export]:
    """The exports that are not delivered, or not collected in time, the oldest first; `keys`: of these records only."""
    query = _SELECT + sql.SQL(
        " where exporter = %(exporter)s and (status in ('waiting', 'held') or status = 'given_up' or " + _OVERDUE + ")"
        " and (%(keys)s::text[] = '{}' or record_key = any(%(keys)s)) order by export_id limit %(limit)s"
    )
    return _exports(connection, query, {**_about(exporter, now), "keys": list(keys), "limit": limit})


def untold(connection: Connection, exporter: ExporterSettings, now: datetime) -> list[Export]:
    """The exports that someone has to look at, and nobody was told of; with `told` as it is to become.

    What is wrong with the server is told of the first records, and that nobody collects, once a day. Locked until the
    transaction ends, so that no other process tells the same; those being delivered are left out.
    """
    query = sql.SQL(
        """
        with known as materialized (
            select status, told, max(delivered_at) as latest from ops.exports
            where exporter = %(exporter)s and (status = 'waiting' or {overdue}) and told is not null
            group by status, told
        )
        select {columns}, reason as told
        from ops.exports
        cross join lateral (select {reason} as reason) as found
        where exporter = %(exporter)s
            and (status in ('waiting', 'held') or status = 'given_up' or {overdue} or {differs})
            and reason is not null and reason is distinct from told
            and not exists (
                select from known where known.status = exports.status and known.told = reason
                    and (latest is null or latest > exports.delivered_at - interval '1 day')
            )
        order by export_id for update of exports skip locked
        """
    ).format(
        columns=_names(name for name in COLUMNS if name != "told"),
        **{name: sql.SQL(each) for name, each in _CONDITIONS.items()},
    )
    return _exports(connection, query, _about(exporter, now))


def note_told(connection: Connection, exports: Collection[Export]) -> None:
    """Notes that people were told what untold() has given."""
    with connection.cursor() as cursor:
        cursor.executemany(
            "update ops.exports set told = %s where export_id = %s", [(each.told, each.export_id) for each in exports]
        )


def _about(exporter: ExporterSettings, now: datetime) -> dict[str, Any]:
    age = as_timedelta(exporter.collect_within) if exporter.collected is Collected.REMOVED else None
    return {
        "exporter": exporter.name,
        "since": now - age if age is not None else None,
        "passes": _PASSES,
        "only_so": _ONLY_SO,
    }


def _count(connection: Connection, condition: LiteralString, parameters: dict[str, Any]) -> int:
    query = "select count(*) from ops.exports where exporter = %(exporter)s and " + condition  # noqa: S608
    row = connection.execute(query, parameters).fetchone()
    assert row is not None
    return int(row[0])


def _exports(connection: Connection, query: sql.SQL | sql.Composed, parameters: dict[str, Any]) -> list[Export]:
    with connection.cursor(row_factory=kwargs_row(as_export)) as cursor:
        return cursor.execute(query, parameters).fetchall()


def as_export(**columns: Any) -> Export:
    """The export that a row of ops.exports is."""
    return Export(**{**columns, "status": Status(columns["status"])})
