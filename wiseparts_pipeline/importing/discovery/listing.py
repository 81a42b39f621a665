"""Lists the folders of a source and tells from the ledger which files are to be imported."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from wiseparts_pipeline.config.file_names import is_error_file
from wiseparts_pipeline.config.importer import ImporterSettings
from wiseparts_pipeline.config.source import SourceSettings
from wiseparts_pipeline.importing import ledger
from wiseparts_pipeline.importing.discovery.companions import Choices, as_sent, awaited, awaited_by, choices, claims
from wiseparts_pipeline.importing.importer import Importer
from wiseparts_pipeline.importing.ledger import REPLACED, LedgerFile, Status
from wiseparts_pipeline.transport.base import FolderMissing, PermanentError, RemoteFile, Transport
from wiseparts_pipeline.warehouse import Connection
from wiseparts_pipeline.warehouse.locks import lock_until_commit

# A file whose import failed for reasons outside it is tried again by itself this often, then on demand.
AUTOMATIC_ATTEMPTS = 5


@dataclass(frozen=True)
class Waiting:
    """A settled file that is not imported before another one is there, whose name is to fit the pattern."""

    file: LedgerFile
    pattern: str

    def __str__(self) -> str:
        return f"{self.file.name} waits for {self.pattern}"


@dataclass
class Discovery:
    """What lies on the server, by importer name; `problems` are for people.

    An importer's own files stand in `pending` with their companions, which do not stand there themselves; those that
    lack one, and companions whose file is not there, are `waiting`.
    """

    pending: dict[str, list[LedgerFile]] = field(default_factory=lambda: defaultdict(list))
    unsettled: dict[str, list[LedgerFile]] = field(default_factory=lambda: defaultdict(list))
    waiting: dict[str, list[Waiting]] = field(default_factory=lambda: defaultdict(list))
    problems: list[str] = field(default_factory=list)


def discover(
    transport: Transport,
    source: SourceSettings,
    importers: Sequence[Importer],
    connection: Connection,
) -> Discovery:
    """Lists each importer's folder once and brings the ledger up to date, in a transaction of its own.

    A file is settled when its size and time have not changed for `settle_seconds`. Pending files are in the order in
    which they are to be imported: by file date, then by name. A file that matches another pattern as well, also one of
    a `join` or of a competing importer, is a problem. Raises TransportError when the source cannot be listed.
    """
    discovery = Discovery()
    found: dict[tuple[str, str], RemoteFile] = {}
    listed: set[str] = set()
    by_folder: dict[str, list[Importer]] = defaultdict(list)
    for importer in importers:
        by_folder[importer.settings.folder].append(importer)
    for folder, here in by_folder.items():
        try:
            files = transport.list(folder)
        except FolderMissing as error:
            discovery.problems.append(f"{', '.join(importer.name for importer in here)}: {error}")
            continue
        listed.update(importer.name for importer in here)
        candidates = {each.name: each for importer in here for each in (importer.settings, *importer.competing)}
        for file in files:
            names = [each.name for each in candidates.values() for _ in range(claims(each, file.name))]
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
        settings = {importer.name: importer.settings for importer in importers}
        _update(connection, source, settings, found, listed, discovery)
    for each in settings.values():
        if each.join:
            _bring_together(transport, connection, source, each, discovery)
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
    # Two sensors and a command may look at the same moment; one row per file.
    lock_until_commit(connection, f"wiseparts.discover.{source.name}")
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
            new.append(new_file(importers[name], source.name, remote))
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


def _bring_together(
    transport: Transport,
    connection: Connection,
    source: SourceSettings,
    importer: ImporterSettings,
    discovery: Discovery,
) -> None:
    """Gives the importer's pending files their companions; those that cannot have all of them yet are waiting."""
    settled = discovery.pending[importer.name]
    own, others, chosen = _sorted_out(importer, [*settled, *discovery.unsettled[importer.name]])
    ready = {file.file_id for file in settled}
    waiting = discovery.waiting[importer.name]
    pending = [file for file in settled if file.is_finished]
    for file in own:
        if file.file_id not in ready:
            continue
        companions: list[LedgerFile] = []
        for number, names in enumerate(chosen[file.name]):
            archived = None
            if not names and is_error_file(file.name):
                archived = _archived(transport, connection, importer, number, file.path)
            if len(names) > 1:
                discovery.problems.append(f"{file.path!r} {_ambiguous(importer, number, file.name, names)}")
            elif names:
                companions.append(others[names[0]])
            elif archived is not None:
                companions.append(new_file(importer, source.name, archived))
            else:
                waiting.append(Waiting(file, awaited(importer, number, file.name)))
        if len(companions) == len(importer.join) and all(each.file_id in ready | {0} for each in companions):
            pending.append(replace(file, companions=tuple(companions)))
    claimed = {name for choice in chosen.values() for names in choice for name in names}
    for name, file in others.items():
        if name not in claimed and file.file_id in ready:
            waiting.append(Waiting(file, awaited_by(importer, name)))
    discovery.pending[importer.name] = pending


