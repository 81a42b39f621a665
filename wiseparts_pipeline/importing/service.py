"""Imports the files of several importers in turn, over one connection per source."""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace

from wiseparts_pipeline.config.loader import Configuration
from wiseparts_pipeline.entities import IMPORT_ORDER
from wiseparts_pipeline.errors import WisepartsError
from wiseparts_pipeline.importing.discovery.listing import discover
from wiseparts_pipeline.importing.discovery.problems import Problem, ProblemKind
from wiseparts_pipeline.importing.engine import run_import
from wiseparts_pipeline.importing.importer import Importer, with_competitors
from wiseparts_pipeline.importing.results import ImportOptions, ImportResult, Progress
from wiseparts_pipeline.program_faults import explain
from wiseparts_pipeline.transport import TransientError, Transport, TransportError, connect
from wiseparts_pipeline.warehouse import Warehouse

# Called with each importer's result once all of it is committed and archived: notifications are sent then.
Finished = Callable[[Importer, ImportResult], None]


def in_dependency_order(configuration: Configuration, names: Iterable[str]) -> list[Importer]:
    """The importers of these names, referenced entities first. Raises ConfigurationError for an unknown name."""
    chosen = {name: configuration.importer(name) for name in names}
    importers = with_competitors(
        configuration.importers.values(), configuration.sources, configuration.exporters.values()
    )
    ordered = sorted(chosen.values(), key=lambda settings: IMPORT_ORDER[settings.entity])
    return [importers[settings.name] for settings in ordered]


def import_files(
    importers: Sequence[Importer],
    warehouse: Warehouse,
    options: ImportOptions,
    *,
    progress: Progress,
    finished: Finished,
    settle: bool = False,
) -> ImportResult:
    """Imports the importers' pending files in the given order, or the files that the options name.

    `settle`: wait once for files that have just arrived. A source that cannot be reached is a problem of its importers
    and of no others; files of this machine need no source. Raises WarehouseError when the database is lost.
    """
    result = ImportResult()
    if options.local is not None:
        for importer in importers:
            here = importer.source.model_copy(update={"protocol": "local", "root": "/"})
            with connect(here) as transport:
                local = replace(options, names=None)
                done = run_import(replace(importer, source=here), transport, warehouse, local, progress)
            finished(importer, done)
            result.add(done)
        if options.names is None:
            return result
        options = replace(options, local=None)
    with ExitStack() as stack:
        transports = _connected(importers, stack, result)
        if settle and options.names is None and not options.dry_run:
            _let_settle(importers, transports, warehouse, progress)
        for importer in importers:
            if importer.source.name not in transports:
                continue
            try:
                done = run_import(importer, transports[importer.source.name], warehouse, options, progress)
            except TransportError as error:
                message = f"{importer.name}: {error}"
                result.problems.append(Problem(importer.source.name, ProblemKind.UNREACHABLE, message))
                if isinstance(error, TransientError):
                    # Each of the source's other importers would wait for the server as long.
                    del transports[importer.source.name]
                continue
            except WisepartsError:
                raise
            except Exception as error:  # noqa: BLE001 (the other importers go on)
                about = explain(error, f"import of {importer.name}")
                message = f"{importer.name}: its files could not be looked for because of {about}"
                result.problems.append(Problem(importer.source.name, ProblemKind.PROGRAM_FAULT, message))
                continue
            finished(importer, done)
            result.add(done)
    return result


def _connected(importers: Sequence[Importer], stack: ExitStack, result: ImportResult) -> dict[str, Transport]:
    """The sources that can be reached, by name; the others are problems of the result."""
    transports: dict[str, Transport] = {}
    for source in {importer.source.name: importer.source for importer in importers}.values():
        try:
            transports[source.name] = stack.enter_context(connect(source))
        except TransportError as error:
            result.problems.append(Problem(source.name, ProblemKind.UNREACHABLE, str(error)))
    return transports


def _let_settle(
    importers: Sequence[Importer], transports: Mapping[str, Transport], warehouse: Warehouse, progress: Progress
) -> None:
    """Notes what has arrived and waits until it can have settled; the import itself reports errors."""
    files, seconds = 0, 0
    with warehouse.connect(autocommit=True) as connection:
        for name, transport in transports.items():
            here = [importer for importer in importers if importer.source.name == name]
            source = here[0].source
            try:
                discovery = discover(transport, source, here, connection)
            except TransportError:
                continue
            if unsettled := sum(map(len, discovery.unsettled.values())):
                files, seconds = files + unsettled, max(seconds, source.settle_seconds)
    if files:
        progress.files_settling(files, seconds)
        time.sleep(seconds)
