"""The exports that wait in ops.exports: what of them is due, and what becomes of it when it is tried."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import LiteralString

from psycopg.rows import kwargs_row
from psycopg.types.json import Jsonb

from wiseparts_pipeline.config.exports.exporter import ExporterSettings
from wiseparts_pipeline.config.operations.ages import as_timedelta
from wiseparts_pipeline.exporting.export import Code, Export, HeldRecord, Receipt, UnwantedRecord, WrittenFile
from wiseparts_pipeline.exporting.log import COLUMNS, as_export
from wiseparts_pipeline.warehouse import Connection

# Before what the server is to blame for is tried again: growing, and where somebody has to mend something.
FIRST_PAUSE = timedelta(seconds=1)
LONGEST_PAUSE = timedelta(minutes=5)
# Before a held record is looked at again.
FIRST_LOOK = timedelta(minutes=1)
LONGEST_LOOK = timedelta(minutes=10)
_AT_ONCE = 500
# What is tried again soon, and ever less often.
_PASSES = (Code.UNREACHABLE, Code.PROGRAM_FAULT)

# An export that is due later than after the longest pause was put off before the clock was set back.
_IS_DUE: LiteralString = """
    export.status in ('waiting', 'held') and (
        %(any_time)s or export.next_attempt_at <= clock_timestamp()
        or export.next_attempt_at > clock_timestamp() + %(longest)s
    ) and (%(chosen)s::bigint[] is null or export.export_id = any(%(chosen)s))
"""
_COLUMNS = ", ".join(f"export.{name}" for name in COLUMNS)
# Made once, as it is run for each export.
_LOCK = f"""
    select {_COLUMNS} from ops.exports as export
    where export.export_id = %(export_id)s and {_IS_DUE} and not exists (
        select from ops.exports as earlier
        where earlier.exporter = export.exporter and earlier.record_uuid = export.record_uuid
            and earlier.version < export.version and earlier.status in ('waiting', 'held')
    )
    for update skip locked
