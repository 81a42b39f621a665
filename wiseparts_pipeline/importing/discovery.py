"""Lists the folders of a source and tells from the ledger which files are to be imported."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from wiseparts_pipeline.importing import ledger
from wiseparts_pipeline.importing.ledger import REPLACED, Connection, LedgerFile, Status
from wiseparts_pipeline.importing.settings import ImporterSettings
from wiseparts_pipeline.transport.base import FolderMissing, PermanentError, RemoteFile, Transport
from wiseparts_pipeline.transport.settings import SourceSettings

# A file whose import failed for reasons outside it is tried again by itself this often, then on demand.
AUTOMATIC_ATTEMPTS = 5


@dataclass
class Discovery:
    """What lies on the server. `pending` and `unsettled` are by importer name; `problems` are for people."""

    pending: dict[str, list[LedgerFile]] = field(default_factory=lambda: defaultdict(list))
    unsettled: dict[str, list[LedgerFile]] = field(default_factory=lambda: defaultdict(list))
    problems: list[str] = field(default_factory=list)


def discover(
    transport: Transport,
    source: SourceSettings,
    importers: Sequence[ImporterSettings],
    connection: Connection,
    rivals: Sequence[ImporterSettings] = (),
) -> Discovery:
    """Lists each importer's folder once and brings the ledger up to date, in a transaction of its own.

    A file is settled when its size and time have not changed for `settle_seconds`. Pending files are in the order in
    which they are to be imported: by file date, then by name. A file that fits the pattern of another importer as well,
    one of the `rivals` included, is a problem. Raises TransportError when the source cannot be listed.
    """
    discovery = Discovery()
    found: dict[tuple[str, str], RemoteFile] = {}
    listed: set[str] = set()
    by_folder: dict[str, list[ImporterSettings]] = defaultdict(list)
    for importer in importers:
        by_folder[importer.folder].append(importer)
    for folder, takers in by_folder.items():
        try:
            files = transport.list(folder)
        except FolderMissing as error:
            discovery.problems.append(f"{', '.join(taker.name for taker in takers)}: {error}")
            continue
        listed.update(taker.name for taker in takers)
        others = [rival for rival in rivals if rival.folder == folder and rival not in takers]
        for file in files:
            names = [taker.name for taker in (*takers, *others) if taker.file_names.matches(file.name)]
            if names and not _is_unicode(file.name):
                discovery.problems.append(
                    f"{file.path!r}: the name has bytes that are not UTF-8, so the file is left where it is; rename it."
                )
            elif len(names) > 1:
                discovery.problems.append(
                    f"{file.path!r} fits the patterns of several importers ({', '.join(names)}) and is left where it"
                    " is; make their patterns differ."
                )
            elif names and names[0] in listed:
                found[names[0], file.path] = file
    with connection.transaction():
        _update(connection, source, {importer.name: importer for importer in importers}, found, listed, discovery)
    for files_ in (*discovery.pending.values(), *discovery.unsettled.values()):
        files_.sort(key=lambda file: (file.file_date or file.modified_at.date(), file.name))
    return discovery


def _update(
    connection: Connection,
    source: SourceSettings,
    importers: dict[str, ImporterSettings],
    found: dict[tuple[str, str], RemoteFile],
    listed: set[str],
    discovery: Discovery,
) -> None:
    # Two sensors and a command may look at the same moment; one row a file.
    connection.execute("select pg_advisory_xact_lock(hashtextextended('wiseparts.discover.' || %s, 0))", [source.name])
    now = _now(connection)
    open_files = [
        _without_interruption(connection, importers[file.importer].entity, file)
        for file in ledger.open_files(connection, source.name, list(importers))
    ]
    # Files that were asked for by name lie elsewhere, and are the business of whoever asked.
    known = {
        (file.importer, file.path): file for file in open_files if _folder(file) == importers[file.importer].folder
    }
    new = []
    for (name, path), remote in found.items():
        file = known.get((name, path))
        if file is not None and _is_same(file, remote):
            _sort_in(discovery, file, now, source)
        elif file is not None and file.status in (Status.DETECTED, Status.FAILED):
            ledger.note_change(connection, file.file_id, remote.size, remote.modified_at)
            discovery.unsettled[name].append(file)
        elif file is not None and file.status is Status.IMPORTING:
            discovery.unsettled[name].append(file)
        else:
            if file is not None:
                ledger.note_archived(connection, file.file_id, REPLACED)
            new.append(_new(importers[name], source, remote))
    for file in ledger.add_detected(connection, {i.name: i.entity for i in importers.values()}, new) if new else []:
        _sort_in(discovery, file, now, source)
    gone = [file for key, file in known.items() if key not in found and file.importer in listed]
    ledger.forget(connection, [file.file_id for file in gone if file.status is Status.DETECTED])
    for file in gone:
        if file.is_finished:
            discovery.pending[file.importer].append(file)


def _folder(file: LedgerFile) -> str:
    return file.path.rpartition("/")[0]


def _without_interruption(connection: Connection, entity: str, file: LedgerFile) -> LedgerFile:
    """The file, failed if it seems to be importing and no import is running."""
    if file.status is Status.IMPORTING and ledger.fail_interrupted(connection, entity, file.file_id):
        return replace(file, status=Status.FAILED)
    return file


def _sort_in(discovery: Discovery, file: LedgerFile, now: datetime, source: SourceSettings) -> None:
    settled = max(now, file.detected_at) - file.detected_at >= timedelta(seconds=source.settle_seconds)
    (discovery.pending if settled else discovery.unsettled)[file.importer].append(file)


def _is_same(file: LedgerFile, remote: RemoteFile) -> bool:
    return file.size_bytes == remote.size and file.modified_at == remote.modified_at


def _new(importer: ImporterSettings, source: SourceSettings, remote: RemoteFile) -> LedgerFile:
    return new_file(importer, source.name, remote)


def new_file(importer: ImporterSettings, source: str, remote: RemoteFile) -> LedgerFile:
    """A file that the ledger does not have yet."""
    modified_on = remote.modified_at.astimezone(importer.zone).date()
    return LedgerFile(
        file_id=0,
        importer=importer.name,
        source=source,
        path=remote.path,
        name=remote.name,
        size_bytes=remote.size,
        modified_at=remote.modified_at,
        file_date=importer.file_names.file_date(remote.name) or modified_on,
        sha256=None,
        status=Status.DETECTED,
        attempts=0,
        detected_at=remote.modified_at,
    )


def _is_unicode(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def ready_by_itself(files: Iterable[LedgerFile]) -> list[LedgerFile]:
    """Those that a sensor starts without being asked: not one that has failed too often."""
    return [file for file in files if file.attempts < AUTOMATIC_ATTEMPTS]


def named(
    transport: Transport, source: SourceSettings, importer: ImporterSettings, names: Sequence[str]
) -> list[RemoteFile]:
    """Files by name in the importer's folder or in its `processed/` or `refused/`, the first that has it."""
    places: dict[str, RemoteFile] = {}
    for folder in (importer.folder, f"{importer.folder}/processed", f"{importer.folder}/refused"):
        try:
            for file in transport.list(folder.strip("/")):
                places.setdefault(file.name, file)
        except FolderMissing:
            continue
    missing = [name for name in names if name not in places]
    if missing:
        raise PermanentError(
            f"{source.name}: there is no file {missing[0]!r} in {importer.folder}/, its processed/ or its refused/."
        )
    return [places[name] for name in names]


def _now(connection: Connection) -> datetime:
    row = connection.execute("select clock_timestamp()").fetchone()
    assert row is not None
    now: datetime = row[0]
    return now
