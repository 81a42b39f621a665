"""Looks at connected systems as a pull would, and finds what keeps their records from being pulled."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack

from wiseparts_pipeline.config.connections.connection import ConnectionSettings
from wiseparts_pipeline.config.connections.itscope import MOST_IDS, many_ids
from wiseparts_pipeline.config.connections.live import LiveSettings
from wiseparts_pipeline.config.connections.pull import PullSettings
from wiseparts_pipeline.config.exports.exporter import IN_FILES
from wiseparts_pipeline.config.exports.purchasing import TEST_SUPPLIER
from wiseparts_pipeline.config.loader import Configuration
from wiseparts_pipeline.connections import connect
from wiseparts_pipeline.connections.base import Connected, Everything
from wiseparts_pipeline.connections.deadline import within_pull_timeout
from wiseparts_pipeline.connections.errors import ConnectionFailure
from wiseparts_pipeline.connections.logins import logged_in
from wiseparts_pipeline.diagnostics.findings import Finding, Kind, Level, SourceCheck
from wiseparts_pipeline.errors import ConfigurationError
from wiseparts_pipeline.exporting.targets.systems import System
from wiseparts_pipeline.live.systems import SYSTEMS
from wiseparts_pipeline.pulling import log
from wiseparts_pipeline.pulling.choosing import check_keys, matched_keys
from wiseparts_pipeline.pulling.log import PullRow
from wiseparts_pipeline.pulling.pull import Pull
from wiseparts_pipeline.pulling.service import chosen_pulls
from wiseparts_pipeline.warehouse import Connection, Warehouse

_SHOWN_SUPPLIERS = 20


def check_connection(
    connection: ConnectionSettings, configuration: Configuration, warehouse: Warehouse | None
) -> SourceCheck:
    """Logs in, also with a password that was refused before, and reads a record of each pull. Changes nothing.

    Of exporters to it, sees whether the user may create what they export.
    """
    result = SourceCheck(connection.name, connection.url)
    names = [each.name for each in configuration.pulls.values() if each.connection == connection.name]
    pulls = chosen_pulls(configuration, names)
    try:
        with ExitStack() as stack:
            database = stack.enter_context(warehouse.connect(autocommit=True)) if warehouse else None
            system = stack.enter_context(logged_in(connection, database, connect, insist=True))
            result.is_reached = True
            stack.enter_context(within_pull_timeout(connection))
            result.findings += [finding for pull in pulls for finding in _check_pull(pull, system)]
            result.findings += _check_creating(connection, configuration, warehouse)
            result.findings += [
                Finding(Level.NOTE, Kind.SYSTEM, f"connection {connection.name}", note)
                for note in system.notes([pull.settings for pull in pulls])
            ]
            if connection.system == "itscope" and database is not None:
                result.findings += _check_matched([pull.settings for pull in pulls], database)
                result.findings += _check_prices(connection, database)
            if live := configuration.live.get(connection.name):
                result.findings += _check_lookups(live, connection, database)
    except ConnectionFailure as error:
        result.findings.append(Finding(Level.FAULT, Kind.UNREACHABLE, f"connection {connection.name}", str(error)))
    return result


def _check_matched(pulls: Sequence[PullSettings], database: Connection) -> Iterator[Finding]:
    """The pulls of more products that are matched to ours than are asked for by their ids."""
    matched = len(matched_keys(database)) if any(pull.takes_matched for pull in pulls) else 0
    for pull in pulls if matched > MOST_IDS else ():
        if pull.takes_matched:
            yield Finding(Level.NOTE, Kind.SYSTEM, f"pull {pull.name}", many_ids(matched))


def _check_prices(connection: ConnectionSettings, database: Connection) -> Iterator[Finding]:
    """The suppliers of whose offers none has a price, or has one whose currency is not told."""
    place = f"connection {connection.name}"
    suppliers = database.execute(
        """
        select supplier_id, coalesce(max(supplier_name), 'without a name'), count(*), count(price),
            count(*) filter (where price is not null and currency is null)
        from raw.supplier_offers
        where _source = %s and _deleted_at is null
        group by supplier_id
        having count(price) = 0 or bool_or(price is not null and currency is null)
        order by supplier_id
        """,
        [connection.name],
    ).fetchall()
    for supplier, name, offers, prices, without_currency in suppliers[:_SHOWN_SUPPLIERS]:
        told = (
            f"{without_currency:,} of its {prices:,} prices come without a currency; they are in no comparison"
            if prices
            else f"none of its {offers:,} offers has a price; without the supplier's price-list service ITscope has"
            " prices in real time only, and not in pulls"
        )
        yield Finding(Level.NOTE, Kind.SYSTEM, place, f"supplier {supplier} ({name}): {told}")
    if more := suppliers[_SHOWN_SUPPLIERS:]:
        yield Finding(
            Level.NOTE, Kind.SYSTEM, place, f"{len(more):,} more suppliers without any price, or without a currency"
        )


def _check_lookups(
    live: LiveSettings, connection: ConnectionSettings, database: Connection | None
) -> Iterator[Finding]:
    """What of the kinds that are answered over the connection is not, for want of a right or a part of the system."""
    with logged_in(connection, database, SYSTEMS[connection.system], insist=True) as system:
        for note in system.notes(live.answered_by(connection.system)):
            yield Finding(Level.NOTE, Kind.SYSTEM, f"connection {connection.name}", f"look-ups of {note}")


def _check_pull(pull: Pull, system: Connected) -> Iterator[Finding]:
    place = f"pull {pull.name}"
    try:
        if pull.settings.reread:
            check_keys(pull.settings, pull.importer, pull.readable)
        next(system.records(pull.settings, Everything()), None)
    except (ConfigurationError, ConnectionFailure) as error:
        yield Finding(Level.FAULT, Kind.NOT_PULLED, place, str(error))
    if not pull.settings.crons:
        yield Finding(Level.NOTE, Kind.ON_DEMAND, place, "has no schedule: it is pulled on demand only")


def _check_creating(
    connection: ConnectionSettings, configuration: Configuration, warehouse: Warehouse | None
) -> Iterator[Finding]:
    """What keeps the records of exporters from being created; their session is another one."""
    exporters = configuration.exporters_to(connection.name)
    if exporters and warehouse is not None:
        system = System(connection, warehouse)
        try:
            for exporter in exporters:
                if exporter.entity not in IN_FILES and exporter.test:
                    told = f"sends orders to the test supplier {TEST_SUPPLIER} only, until `test: false`"
                    yield Finding(Level.NOTE, Kind.SYSTEM, f"exporter {exporter.name}", told)
                for problem in system.taking(exporter).problems():
                    yield Finding(Level.FAULT, Kind.NOT_WRITABLE, f"exporter {exporter.name}", problem)
        finally:
            system.disconnect()


def check_pulls(configuration: Configuration, warehouse: Warehouse) -> list[Finding]:
    """The pulls of which the last one has failed."""
    with warehouse.connect(autocommit=True) as connection:
        log.settle(connection, list(configuration.pulls))
        return [
            Finding(Level.LEFT, Kind.FAILED_PULL, f"pull {row.pull}", _failed(row))
            for row in log.failing(connection, list(configuration.pulls))
        ]


def _failed(row: PullRow) -> str:
    return f"failed at {row.started_at:%Y-%m-%d %H:%M} UTC: {row.error}"
