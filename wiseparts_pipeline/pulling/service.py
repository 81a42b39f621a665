"""Runs pulls in turn, over one login for each connection, and says which files are to be imported."""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import groupby
from pathlib import Path

from wiseparts_pipeline.config.loader import Configuration
from wiseparts_pipeline.connections import connect
from wiseparts_pipeline.connections.base import Connected, WithKeys
from wiseparts_pipeline.connections.errors import ConnectionFailure, LoginRefused
from wiseparts_pipeline.connections.logins import logged_in
from wiseparts_pipeline.entities import IMPORT_ORDER
from wiseparts_pipeline.errors import WisepartsError
from wiseparts_pipeline.pulling import log
from wiseparts_pipeline.pulling.log import Kind, PullRow, Taken
from wiseparts_pipeline.pulling.pull import Pull, PullOptions, PullProgress, Written, pull_records
from wiseparts_pipeline.pulling.writing import NotWritten
from wiseparts_pipeline.warehouse import Connection, Warehouse
from wiseparts_pipeline.warehouse.connection import current_time
from wiseparts_pipeline.warehouse.locks import one_of, only_one


@dataclass
class Pulled:
    """What pulls have written, and why some could not be done."""

    written: list[Written] = field(default_factory=list)
    problems: list[WisepartsError] = field(default_factory=list)

    @property
    def files(self) -> dict[str, list[Path]]:
        """By importer, the files that it is to take."""
        files: dict[str, list[Path]] = {}
        for each in self.written:
            if each.path is not None:
                files.setdefault(each.importer, []).append(each.path)
        return files


def chosen_pulls(configuration: Configuration, names: Sequence[str]) -> list[Pull]:
    """The pulls of these names, referenced entities first. Raises ConfigurationError for an unknown name."""
    pulls = [configuration.pull(name) for name in dict.fromkeys(names)]
    return [
        Pull(each, configuration.connections[each.connection], configuration.importers[each.name])
        for each in sorted(pulls, key=lambda each: IMPORT_ORDER[each.entity])
    ]


def with_keys(configuration: Configuration, name: str, keys: Sequence[str]) -> tuple[list[Pull], WithKeys]:
    """The pull of this name and those of what belongs to its records, and what they are to ask for.

    Raises ConfigurationError if there is no such pull, or if its records cannot be asked for by their keys.
    """
    (pull,) = chosen_pulls(configuration, [name])
    same = [each.name for each in configuration.pulls.values() if each.connection == pull.connection.name]
    owned = [each for each in chosen_pulls(configuration, same) if pull.settings.entity in each.readable.owners]
    asked = WithKeys(tuple(dict.fromkeys(keys)), pull.settings.entity)
    return chosen_pulls(configuration, [name, *(each.name for each in owned)]), asked


def run_pulls(pulls: Sequence[Pull], warehouse: Warehouse, options: PullOptions, progress: PullProgress) -> Pulled:
    """Runs the pulls in the given order. One that fails is a problem of the result, and the others go on."""
    result = Pulled()
    if not pulls:
        return result
    for each in pulls:
        # An entity that its system does not have is no fault of the system.
        _ = each.readable
    with warehouse.connect(autocommit=True) as connection:
        for _, group in groupby(sorted(pulls, key=lambda pull: pull.connection.name), lambda pull: pull.connection):
            _run_over_one(list(group), connection, warehouse, options, progress, result)
    return result


def _run_over_one(
    pulls: Sequence[Pull],
    connection: Connection,
    warehouse: Warehouse,
    options: PullOptions,
    progress: PullProgress,
    result: Pulled,
) -> None:
    """The pulls of one connection, of which no more than its `concurrency` use it at a time."""
    settings = pulls[0].connection
    slots = [f"wiseparts.connection.{settings.name}.{number}" for number in range(settings.concurrency)]
    with one_of(connection, slots, lambda holder: progress.pull_blocked(pulls[0].name, holder)):
        left = list(pulls)
        try:
            with logged_in(settings, connection, connect) as system:
                while left:
                    _run_one(left.pop(0), connection, system, options, progress, result)
        except ConnectionFailure as error:
            result.problems.append(error)
            if options.into is None:
                _note_no_login(connection, left, options, error)


def _run_one(
    pull: Pull,
    connection: Connection,
    system: Connected,
    options: PullOptions,
    progress: PullProgress,
    result: Pulled,
) -> None:
    """Raises LoginRefused, which no other pull of the connection has to meet again."""
    with only_one(connection, f"wiseparts.pull.{pull.name}", lambda holder: progress.pull_blocked(pull.name, holder)):
        try:
            result.written.append(pull_records(connection, pull, system, options, progress))
        except LoginRefused:
            raise
        except (ConnectionFailure, NotWritten) as error:
            result.problems.append(error)


def _note_no_login(
    connection: Connection, pulls: Sequence[Pull], options: PullOptions, error: ConnectionFailure
) -> None:
    kind = Kind.KEYS if options.asked else Kind.FULL if options.full else Kind.CHANGES
    for pull in pulls:
        pull_id = log.begin(connection, pull.settings, kind, None, current_time(connection), options.run_id)
        log.note_failed(connection, pull_id, Taken(), str(error))


def settled(warehouse: Warehouse, pulled: Pulled) -> list[PullRow]:
    """The rows of the log once the files are imported."""
    if not pulled.written:
        return []
    with warehouse.connect(autocommit=True) as connection:
        rows = log.get_all(connection, [each.pull_id for each in pulled.written])
        log.settle(connection, [row.pull for row in rows.values()])
        return list(log.get_all(connection, list(rows)).values())


@contextmanager
def dry_run(options: PullOptions) -> Iterator[PullOptions]:
    """The same options for a dry run, with a folder that lasts for the block."""
    with tempfile.TemporaryDirectory() as folder:
        yield replace(options, into=Path(folder))
