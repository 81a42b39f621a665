"""How an installation is doing as a whole: what grows, waits, fails or stands still without anyone being told."""

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Any, LiteralString

from wiseparts_pipeline.config.exports.exporter import ExporterSettings
from wiseparts_pipeline.config.loader import Configuration
from wiseparts_pipeline.config.operations.ages import as_timedelta, in_words
from wiseparts_pipeline.config.operations.alerts import AlertSettings
from wiseparts_pipeline.diagnostics.findings import Finding, HealthKind, Kind, Level
from wiseparts_pipeline.diagnostics.freshness import Freshness, feeds
from wiseparts_pipeline.exporting import log
from wiseparts_pipeline.exporting.export import Export
from wiseparts_pipeline.notify.wording import counted
from wiseparts_pipeline.warehouse import Connection, Warehouse
from wiseparts_pipeline.warehouse.connection import current_time
from wiseparts_pipeline.warehouse.locks import held_for_long

# Free space of the state folder's disk below which imports soon fail.
FULL_BYTES = 1e9
# Of a table's rows, those that are dead, from so many on.
BLOAT, BLOATED_ROWS = 0.3, 100_000
LONG_TRANSACTION = timedelta(hours=1)
# As long as others wait for a lock.
LONG_LOCK = timedelta(hours=1)
OLD_MAIL = timedelta(hours=1)
CLOCKS_APART = timedelta(minutes=1)
# Exports are delivered in seconds, and tried again every few minutes.
LATE_EXPORT = timedelta(minutes=15)
_NAMES_SHOWN = 5


def check_health(
    configuration: Configuration,
    warehouse: Warehouse,
    home: Path,
    *,
    now: datetime | None = None,
    examples: bool = True,
) -> list[Finding]:
    """What someone should look into, and as notes the versions and the size of the database.

    `now`: the time, if it is not that of the database. `examples`: with values of rows.
    """
    settings = configuration.alerts
    with warehouse.connect() as connection:
        now = now or current_time(connection)
        return [
            *_disk(home, settings),
            *_versions_and_size(connection),
            *_clock(connection),
            *_stopped_feeds(configuration, connection, now),
            *_deferred(connection, now, settings, examples=examples),
            # What fails is late as well.
            *(list(_failing_builds(connection, settings)) or _marts(connection, now, settings)),
            *_mails(connection, now),
            *_locks(connection),
            *_transactions(connection),
            *_bloat(connection),
        ]


def check_exports(
    configuration: Configuration, warehouse: Warehouse, *, now: datetime | None = None, examples: bool = True
) -> list[Finding]:
    """The exporters some of whose records are held, given up, late or not collected in time.

    `now`: the time, if it is not that of the database. `examples`: with keys of records and why they are held.
    """
    with warehouse.connect() as connection:
        now = now or current_time(connection)
        return [
            *_without_exporter(connection, configuration),
            *(
                finding
                for exporter in configuration.exporters.values()
                for finding in _unsettled(connection, exporter, now, examples=examples)
            ),
        ]


def _without_exporter(connection: Connection, configuration: Configuration) -> Iterator[Finding]:
    for name, count in log.without_exporter(connection, configuration.exporters).items():
        records = f"{counted(count, 'record has', 'records have')} not been delivered"
        message = f"{records}, and no exporter has this name: give it to one, or `wiseparts export {name} --cancel`"
        yield Finding(Level.LEFT, Kind.WITHOUT_EXPORTER, f"exporter {name}", message)


def _unsettled(
    connection: Connection, exporter: ExporterSettings, now: datetime, *, examples: bool
) -> Iterator[Finding]:
    found = log.attention(connection, exporter, now, examples=1)
    place = f"exporter {exporter.name}"

    def such(what: str) -> str:
        return f", such as {_named(found.examples[what][0])}" if examples else ""

    if found.held:
        message = f"{counted(found.held, 'record is', 'records are')} held until corrected{such('held')}"
        yield Finding(Level.LEFT, Kind.HELD_EXPORTS, place, message)
    if found.given_up:
        records = counted(found.given_up, "record", "records")
        message = (
            f"the delivery of {records} was given up{such('given_up')}: when the cause is mended,"
            f" `wiseparts export {exporter.name}`, or one of them with `--record KEY`"
        )
        yield Finding(Level.LEFT, Kind.GIVEN_UP_EXPORTS, place, message)
    if found.overdue:
        records = counted(found.overdue, "record was", "records were")
        message = (
            f"{records} not collected within {in_words(exporter.collect_within)}{such('overdue')}: is the program"
            f" running that takes them from {exporter.destination}?"
        )
        yield Finding(Level.WARNING, Kind.NOT_COLLECTED, place, message)
    late = log.oldest_waiting(connection, exporter)
    if late is not None and late.noted_at < now - LATE_EXPORT:
        message = (
            f"records have waited since {late.noted_at:%Y-%m-%d %H:%M} UTC to be delivered to {exporter.to}:"
            f" {late.error or 'is Dagster running? `wiseparts export` delivers them'}"
        )
        yield Finding(Level.LEFT, Kind.LATE_EXPORTS, place, message)


