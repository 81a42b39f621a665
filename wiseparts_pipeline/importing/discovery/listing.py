"""Lists the folders of a source and finds out from the ledger which files are to be imported."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from wiseparts_pipeline.config.file_names import in_parts
from wiseparts_pipeline.config.importer import ImporterSettings
from wiseparts_pipeline.config.source import SourceSettings
from wiseparts_pipeline.importing.discovery.file_sets import Incomplete, assemble
from wiseparts_pipeline.importing.discovery.files import folders_of, new_file
from wiseparts_pipeline.importing.discovery.kept_files import missing_kept_file
from wiseparts_pipeline.importing.discovery.matching import Match, is_shared, matches
from wiseparts_pipeline.importing.discovery.problems import Problem, ProblemKind
from wiseparts_pipeline.importing.discovery.retries import next_attempt
from wiseparts_pipeline.importing.importer import Importer
from wiseparts_pipeline.importing.ledger import table as ledger
from wiseparts_pipeline.importing.ledger.outcome import Status
from wiseparts_pipeline.importing.ledger.rows import REPLACED, LedgerFile
from wiseparts_pipeline.importing.ledger.shared import finished_with, open_at
from wiseparts_pipeline.transport.base import FolderMissing, RemoteFile, Transport
from wiseparts_pipeline.warehouse import Connection
from wiseparts_pipeline.warehouse.connection import current_time


@dataclass
class Discovery:
    """What is on the source, by importer name, and problems for people.

    An importer's own files are in `pending` with their companions, which are not in it themselves; those that lack one,
    and companions whose file is not there, are `incomplete`. `left` are those that the importer has finished with and
    that stay for others that share them. `paused`: by file_id, when a pending file whose import failed is tried again
    by itself; until then it is on demand, or when others of its importer are imported.
    """

    pending: dict[str, list[LedgerFile]] = field(default_factory=lambda: defaultdict(list))
    unsettled: dict[str, list[LedgerFile]] = field(default_factory=lambda: defaultdict(list))
    incomplete: dict[str, list[Incomplete]] = field(default_factory=lambda: defaultdict(list))
    left: dict[str, list[LedgerFile]] = field(default_factory=lambda: defaultdict(list))
    paused: dict[int, datetime] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def ready(self, importer: str) -> list[LedgerFile]:
        """The importer's pending files that are to be imported now without anyone asking for it."""
        return [file for file in self.pending.get(importer, ()) if file.file_id not in self.paused]


@dataclass
class _Listing:
    """What is in the folders: files by importer name and path, and the importers whose folder could be listed.

    `shared`: by path, the names of the importers that share a file.
    """

    found: dict[tuple[str, str], RemoteFile] = field(default_factory=dict)
    shared: dict[str, set[str]] = field(default_factory=dict)
    listed: set[str] = field(default_factory=set)
    problems: list[Problem] = field(default_factory=list)


def discover(
    transport: Transport,
    source: SourceSettings,
    importers: Sequence[Importer],
    connection: Connection,
) -> Discovery:
    """Lists each importer's folder once and brings the ledger up to date, in a transaction of its own.

    A file is settled when its size and time have not changed for `settle_seconds`. Pending files are in the order in
    which they are to be imported; see `arrival_order`. A file that matches another pattern as well, also one of
    a `join` or of a competing importer, is a problem. Raises TransportError when the source cannot be listed.
    """
    listing = _list(transport, importers)
    discovery = Discovery(problems=listing.problems)
    settings = {importer.name: importer.settings for importer in importers}
    with connection.transaction():
        _update_ledger(connection, source, settings, listing, discovery)
        _leave_for_others(connection, source, listing, discovery)
    for importer in settings.values():
        if importer.join:
            _assemble_by_folder(transport, connection, importer, discovery)
        if importer.lookup:
            _leave_without_kept_files(transport, source, importer, discovery)
    for files in (*discovery.pending.values(), *discovery.unsettled.values()):
        files.sort(key=arrival_order)
    return discovery


