"""Which files are imported, each with its row of the ledger and the files that it is read together with."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from wiseparts_pipeline.config.importer import ImporterSettings
from wiseparts_pipeline.config.source import SourceSettings
from wiseparts_pipeline.importing.discovery.file_sets import companions_of
from wiseparts_pipeline.importing.discovery.files import files_named, local_file, new_file
from wiseparts_pipeline.importing.discovery.listing import discover
from wiseparts_pipeline.importing.discovery.problems import Problem
from wiseparts_pipeline.importing.importer import Importer
from wiseparts_pipeline.importing.ledger import table as ledger
from wiseparts_pipeline.importing.ledger.rows import LedgerFile
from wiseparts_pipeline.transport.base import FileMissing, RemoteFile, Transport
from wiseparts_pipeline.warehouse import Connection


@dataclass
class Selection:
    """The files to import, in their order; those that are not imported yet, and why; and problems for people."""

    files: list[LedgerFile]
    unsettled: list[str] = field(default_factory=list)
    incomplete: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def pending_files(
    importer: Importer,
    transport: Transport,
    connection: Connection,
    *,
    dry_run: bool = False,
) -> Selection:
    """The files in the importer's folder that are to be imported. Raises TransportError when it cannot be listed."""
    # Nothing is noted in a dry run, so nothing would ever settle: each file is tried as it is.
    settings, source = importer.settings, importer.source
    looked_at = source.model_copy(update={"settle_seconds": 0}) if dry_run else source
    with connection.transaction(force_rollback=dry_run):
        discovery = discover(transport, looked_at, [importer], connection)
    incomplete = [str(each) for each in discovery.incomplete[importer.name]]
    pending, unsettled = discovery.pending[importer.name], discovery.unsettled[importer.name]
    if dry_run:
        new = [file for file in [*pending, *unsettled] if not file.is_finished and _is_complete(settings, file)]
        return Selection(new, incomplete=incomplete, problems=discovery.problems)
    pending = [_with_noted_companions(connection, settings, source, file) for file in pending]
    return Selection(
        # One that failed before must not hold up the others.
        sorted(pending, key=lambda file: file.attempts > 0),
        unsettled=[file.name for file in unsettled],
        incomplete=incomplete,
        problems=discovery.problems,
    )


def files_asked_for(
    importer: Importer,
    transport: Transport,
    connection: Connection,
    names: Sequence[str],
    local: Sequence[Path],
    *,
    dry_run: bool = False,
) -> Selection:
    """Files of this machine by path, and of the source by name. Raises TransportError for one that is not there."""
    settings, source = importer.settings, importer.source
    asked = [_local(path) for path in local]
    if names:
        asked += files_named(transport, source, settings, names)
    files = []
    for remote in asked:
        companions = companions_of(transport, connection, source.name, settings, remote.path)
        files.append(replace(new_file(settings, source.name, remote), companions=companions))
    return Selection(files if dry_run else _replayed(connection, settings, source, files))


def _is_complete(importer: ImporterSettings, file: LedgerFile) -> bool:
    return len(file.companions) == len(importer.join)


def _with_noted_companions(
    connection: Connection, importer: ImporterSettings, source: SourceSettings, file: LedgerFile
) -> LedgerFile:
    """The file with a ledger row for each companion, also for one that is archived."""
    new = iter(_replayed(connection, importer, source, [each for each in file.companions if not each.file_id]))
    return replace(file, companions=tuple(each if each.file_id else next(new) for each in file.companions))


def _local(path: Path) -> RemoteFile:
    if not path.is_file():
        raise FileMissing(f"There is no file {path} on this machine.")
    return local_file(path)


def _replayed(
    connection: Connection, importer: ImporterSettings, source: SourceSettings, files: list[LedgerFile]
) -> list[LedgerFile]:
    """Ledger rows of files asked for: the open one of a file that is still in the folder, else a new one."""
    if not files:
        return []
    still_open = {file.path: file for file in ledger.open_files(connection, source.name, [importer.name])}
    rows = []
    for file in files:
        known = still_open.get(file.path)
        if known is None or known.is_finished:
            (known,) = ledger.add_detected(connection, {importer.name: importer.entity}, [file])
        else:
            ledger.note_change(connection, known.file_id, file.size_bytes, file.modified_at)
        known = replace(known, size_bytes=file.size_bytes, modified_at=file.modified_at, companions=file.companions)
        rows.append(_with_noted_companions(connection, importer, source, known))
    return rows