""".encode()  # noqa: S608


@dataclass(frozen=True)
class Due:
    """Which exports are to be tried: those whose time has come, or at `any_time`; only the `chosen` ones if given."""

    any_time: bool = False
    chosen: Collection[int] | None = None

    @property
    def parameters(self) -> dict[str, object]:
        return {
            "any_time": self.any_time or self.chosen is not None,
            "longest": LONGEST_LOOK,
            "chosen": None if self.chosen is None else list(self.chosen),
        }

    def next_ids(
        self, connection: Connection, exporters: Sequence[ExporterSettings], tried: Collection[int]
    ) -> list[int]:
        """The oldest exports that are due and were not tried, some hundred of them; those that wait for others last.

        Those that the server has refused come after the others, so that they are in nobody's way.
        """
        rows = connection.execute(
            f"""
            with due as materialized (
                select export_id, exporter, refused from ops.exports as export
                where exporter = any(%(exporters)s) and {_IS_DUE} and export_id <> all(%(tried)s)
            )
            select export_id from due order by exporter = any(%(later)s), refused, export_id limit {_AT_ONCE}
            """,  # noqa: S608
            {
                **self.parameters,
                "exporters": [each.name for each in exporters],
                "later": [each.name for each in exporters if each.after is not None],
                "tried": list(tried),
            },
        )
        return [export_id for (export_id,) in rows]

    def lock(self, connection: Connection, export_id: int) -> Export | None:
        """An export, locked until the transaction ends.

        None if it is not due any more, another process is at it, or an earlier version of the record is to go first.
        """
        with connection.cursor(row_factory=kwargs_row(as_export)) as cursor:
            return cursor.execute(_LOCK, {**self.parameters, "export_id": export_id}).fetchone()

    def put_off(
        self,
        connection: Connection,
        exporters: Iterable[ExporterSettings],
        code: Code,
        error: str,
        tried: int,
        *,
        only_it: bool = False,
        connected: bool = True,
    ) -> int:
        """Put off whatever waits and is due, so that what the server fails at is not tried with each record.

        All of it until the same time, twice as long each time, or at once the longest if somebody has to mend
        something. `tried`: the one that failed; `only_it` is put off if it may be to blame itself. Given up is what
        was tried for too long: only this one, unless no server was there to be `connected` to. Returns how many are.
        """
        ages = {each.name: as_timedelta(each.give_up_after) for each in exporters}
        query = f"""
            with due as materialized (
                select export_id, case status when 'held' then 0 else attempts end as failures, was_tried,
                    was_tried and coalesce(failing_since < clock_timestamp() - give_up_after, false) as is_old,
                    export_id = %(tried)s or refused = 0 as counts
                from ops.exports as export
                inner join unnest(%(exporters)s::text[], %(ages)s::interval[]) as ages (exporter, give_up_after)
                    using (exporter)
                cross join lateral (select export_id = %(tried)s or not %(connected)s as was_tried) as tried
                where {_IS_DUE} and (export_id = %(tried)s or status = 'waiting' and not %(only_it)s)
                for update of export skip locked
            )
            update ops.exports as export
            set status = case when is_old then 'given_up' else 'waiting' end,
                failing_since = case
                    when is_old then null
                    when was_tried then coalesce(failing_since, clock_timestamp())
                    else failing_since
                end,
                attempts = failures + was_tried::integer,
                refused = refused + (%(connected)s and was_tried)::integer, code = %(code)s, error = %(error)s,
                next_attempt_at = statement_timestamp() + case when %(passes)s
                    then least(%(longest_pause)s, %(first_pause)s * 2 ^ (
                        select least(max(failures), 20) from due where counts
                    ))
                    else %(longest_pause)s end
            from due where due.export_id = export.export_id returning is_old
        """  # noqa: S608
        rows = connection.execute(
            query.encode(),
            {
                **self.parameters,
                "exporters": list(ages),
                "ages": list(ages.values()),
                "tried": tried,
                "only_it": only_it,
                "connected": connected,
                "code": code,
                "error": error,
                "passes": code in _PASSES,
                "first_pause": FIRST_PAUSE,
                "longest_pause": LONGEST_PAUSE,
            },
        )
        return sum(is_old for (is_old,) in rows)


def put_off_until_later(connection: Connection, exporters: Iterable[str], code: Code) -> set[str]:
    """The exporters that were put off for this reason and whose time has not come.

    Those of their exports that the server has refused were put off alone, perhaps.
    """
    rows = connection.execute(
        """
        select distinct exporter from ops.exports
        where exporter = any(%s) and status = 'waiting' and code = %s and refused = 0
            and next_attempt_at > clock_timestamp() and next_attempt_at <= clock_timestamp() + %s
        """,
        [list(exporters), code, LONGEST_PAUSE],
    )
    return {exporter for (exporter,) in rows}


def take_up(connection: Connection, exporters: Iterable[str]) -> None:
    """Have what was given up wait again."""
    connection.execute(
        """
        update ops.exports set status = 'waiting', attempts = 0, next_attempt_at = clock_timestamp()
        where export_id in (
            select export_id from ops.exports where exporter = any(%s) and status = 'given_up' for update skip locked
        )
        """,
        [list(exporters)],
    )


def was_delivered_so(connection: Connection, export: Export, files: Sequence[WrittenFile]) -> bool:
    """Whether the last delivered version of the record had the same content."""
    row = connection.execute(
        """
        select files from ops.exports
        where exporter = %s and record_uuid = %s and version < %s and status in ('delivered', 'collected')
        order by version desc limit 1
        """,
        [export.exporter, export.record_uuid, export.version],
    ).fetchone()
    return row is not None and [file["sha256"] for file in row[0]] == [file.sha256 for file in files]


def delivered(connection: Connection, export: Export, receipt: Receipt) -> timedelta:
    """Record a delivery, and where it went; returns how long it took since the record was noted."""
    code, error = receipt.warning or (None, None)
    row = connection.execute(
        """
        update ops.exports
        set status = 'delivered', code = %s, error = %s, failing_since = null, attempts = attempts + 1,
            delivered_at = clock_timestamp(), server = %s, path = %s, external_id = %s, files = %s
        where export_id = %s returning delivered_at - noted_at
        """,
        [
            *(code, error, receipt.server, receipt.path, receipt.external_id),
            *(Jsonb([file.described() for file in receipt.files]), export.export_id),
        ],
    ).fetchone()
    assert row is not None
    taken: timedelta = row[0]
    return taken


def held(connection: Connection, export: Export, why: HeldRecord) -> None:
    """Hold an export; it is looked at again after a pause, and when the record changes."""
    connection.execute(
        """
        update ops.exports as export
        set status = 'held', code = %(code)s, error = %(error)s, failing_since = null, attempts = looks,
            external_id = coalesce(%(external_id)s, external_id),
            next_attempt_at = clock_timestamp() + least(%(longest)s, %(first)s * 2 ^ least(looks - 1, 20))
        from (
            select case status when 'held' then attempts + 1 else 1 end as looks
            from ops.exports where export_id = %(export_id)s
        ) as counted
        where export_id = %(export_id)s
        """,
        {
            **{"code": why.code, "error": str(why), "external_id": why.external_id},
            **{"first": FIRST_LOOK, "longest": LONGEST_LOOK, "export_id": export.export_id},
        },
    )


def cancelled(connection: Connection, export: Export, why: UnwantedRecord) -> None:
    """Record that an export need not be delivered."""
    connection.execute(
        "update ops.exports set status = 'cancelled', code = %s, error = %s, failing_since = null,"
        " external_id = coalesce(%s, external_id) where export_id = %s",
        [why.code, str(why), why.external_id, export.export_id],
    )


def release(connection: Connection, exporters: Iterable[str]) -> None:
    """Make due what these exporters hold until a customer is delivered, as one was."""
    connection.execute(
        """
        update ops.exports set next_attempt_at = clock_timestamp()
        where export_id in (
            select export_id from ops.exports
            where exporter = any(%s) and status = 'held' and code = %s and next_attempt_at > clock_timestamp()
            for update skip locked
        )
        """,
        [list(exporters), Code.CUSTOMER_NOT_DELIVERED],
    )