def _assemble_by_folder(
    transport: Transport, connection: Connection, importer: ImporterSettings, discovery: Discovery
) -> None:
    """Gives the importer's files their companions, which are in the same folder."""
    settled, unsettled = discovery.pending.pop(importer.name, []), discovery.unsettled[importer.name]
    for folder in sorted({file.folder for file in (*settled, *unsettled)}):
        here = [[file for file in files if file.folder == folder] for files in (settled, unsettled)]
        sets = assemble(transport, connection, importer, *here)
        discovery.pending[importer.name] += sets.complete
        discovery.incomplete[importer.name] += sets.incomplete
        discovery.problems += sets.problems


def _leave_without_kept_files(
    transport: Transport, source: SourceSettings, importer: ImporterSettings, discovery: Discovery
) -> None:
    """Leaves the files whose values are to be looked up in a file that is not there yet."""
    pending = discovery.pending.pop(importer.name, [])
    folders = {file.folder: file.path for file in pending if not file.is_finished}
    missing = {folder: missing_kept_file(transport, source, importer, path) for folder, path in folders.items()}
    for file in pending:
        if not file.is_finished and (pattern := missing[file.folder]):
            discovery.incomplete[importer.name].append(Incomplete(file, pattern))
        else:
            discovery.pending[importer.name].append(file)


def arrival_order(file: LedgerFile) -> tuple[Any, ...]:
    """What a file is sorted by: the date and time in its name, else when it arrived, to the second; then its name."""
    arrived = file.modified_at.replace(microsecond=0)
    return file.file_date or arrived.date(), file.file_moment or arrived, in_parts(file.name), file.path


def _list(transport: Transport, importers: Sequence[Importer]) -> _Listing:
    listing = _Listing(listed={importer.name for importer in importers})
    for folder, here in _by_folder(transport, importers, listing).items():
        try:
            files = transport.list(folder)
        except FolderMissing as error:
            # One of several folders may have been removed since they were looked for.
            _note_missing(folder, [each for each in here if not each.settings.folder_names.is_pattern], error, listing)
            continue
        competing = [other for importer in here for other in importer.competing if other.folder_names.matches(folder)]
        candidates = {each.name: each for each in (*(importer.settings for importer in here), *competing)}
        for file in files:
            matching = matches(candidates.values(), file.name)
            if matching and (problem := _problem(file, matching)):
                listing.problems.append(problem)
                continue
            sharing = {match.importer.name for match in matching}
            listing.found.update({(name, file.path): file for name in sharing & listing.listed})
            if len(sharing) > 1:
                listing.shared[file.path] = sharing
    return listing


def _by_folder(
    transport: Transport, importers: Sequence[Importer], listing: _Listing
) -> Mapping[str, Sequence[Importer]]:
    """The importers by each of the folders that they read."""
    alike: dict[tuple[str, str], list[Importer]] = defaultdict(list)
    for importer in importers:
        alike[importer.settings.folder, importer.settings.date_format].append(importer)
    found: dict[str, list[Importer]] = defaultdict(list)
    for (folder, _), here in alike.items():
        try:
            for each in folders_of(transport, here[0].settings.folder_names):
                found[each] += here
        except FolderMissing as error:
            _note_missing(folder, here, error, listing)
    return found


def _note_missing(folder: str, importers: Sequence[Importer], error: FolderMissing, listing: _Listing) -> None:
    if importers:
        names = [importer.name for importer in importers]
        problem = Problem(f"{folder}/", ProblemKind.MISSING_FOLDER, f"{', '.join(names)}: {error}")
        listing.problems.append(problem)
        listing.listed -= set(names)