def _named(export: Export) -> str:
    key = export.record_key or str(export.record_uuid)
    return f"{key} ({export.error})" if export.error else key


def _disk(home: Path, settings: AlertSettings) -> Iterator[Finding]:
    free = shutil.disk_usage(home).free
    if free < max(settings.disk_gb * 1e9, FULL_BYTES):
        level = Level.FAULT if free < FULL_BYTES else Level.WARNING
        yield Finding(level, HealthKind.DISK, str(home), f"its disk has {free / 1e9:,.1f} GB left: free some space")


def _versions_and_size(connection: Connection) -> Iterator[Finding]:
    server, size = _row(
        connection,
        "select current_setting('server_version'), pg_size_pretty(pg_database_size(current_database()))",
    )
    yield Finding(Level.NOTE, HealthKind.VERSIONS, "wiseparts", f"version {version('wiseparts-pipeline')}")
    yield Finding(Level.NOTE, HealthKind.VERSIONS, "database", f"PostgreSQL {server}, {size}")


def _clock(connection: Connection) -> Iterator[Finding]:
    now = current_time(connection)
    apart = abs(datetime.now(UTC) - now)
    if apart > CLOCKS_APART:
        message = f"its clock and that of this machine are {_long(apart)} apart: set them by the network (NTP)"
        yield Finding(Level.WARNING, HealthKind.CLOCK, "database", message)
    (latest,) = _row(connection, "select max(changed_at) from ops.entity_changes")
    if latest is not None and latest > now + CLOCKS_APART:
        message = (
            f"rows were changed at {latest:%Y-%m-%d %H:%M} UTC, which is yet to come: the clock was set back. Nothing"
            " is lost; times of changes are too late until then"
        )
        yield Finding(Level.WARNING, HealthKind.CLOCK, "database", message)


def _stopped_feeds(configuration: Configuration, connection: Connection, now: datetime) -> Iterator[Finding]:
    for feed in feeds(configuration, connection):
        # One that is kept back is found by check_feeds.
        if feed.freshness(now) is Freshness.STALE and not feed.kept_back:
            last = feed.last_imported_at
            since = f"imported no file since {last:%Y-%m-%d %H:%M} UTC" if last else "never imported a file"
            message = f"has {since}: ask its sender, or set `stale_after`"
            yield Finding(Level.WARNING, HealthKind.STOPPED_FEED, f"importer {feed.importer}", message)


def _deferred(connection: Connection, now: datetime, settings: AlertSettings, *, examples: bool) -> Iterator[Finding]:
    age = as_timedelta(settings.deferred_after)
    if age is None:
        return
    found = connection.execute(
        """
        select file.importer, count(*), min(came.created_at), min(entry.column_name || ' ' || entry.value)
        from ops.waiting_rows as waiting
        inner join ops.import_files as file using (file_id)
        inner join ops.deferred_rows as came using (file_id, row_number)
        inner join ops.deferred_entries as entry using (file_id, row_number)
        where came.created_at < %s
        group by file.importer order by file.importer
        """,
        [now - age],
    )
    for importer, count, oldest, example in found:
        such = f", such as {example}" if examples else ""
        message = (
            f"{count:,} of its rows have waited since {oldest:%Y-%m-%d} or later for records that have not come{such}:"
            " have them sent, or the rows corrected"
        )
        yield Finding(Level.WARNING, HealthKind.OLD_DEFERRED, f"importer {importer}", message)


