"""Forgets a person everywhere: rehearsed first, then files and logs, then the database in one transaction.

The values that lead to the person are only in the database: it comes last, so that what was cut short can be run again.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from psycopg import sql

from wiseparts_pipeline.config.loader import Configuration
from wiseparts_pipeline.entities import ENTITIES
from wiseparts_pipeline.errors import WisepartsError
from wiseparts_pipeline.forgetting import files, places, records, reports
from wiseparts_pipeline.forgetting.exports import empty_exports
from wiseparts_pipeline.forgetting.person import Person, find_person, identities, without_others
from wiseparts_pipeline.forgetting.reading import PersonsRows, key_columns
from wiseparts_pipeline.forgetting.texts import Texts
from wiseparts_pipeline.importing.ledger import table as ledger
from wiseparts_pipeline.transport import Transport, connect
from wiseparts_pipeline.warehouse import Connection, Warehouse
from wiseparts_pipeline.warehouse.locks import BUILD_LOCK, only_one

Report = Callable[[str], None]


@dataclass
class Forgotten:
    """What was done, or in a dry run would be. `rows`: changed rows by table; `logs`: changed files of this machine.

    `removed`, `kept`: files with the person's rows on servers. `remains`: rows by table and column that still have one
    of the values that lead to the person.
    """

    entity: str
    keys: tuple[str, ...]
    rows: Counter[str]
    removed: list[files.FoundFile] = field(default_factory=list)
    kept: list[files.FoundFile] = field(default_factory=list)
    logs: Counter[str] = field(default_factory=Counter)
    remains: Counter[str] = field(default_factory=Counter)
    texts: Texts = field(default_factory=lambda: Texts(()), repr=False)


@dataclass(frozen=True)
class _Emptied:
    """What was done in the database, and what leads to the person elsewhere."""

    rows: Counter[str]
    records: dict[str, set[str]]
    identities: Texts
    texts: Texts


def forget(
    warehouse: Warehouse,
    configuration: Configuration,
    home: Path,
    entity: str,
    key: str,
    report: Report,
    *,
    dry_run: bool = False,
) -> Forgotten:
    """Forgets the person of this key; no import and no build runs meanwhile. The marts are to be built afterwards.

    Raises WisepartsError for a key that nothing is known of, and TransportError for a source that cannot be reached;
    nothing has been changed then. May be run again, also after it was killed.
    """
    with _alone(warehouse, report) as connection, ExitStack() as stack:
        person = find_person(connection, ENTITIES[entity], key)
        columns = {name: key_columns(importer, person) for name, importer in configuration.importers.items()}
        report("Looking through the database")
        with connection.transaction(force_rollback=True):
            found = _empty(connection, person, columns)
        if not person.system_ids and not +found.rows:
            raise WisepartsError(
                f"There is no record with the key {key} in {entity}, and none of its rows was rejected or deferred:"
                f" nothing was changed. `wiseparts trace {entity} {key}` lists similar keys."
            )
        done = Forgotten(entity, person.keys, +found.rows, texts=found.identities)
        rows = PersonsRows(person, found.identities, found.records)
        transports: dict[str, Transport] = {}
        in_files: list[files.FoundFile] = []
        for source in configuration.sources.values():
            if importers := configuration.importers_of(source.name):
                report(f"Looking through the files of {source.name}")
                transports[source.name] = stack.enter_context(connect(source))
                in_files += files.search(transports[source.name], connection, source, importers, rows, report)
        done.removed = [file for file in in_files if not file.kept_because]
        done.kept = [file for file in in_files if file.kept_because]
        done.kept += files.elsewhere(connection, configuration, person, rows)
        done.kept += files.received_documents(home, found.texts)
        for file in () if dry_run else done.removed:
            report(f"Removing {file}")
            files.remove(transports[file.source], connection, file)
        done.logs = places.hide_in_logs(home, found.texts, dry_run=dry_run)
        if not dry_run:
            report("Emptying the person's records")
            with connection.transaction():
                done.rows = +_empty(connection, person, columns).rows
            _renew_statistics(connection, done.rows)
    return done


def still_there(warehouse: Warehouse, done: Forgotten) -> Counter[str]:
    """Where in the database, once the marts were built, there still is a value that leads to the person."""
    with warehouse.connect(autocommit=True) as connection:
        return places.remains(connection, Texts(without_others(connection, done.texts.all)))


def marts_are_old(warehouse: Warehouse) -> bool:
    """Whether there are marts that were built before records were emptied, or otherwise changed."""
    with warehouse.connect(autocommit=True) as connection:
        row = connection.execute(
            """
            select exists (
                select from ops.model_builds as built
                inner join (select entity, max(version) as version from ops.entity_changes group by entity) as last
                    on (built.seen ->> last.entity)::bigint < last.version
            )
            """
        ).fetchone()
    return bool(row and row[0])


@contextmanager
def _alone(warehouse: Warehouse, report: Report) -> Iterator[Connection]:
    """A connection while no import and no build is running."""
    names = [*(ledger.lock_name(entity) for entity in ENTITIES), BUILD_LOCK]
    with warehouse.connect(autocommit=True) as connection, ExitStack() as stack:
        for name in names:
            stack.enter_context(only_one(connection, name, lambda holder: report(f"Waiting for {holder}")))
        yield connection


def _empty(connection: Connection, person: Person, columns: reports.KeyColumns) -> _Emptied:
    """Empties everything in the database, in the caller's transaction."""
    found = Texts(identities(connection, person))
    records.attribute(connection, person, found.all)
    keys = records.note(connection, person)
    entries = reports.find_entries(connection, person, found, columns)
    texts = Texts([*found.all, *without_others(connection, reports.texts_of(entries), person)])
    counts = records.empty(connection, person)
    counts += reports.empty_reports(connection, entries, found, texts)
    counts["ops.exports"] = empty_exports(connection, person, texts)
    counts += places.hide_in_dagster(connection, texts)
    return _Emptied(counts, keys, found, texts)


def _renew_statistics(connection: Connection, tables: Iterable[str]) -> None:
    """The planner's statistics have the most frequent values of each column."""
    for table in tables:
        connection.execute(sql.SQL("analyze {}").format(sql.Identifier(*table.split("."))))