def _problem(file: RemoteFile, matching: Sequence[Match]) -> Problem | None:
    """Why a file with these matches is not to be imported."""
    if not _is_unicode(file.name):
        message = "has bytes in its name that are not UTF-8 and is left where it is; rename it."
        return Problem(file.path, ProblemKind.NOT_UTF_8, message)
    if not is_shared(matching):
        names = ", ".join(match.importer.name for match in matching)
        message = (
            f"fits the patterns of several importers ({names}) and is left where it is; make their patterns differ, or"
            " the same if importers of different entities are to share the file."
        )
        return Problem(file.path, ProblemKind.SEVERAL_IMPORTERS, message)
    return None


def _update_ledger(
    connection: Connection,
    source: SourceSettings,
    importers: Mapping[str, ImporterSettings],
    listing: _Listing,
    discovery: Discovery,
) -> None:
    ledger.lock_source(connection, source.name)
    now = current_time(connection)
    settle_time = timedelta(seconds=source.settle_seconds)
    open_files = [
        _without_interruption(connection, importers[file.importer].entity, file)
        for file in ledger.open_files(connection, source.name, list(importers))
    ]
    # Files that were asked for by name are elsewhere, and are left to whoever asked.
    known = {
        (file.importer, file.path): file
        for file in open_files
        if importers[file.importer].folder_names.matches(file.folder)
    }
    seen, new = [], []
    for (name, path), remote in listing.found.items():
        file = known.get((name, path))
        if file is not None and _is_same(file, remote):
            if file.status is Status.DETECTED and file.detected_at > now:
                # The clock has been set back: it begins to settle anew, which takes no longer than for a new file.
                ledger.note_change(connection, file.file_id, remote.size, remote.modified_at)
                file = replace(file, detected_at=now)
            seen.append(file)
        elif file is not None and file.status in (Status.DETECTED, Status.FAILED):
            ledger.note_change(connection, file.file_id, remote.size, remote.modified_at)
            discovery.unsettled[name].append(file)
        elif file is not None and file.status is Status.IMPORTING:
            discovery.unsettled[name].append(file)
        else:
            if file is not None:
                ledger.note_archived(connection, file.file_id, REPLACED)
            new.append(new_file(importers[name], source.name, remote))
    if new:
        seen += ledger.add_detected(connection, {each.name: each.entity for each in importers.values()}, new)
    for file in seen:
        is_settled = file.status is not Status.DETECTED or max(now, file.detected_at) - file.detected_at >= settle_time
        (discovery.pending if is_settled else discovery.unsettled)[file.importer].append(file)
        if file.status is Status.FAILED and file.finished_at is not None:
            again = next_attempt(file.finished_at, file.attempts, now)
            if again > now:
                discovery.paused[file.file_id] = again
    gone = [file for key, file in known.items() if key not in listing.found and file.importer in listing.listed]
    ledger.forget(connection, [file.file_id for file in gone if file.status is Status.DETECTED])
    for file in gone:
        if file.is_finished:
            discovery.pending[file.importer].append(file)


def _leave_for_others(connection: Connection, source: SourceSettings, listing: _Listing, discovery: Discovery) -> None:
    """Files that are only to be archived stay where they are while importers that share them are not done with them."""
    finished = [file for files in discovery.pending.values() for file in files if file.is_finished]
    waiting = [file for file in finished if (file.importer, file.path) in listing.found and file.path in listing.shared]
    rows = defaultdict(list)
    for row in open_at(connection, source.name, [file.path for file in waiting]) if waiting else ():
        rows[row.path].append(row)
    for file in waiting:
        if listing.shared[file.path] - {each.importer for each in finished_with(file, rows[file.path])}:
            discovery.pending[file.importer].remove(file)
            discovery.left[file.importer].append(file)


def _without_interruption(connection: Connection, entity: str, file: LedgerFile) -> LedgerFile:
    """The file; failed, if it seems to be importing and no import is running."""
    if file.status is Status.IMPORTING and ledger.fail_interrupted(connection, entity, file.file_id):
        return replace(file, status=Status.FAILED)
    return file


def _is_same(file: LedgerFile, remote: RemoteFile) -> bool:
    return file.size_bytes == remote.size and file.modified_at == remote.modified_at


def _is_unicode(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True
