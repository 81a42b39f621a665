"""What is wrong, as `ops.alerts` remembers it, and what of it those who are told do not know yet."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from psycopg.rows import class_row

from wiseparts_pipeline.config.operations.ages import as_timedelta
from wiseparts_pipeline.config.operations.alerts import AlertSettings
from wiseparts_pipeline.diagnostics.findings import Finding, HealthKind, Kind
from wiseparts_pipeline.warehouse import Connection

# Longer than from one look to the next. What comes and goes within it is one thing.
OVER_AFTER = timedelta(minutes=15)
# Of these nobody is told unless they last: a server may be restarted.
_OUTAGES = {Kind.UNREACHABLE, Kind.MISSING_FOLDER, Kind.NOT_READABLE, HealthKind.LOGIN}


@dataclass(frozen=True)
class Alert:
    """A finding that lasts or is over. `seen_at`: when it was last found; `mailed_at`: when people were last told."""

    kind: str
    place: str
    message: str
    began_at: datetime
    seen_at: datetime
    mailed_at: datetime | None = None


@dataclass
class News:
    """What to tell: `lasting` are those that were told of before."""

    begun: list[Alert] = field(default_factory=list)
    lasting: list[Alert] = field(default_factory=list)
    over: list[Alert] = field(default_factory=list)


def note(connection: Connection, findings: Iterable[Finding], settings: AlertSettings, now: datetime) -> News | None:
    """Notes what is found now, and returns what to tell people; None if they know, or need not know yet.

    In a transaction, at whose end they are told, see told().
    """
    found = {(finding.kind, finding.place): finding.message for finding in findings}
    _note(connection, found, now)
    news, must_tell = News(), False
    for alert in _alerts(connection):
        if (alert.kind, alert.place) in found:
            if alert.mailed_at is not None:
                news.lasting.append(alert)
                must_tell |= is_due(alert.mailed_at, settings.remind_after, now)
            elif is_due(alert.began_at, settings.outage_after if alert.kind in _OUTAGES else None, now):
                news.begun.append(alert)
        elif not now - OVER_AFTER < alert.seen_at <= now and not _is_out_of_sight(alert, found):
            connection.execute("delete from ops.alerts where kind = %s and place = %s", [alert.kind, alert.place])
            if alert.mailed_at is not None:
                news.over.append(alert)
    return news if news.begun or news.over or must_tell else None


def _is_out_of_sight(alert: Alert, found: Iterable[tuple[Kind | HealthKind, str]]) -> bool:
    """Whether it is about a source that cannot be reached now, so that nobody can say that it is over."""
    unreached = {place.partition(", ")[0] for kind, place in found if kind is Kind.UNREACHABLE}
    return alert.kind != Kind.UNREACHABLE and alert.place.partition(", ")[0] in unreached


def told(connection: Connection, alerts: Sequence[Alert], now: datetime) -> None:
    """Notes that people are told of these."""
    with connection.cursor() as cursor:
        cursor.executemany(
            "update ops.alerts set mailed_at = %s where kind = %s and place = %s",
            [(now, alert.kind, alert.place) for alert in alerts],
        )


def is_due(since: datetime, age: str | None, now: datetime) -> bool:
    """Whether so much time has passed; at once if there is no age, and if the clock was set back."""
    pause = as_timedelta(age) if age is not None else timedelta(0)
    return pause is not None and (now - since >= pause or since > now)


def _note(connection: Connection, found: dict[tuple[Kind | HealthKind, str], str], now: datetime) -> None:
    with connection.cursor() as cursor:
        cursor.executemany(
            """
            insert into ops.alerts as known (kind, place, message, began_at, seen_at)
            values (%(kind)s, %(place)s, %(message)s, %(now)s, %(now)s)
            on conflict (kind, place) do update
            set message = excluded.message, seen_at = excluded.seen_at,
                began_at = case
                    when known.mailed_at is null and known.seen_at < %(now)s - %(over_after)s then %(now)s
                    else known.began_at
                end
            """,
            [
                {"kind": kind, "place": place, "message": message, "now": now, "over_after": OVER_AFTER}
                for (kind, place), message in found.items()
            ],
        )


def _alerts(connection: Connection) -> list[Alert]:
    with connection.cursor(row_factory=class_row(Alert)) as cursor:
        query = (
            "select kind, place, message, began_at, seen_at, mailed_at from ops.alerts order by began_at, kind, place"
        )
        return cursor.execute(query).fetchall()