def _sorted_out(
    importer: ImporterSettings, files: Iterable[LedgerFile]
) -> tuple[list[LedgerFile], dict[str, LedgerFile], Mapping[str, Choices]]:
    """Of files that are not finished the importer's own, the others by name, and which of these each can have."""
    present = [file for file in files if not file.is_finished]
    own = [file for file in present if importer.file_names.matches(file.name)]
    others = {file.name: file for file in present if not importer.file_names.matches(file.name)}
    return own, others, choices(importer, [file.name for file in own], others)


def needed_by_others(connection: Connection, source: str, importer: ImporterSettings, file: LedgerFile) -> set[int]:
    """The files that lie in the importer's folder for another file than this one to be read with."""
    dated = all("{date}" in join.pattern for join in importer.join)
    present = [
        each
        for each in ledger.open_files(connection, source, [importer.name])
        if _folder(each) == importer.folder and (not dated or each.file_date == file.file_date)
    ]
    own, others, chosen = _sorted_out(importer, present)
    needed = [names for each in own if each.file_id != file.file_id for names in chosen[each.name]]
    return {others[name].file_id for names in needed for name in names}


def _ambiguous(importer: ImporterSettings, number: int, name: str, names: Sequence[str]) -> str:
    shown = ", ".join(sorted(names)[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
    return (
        f"goes with one file {awaited(importer, number, name)}, and there are {shown}; leave one, or give those that"
        " belong together the same text in the place of `*`."
    )


def companions_of(
    transport: Transport, connection: Connection, source: str, importer: ImporterSettings, path: str
) -> tuple[LedgerFile, ...]:
    """The files to read with one that is asked for; raises PermanentError when one is missing.

    Those of a file of this machine lie beside it. With `{date}` one that lies in the importer's folder is taken first,
    as it may be a corrected one; then the one that the file was imported with before, then the newest that fits.
    """
    folder, _, name = path.rpartition("/")
    on_this_machine = path.startswith("/")
    if any(names.matches(name) for names in importer.joined_file_names):
        raise PermanentError(f"{name} is read together with {awaited_by(importer, name)}; give the name of that file.")
    companions = []
    for number, join in enumerate(importer.join):
        files = _on_this_machine(Path(folder)) if on_this_machine else _listed(transport, importer.folder)
        beside = {file.name: file for file in files}
        fitting = choices(importer, [as_sent(importer, name)], beside)[as_sent(importer, name)][number]
        if len(fitting) > 1:
            raise PermanentError(f"{path!r} {_ambiguous(importer, number, name, fitting)}")
        found = beside[fitting[0]] if fitting else None
        if not on_this_machine and (found is None or "{date}" not in join.pattern):
            found = _archived(transport, connection, importer, number, path) or found
        if found is None:
            places = "beside it" if on_this_machine else f"in {importer.folder}/, its processed/ or its refused/"
            raise PermanentError(
                f"{name} is read together with {awaited(importer, number, name)}, and there is no such file {places}."
            )
        companions.append(new_file(importer, source, found))
    return tuple(companions)


def _archived(
    transport: Transport, connection: Connection, importer: ImporterSettings, number: int, path: str
) -> RemoteFile | None:
    """The file that the one at this path, or the one whose error file lies there, was imported with.

    Where the ledger does not know it, the newest archived one that fits.
    """
    for name, archived_to in ledger.joined_before(connection, importer.name, path):
        if importer.joined_file_names[number].matches(name) and (found := transport.stat(archived_to)):
            return found
    own = as_sent(importer, path.rpartition("/")[2])
    for place in ("processed", "refused"):
        files = sorted(_listed(transport, f"{importer.folder}/{place}".strip("/")), key=lambda file: file.modified_at)
        newest = {as_sent(importer, file.name): file for file in files}
        if fitting := choices(importer, [own], newest)[own][number]:
            return max((newest[name] for name in fitting), key=lambda file: file.modified_at)
    return None


def local_file(path: Path) -> RemoteFile:
    """A file of this machine as one of a source; its path begins with `/`."""
    stat = path.stat()
    return RemoteFile(str(path.resolve()), stat.st_size, datetime.fromtimestamp(stat.st_mtime, UTC))


def _on_this_machine(folder: Path) -> list[RemoteFile]:
    return [local_file(path) for path in folder.iterdir() if path.is_file()]


def _listed(transport: Transport, folder: str) -> list[RemoteFile]:
    try:
        return transport.list(folder)
    except FolderMissing:
        return []


def _is_same(file: LedgerFile, remote: RemoteFile) -> bool:
    return file.size_bytes == remote.size and file.modified_at == remote.modified_at


def new_file(importer: ImporterSettings, source: str, remote: RemoteFile) -> LedgerFile:
    """A file that the ledger does not have yet."""
    modified_on = remote.modified_at.astimezone(importer.zone).date()
    patterns = (importer.file_names, *importer.joined_file_names)
    return LedgerFile(
        file_id=0,
        importer=importer.name,
        source=source,
        path=remote.path,
        name=remote.name,
        size_bytes=remote.size,
        modified_at=remote.modified_at,
        file_date=next((day for names in patterns if (day := names.file_date(remote.name))), modified_on),
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
        for file in _listed(transport, folder.strip("/")):
            places.setdefault(file.name, file)
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
