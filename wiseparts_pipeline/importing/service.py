"""Imports for several importers in turn, over one connection a source."""

from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path

from wiseparts_pipeline import notify
from wiseparts_pipeline.cli.output import complain
from wiseparts_pipeline.cli.progress import import_progress, wait
from wiseparts_pipeline.config.importer import ImporterSettings
from wiseparts_pipeline.config.loader import Configuration
from wiseparts_pipeline.config.source import SourceSettings
from wiseparts_pipeline.entities import ENTITIES
from wiseparts_pipeline.importing.discovery.listing import discover
from wiseparts_pipeline.importing.engine import FileResult, ImportOptions, ImportResult, run_import
from wiseparts_pipeline.importing.importer import Importer, with_competitors
from wiseparts_pipeline.importing.ledger import Status
from wiseparts_pipeline.transport import TransientError, Transport, TransportError, connect
from wiseparts_pipeline.warehouse import Warehouse

EXIT_REJECTED = 3
EXIT_REFUSED = 4


@dataclass
class Imported:
    """What was imported, what was left because it is still being written, and what went wrong."""

    files: list[FileResult] = field(default_factory=list)
    unsettled: list[str] = field(default_factory=list)
    waiting: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def add(self, result: ImportResult) -> None:
        self.files += result.files
        self.unsettled += result.unsettled
        self.waiting += result.waiting
        self.problems += result.problems

    @property
    def exit_status(self) -> int:
        statuses = {file.status for file in self.files}
        if self.problems or Status.FAILED in statuses:
            return 1
        if Status.REFUSED in statuses:
            return EXIT_REFUSED
        return EXIT_REJECTED if Status.IMPORTED_WITH_ERRORS in statuses else 0


def in_dependency_order(configuration: Configuration, names: Iterable[str]) -> list[ImporterSettings]:
    """The importers of these names, referenced entities first. Raises ConfigurationError for an unknown name."""
    order = list(ENTITIES)
    importers = {name: configuration.importer(name) for name in names}
    return sorted(importers.values(), key=lambda importer: order.index(importer.entity))


def import_pending(
    configuration: Configuration,
    importers: Sequence[ImporterSettings],
    warehouse: Warehouse,
    options: ImportOptions,
    *,
    quiet: bool = False,
) -> Imported:
    """Imports the importers' pending files in the given order; waits once for files that have just arrived.

    A source that cannot be reached is a problem of its importers and of no others.
    """
    imported = Imported()
    everyone = with_competitors(configuration.importers.values(), configuration.sources)
    with ExitStack() as stack:
        transports: dict[str, Transport] = {}
        for name in {importer.source: None for importer in importers}:
            try:
                transports[name] = stack.enter_context(connect(configuration.sources[name]))
            except TransportError as error:
                imported.problems.append(str(error))
        if not options.dry_run:
            _let_settle(configuration, importers, transports, warehouse, quiet)
        progress = stack.enter_context(import_progress(quiet=quiet))
        for importer in importers:
            transport = transports.get(importer.source)
            if transport is None:
                continue
            try:
                result = run_import(everyone[importer.name], transport, warehouse, options, progress)
                imported.add(_reported(importer, result, warehouse, options))
            except TransportError as error:
                imported.problems.append(f"{importer.name}: {error}")
                if isinstance(error, TransientError):
                    # Each of the source's other importers would wait for the server as long.
                    del transports[importer.source]
    return imported


def _reported(
    importer: ImporterSettings, result: ImportResult, warehouse: Warehouse, options: ImportOptions
) -> ImportResult:
    """The result, of which the importer's people were told by e-mail; mail that fails changes nothing about it."""
    for notice in [] if options.dry_run else notify.report(importer, result, warehouse):
        complain(notice)
    return result


def _let_settle(
    configuration: Configuration,
    importers: Sequence[ImporterSettings],
    transports: dict[str, Transport],
    warehouse: Warehouse,
    quiet: bool,
) -> None:
    """Notes what has arrived and waits as long as it takes to settle. Faults come up again when it is imported."""
    files, seconds = 0, 0
    everyone = with_competitors(configuration.importers.values(), configuration.sources)
    with warehouse.connect(autocommit=True) as connection:
        for name, transport in transports.items():
            source = configuration.sources[name]
            here = [everyone[importer.name] for importer in importers if importer.source == name]
            try:
                discovery = discover(transport, source, here, connection)
            except TransportError:
                continue
            if unsettled := sum(map(len, discovery.unsettled.values())):
                files, seconds = files + unsettled, max(seconds, source.settle_seconds)
    if files:
        arrived = "1 file has" if files == 1 else f"{files:,} files have"
        wait(seconds, f"{arrived} just arrived: waiting {seconds} s to see whether the sender is done", quiet=quiet)


def import_files(
    source: SourceSettings,
    importer: ImporterSettings,
    warehouse: Warehouse,
    files: Sequence[str],
    options: ImportOptions,
    *,
    quiet: bool = False,
) -> Imported:
    """Imports files of this machine, by path, and after them files of the source, by name."""
    imported = Imported()
    local = [Path(file) for file in files if Path(file).is_file()]
    names = [file for file in files if not Path(file).is_file()]
    with import_progress(quiet=quiet) as progress:
        if local:
            # What lies on this machine needs no server.
            here = source.model_copy(update={"protocol": "local", "root": "/"})
            with connect(here) as transport:
                asked = replace(options, local=local)
                result = run_import(Importer(importer, here, ()), transport, warehouse, asked, progress)
                imported.add(_reported(importer, result, warehouse, options))
        if names:
            try:
                with connect(source) as transport:
                    asked = replace(options, names=names)
                    result = run_import(Importer(importer, source, ()), transport, warehouse, asked, progress)
                    imported.add(_reported(importer, result, warehouse, options))
            except TransportError as error:
                imported.problems.append(str(error))
    return imported
