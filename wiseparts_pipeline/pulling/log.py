"""The log of pulls, `ops.pulls`: what was asked for, what came, and what became of it."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from psycopg.rows import kwargs_row

from wiseparts_pipeline.config.connections.pull import PullSettings
from wiseparts_pipeline.warehouse import Connection


class Kind(StrEnum):
    """Which records a pull takes: those changed since a moment, all, or those with some keys."""

    CHANGES = "changes"
    FULL = "full"
    KEYS = "keys"


class PullStatus(StrEnum):
    """`pulled`: written, and not imported yet."""

    PULLING = "pulling"
    PULLED = "pulled"
    IMPORTED = "imported"
    FAILED = "failed"


@dataclass(frozen=True)
class PullRow:
    """A row of `ops.pulls`. `file`: the name of what was written; None if there was nothing new."""

    pull_id: int
    pull: str
    connection: str
    entity: str
    kind: Kind
    since: datetime | None
    began_at: datetime
    status: PullStatus
    requests: int
    records: int
    bytes: int
    seconds: Decimal
    error: str | None
    file: str | None
    file_id: int | None
    run_id: str | None
    started_at: datetime
    finished_at: datetime | None


@dataclass(frozen=True)
class Taken:
    """What a pull took from the system: how many requests it needed, and the file that it wrote, if any."""

    requests: int = 0
    records: int = 0
    bytes: int = 0
    seconds: float = 0
    file: str | None = None


_COLUMNS = ", ".join(column.name for column in fields(PullRow))


def _row(kind: str, status: str, **columns: object) -> PullRow:
    return PullRow(kind=Kind(kind), status=PullStatus(status), **columns)  # type: ignore[arg-type]


def begin(
    connection: Connection, pull: PullSettings, kind: Kind, since: datetime | None, began_at: datetime, run: str | None
) -> int:
    """Notes that a pull begins; returns its number."""
    row = connection.execute(
        """
        insert into ops.pulls (pull, connection, entity, kind, since, began_at, run_id)
        values (%s, %s, %s, %s, %s, %s, %s) returning pull_id
        """,
        [pull.name, pull.connection, pull.entity, kind, since, began_at, run],
    ).fetchone()
    assert row is not None
    return int(row[0])


def note_taken(connection: Connection, pull_id: int, taken: Taken, began_at: datetime) -> None:
    """Notes what was written, and when the pull began by the system's clock, which may have been told only meanwhile.

    Without a file there is nothing to import, and the pull is done.
    """
    connection.execute(
        """
        update ops.pulls
        set status = case when %(file)s::text is null then 'imported' else 'pulled' end, requests = %(requests)s,
            records = %(records)s, bytes = %(bytes)s, seconds = %(seconds)s, file = %(file)s, began_at = %(began_at)s,
            finished_at = clock_timestamp()
        where pull_id = %(pull_id)s
        """,
        asdict(taken) | {"pull_id": pull_id, "began_at": began_at},
    )


def note_failed(connection: Connection, pull_id: int, taken: Taken, error: str) -> None:
    """Notes why nothing was written."""
    connection.execute(
        """
        update ops.pulls
        set status = 'failed', requests = %s, records = %s, seconds = %s, error = %s, finished_at = clock_timestamp()
        where pull_id = %s
        """,
        [taken.requests, taken.records, taken.seconds, error, pull_id],
    )


def give_up_unfinished(connection: Connection, pull: str) -> None:
    """Notes that earlier pulls ended without saying so. Whoever calls this holds the pull's lock."""
    connection.execute(
        """
        update ops.pulls set status = 'failed', error = 'It was ended before it was done.', finished_at = now()
        where pull = %s and status = 'pulling'
        """,
        [pull],
    )


def settle(connection: Connection, pulls: Sequence[str]) -> None:
    """Notes what became of the files of these pulls, whoever imported them."""
    connection.execute(
        """
        update ops.pulls as pulled
        set status = case when file.status like 'imported%%' then 'imported' else 'failed' end,
            file_id = file.file_id, error = file.error
        from (
            select distinct on (source, name) file_id, source, name, status, error
            from ops.import_files
            where joined_to is null and status in ('imported', 'imported_with_errors', 'refused', 'failed')
                and (source, name) in (
                    select connection, file from ops.pulls
                    where pull = any(%(pulls)s) and status in ('pulled', 'failed') and file is not null
                )
            order by source, name, file_id desc
        ) as file
        where pulled.pull = any(%(pulls)s) and pulled.status in ('pulled', 'failed')
            and pulled.connection = file.source and pulled.file = file.name
        """,
        {"pulls": list(pulls)},
    )


def last_imported(connection: Connection, pull: PullSettings, kinds: Sequence[Kind]) -> PullRow | None:
    """The last pull of these kinds that was imported, over the same connection."""
    with connection.cursor(row_factory=kwargs_row(_row)) as cursor:
        return cursor.execute(
            f"""
            select {_COLUMNS} from ops.pulls
            where pull = %s and connection = %s and entity = %s and kind = any(%s) and status = 'imported'
            order by pull_id desc limit 1
            """,  # noqa: S608
            [pull.name, pull.connection, pull.entity, [str(kind) for kind in kinds]],
        ).fetchone()


def last_imports(connection: Connection) -> dict[str, datetime]:
    """By pull, when the last one was imported that asked for changes or for everything."""
    rows = connection.execute(
        """
        select pull, max(finished_at) from ops.pulls where status = 'imported' and kind <> 'keys' group by pull
        """
    ).fetchall()
    return dict(rows)


def failing(connection: Connection, pulls: Sequence[str]) -> list[PullRow]:
    """Of each of these pulls the last one, if it has failed."""
    with connection.cursor(row_factory=kwargs_row(_row)) as cursor:
        return cursor.execute(
            f"""
            select {_COLUMNS} from (
                select distinct on (pull) * from ops.pulls
                where pull = any(%s) and status in ('imported', 'failed') and kind <> 'keys'
                order by pull, pull_id desc
            ) as last
            where status = 'failed' order by pull
            """,  # noqa: S608
            [list(pulls)],
        ).fetchall()


def get_all(connection: Connection, pull_ids: Sequence[int]) -> Mapping[int, PullRow]:
    """The rows with these numbers."""
    with connection.cursor(row_factory=kwargs_row(_row)) as cursor:
        rows = cursor.execute(
            f"select {_COLUMNS} from ops.pulls where pull_id = any(%s) order by pull_id",  # noqa: S608
            [list(pull_ids)],
        ).fetchall()
    return {row.pull_id: row for row in rows}


def latest(connection: Connection, pull: str | None, limit: int | None) -> list[PullRow]:
    """The latest pulls first; of one, or of all."""
    with connection.cursor(row_factory=kwargs_row(_row)) as cursor:
        return cursor.execute(
            f"""
            select {_COLUMNS} from ops.pulls where pull = %(pull)s or %(pull)s::text is null
            order by pull_id desc limit %(limit)s
            """,  # noqa: S608
            {"pull": pull, "limit": limit},
        ).fetchall()