def _failing_builds(connection: Connection, settings: AlertSettings) -> Iterator[Finding]:
    """The models and tests that fail, as one finding: there is one cause as a rule."""
    failing = connection.execute(
        "select node, builds, since from ops.build_failures where builds >= %s order by since, node",
        [settings.failed_builds],
    ).fetchall()
    if failing:
        names = ", ".join(name for name, _, _ in failing[:_NAMES_SHOWN])
        more = f" and {len(failing) - _NAMES_SHOWN:,} more" if failing[_NAMES_SHOWN:] else ""
        _, builds, since = failing[0]
        message = (
            f"the last {builds} builds have failed since {since:%Y-%m-%d %H:%M} UTC, in {names}{more}: `wiseparts"
            " build`, or the last run in Dagster, says why"
        )
        yield Finding(Level.WARNING, HealthKind.FAILING_BUILDS, "marts", message)


def _marts(connection: Connection, now: datetime, settings: AlertSettings) -> Iterator[Finding]:
    """Changes that models have not seen for long: builds fail, or Dagster is not running."""
    age = as_timedelta(settings.marts_after)
    if age is None:
        return
    found = connection.execute(
        """
        select change.entity, min(change.changed_at), count(distinct model)
        from ops.model_builds
        cross join lateral jsonb_each_text(seen) as made_of (entity, version)
        inner join ops.entity_changes as change
            on change.entity = made_of.entity and change.version > made_of.version::bigint
        where change.changed_at < %s
        group by change.entity order by change.entity
        """,
        [now - age],
    )
    for entity, since, models in found:
        message = (
            f"{models} models lack what was imported since {since:%Y-%m-%d %H:%M} UTC: run `wiseparts build`, and see"
            " whether it fails or Dagster is not running"
        )
        yield Finding(Level.WARNING, HealthKind.LATE_MARTS, entity, message)


def _mails(connection: Connection, now: datetime) -> Iterator[Finding]:
    waiting, error = _row(
        connection,
        "select count(*), max(last_error) from ops.outbox where status = 'waiting' and created_at < %s",
        now - OLD_MAIL,
    )
    if waiting:
        yield Finding(Level.WARNING, HealthKind.MAIL, "outbox", f"{waiting} e-mails are queued for long: {error}")
    (abandoned,) = _row(connection, "select count(*) from ops.outbox where status = 'given_up'")
    if abandoned:
        message = f"{abandoned} e-mails were never sent: see those of ops.outbox with the status given_up"
        yield Finding(Level.WARNING, HealthKind.MAIL, "outbox", message)


def _locks(connection: Connection) -> Iterator[Finding]:
    for name, holder in held_for_long(connection, LONG_LOCK):
        message = f"is held by {holder}, and whoever else needs it waits or fails: wait for that, or end it if it hangs"
        yield Finding(Level.WARNING, HealthKind.LONG_LOCK, f"lock {name}", message)


def _transactions(connection: Connection) -> Iterator[Finding]:
    found = connection.execute(
        """
        select pid, coalesce(nullif(application_name, ''), 'without a name'), usename, xact_start, state
        from pg_stat_activity
        where datname = current_database() and pid <> pg_backend_pid() and xact_start < clock_timestamp() - %s
        order by xact_start
        """,
        [LONG_TRANSACTION],
    )
    for pid, application, user, since, state in found:
        message = (
            f"{application} of {user} has had a transaction open since {since:%Y-%m-%d %H:%M} UTC ({state}), which may"
            f" hold up others: end it, or `select pg_terminate_backend({pid})`"
        )
        yield Finding(Level.WARNING, HealthKind.LONG_TRANSACTION, f"session {pid}", message)


def _bloat(connection: Connection) -> Iterator[Finding]:
    found = connection.execute(
        """
        select schemaname || '.' || relname, n_dead_tup, n_live_tup from pg_stat_user_tables
        where n_dead_tup > %s and n_dead_tup > %s * (n_live_tup + n_dead_tup) order by n_dead_tup desc
        """,
        [BLOATED_ROWS, BLOAT],
    )
    for table, dead, live in found:
        message = f"{dead:,} dead rows beside {live:,} live ones: is autovacuum on? `vacuum analyze {table}`"
        yield Finding(Level.WARNING, HealthKind.BLOAT, table, message)


def _row(connection: Connection, query: LiteralString, *parameters: object) -> tuple[Any, ...]:
    row = connection.execute(query, parameters or None).fetchone()
    assert row is not None
    return tuple(row)


def _long(age: timedelta) -> str:
    return f"{age / timedelta(minutes=1):,.0f} minutes"
