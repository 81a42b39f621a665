"""Looks at a source as an import would, changes nothing, and finds what keeps its files from being imported."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta

from wiseparts_pipeline.config.file_names import finished_name, is_unfinished
from wiseparts_pipeline.config.importer import ImporterSettings, Mode
from wiseparts_pipeline.config.loader import Configuration
from wiseparts_pipeline.config.source import SourceSettings
from wiseparts_pipeline.diagnostics.file_name_diagnosis import WrongFolder, WrongName, diagnose, nearest_first
from wiseparts_pipeline.diagnostics.findings import Finding, Folder, Kind, Level, SourceCheck
from wiseparts_pipeline.diagnostics.kept_back import kept_back
from wiseparts_pipeline.diagnostics.known_files import KnownFiles
from wiseparts_pipeline.diagnostics.subfolders import OWN_FOLDERS, Subfolders
from wiseparts_pipeline.importing.discovery.companions import count_matches
from wiseparts_pipeline.importing.discovery.files import new_file
from wiseparts_pipeline.importing.discovery.listing import AUTOMATIC_ATTEMPTS, discover
from wiseparts_pipeline.importing.faults import RefusedFile
from wiseparts_pipeline.importing.guards import check_date
from wiseparts_pipeline.importing.importer import with_competitors
from wiseparts_pipeline.importing.ledger.outcome import Status
from wiseparts_pipeline.importing.ledger.rows import LedgerFile
from wiseparts_pipeline.transport import (
    FileMissing,
    FolderMissing,
    PermanentError,
    RemoteFile,
    Transport,
    TransportError,
    connect,
)
from wiseparts_pipeline.warehouse import Warehouse
from wiseparts_pipeline.warehouse.connection import current_time

# How many files of a folder are opened to see whether they can be read.
OPENED_FILES = 20
# How long an upload may take before it is reported.
UPLOAD_TIME = timedelta(hours=1)


def check_configuration(configuration: Configuration) -> list[Finding]:
    """What is allowed but may be a surprise."""
    return [
        Finding(Level.NOTE, kind, f"importer {importer.name}", message)
        for importer in configuration.importers.values()
        for kind, message in _surprises(importer, configuration)
    ]


def _surprises(importer: ImporterSettings, configuration: Configuration) -> Iterator[tuple[Kind, str]]:
    if importer.schedule is None and not importer.on_arrival:
        yield Kind.ON_DEMAND, "has no schedule and on_arrival is off: its files are imported on demand only"
    if importer.mode is not Mode.SNAPSHOT or importer.snapshot_within:
        return
    others = [
        other.name
        for other in configuration.importers_of(importer.source)
        if other.entity == importer.entity and other.mode is not Mode.SNAPSHOT
    ]
    if others:
        yield (
            Kind.OTHERS_RECORDS,
            f"its full snapshots do not delete what only {', '.join(others)} has brought: if they contain all"
            f" {importer.entity} of source {importer.source}, set `snapshot_within: source`",
        )


def check_feeds(configuration: Configuration, warehouse: Warehouse) -> list[Finding]:
    """The importers whose files are imported and change nothing."""
    with warehouse.connect() as connection:
        found = kept_back(connection, configuration.importers.values(), current_time(connection))
    return [Finding(Level.LEFT, Kind.KEPT_BACK, f"importer {name}", message) for name, message in found.items()]


def check_source(source: SourceSettings, configuration: Configuration, warehouse: Warehouse | None) -> SourceCheck:
    """Connects once, lists the folders, and checks that files can be read and moved.

    For the latter, an empty hidden file is created in each folder and removed at once. What only the import log knows
    is left out without a warehouse.
    """
    result = SourceCheck(source.name, _place(source))
    try:
        with connect(source) as transport:
            result.is_reached = True
            _Check(transport, source, configuration, warehouse, result).run()
    except TransportError as error:
        result.findings.append(Finding(Level.FAULT, Kind.UNREACHABLE, result.place, str(error)))
    return result


def _place(source: SourceSettings) -> str:
    if source.protocol == "local":
        return source.root
    return f"{source.protocol}://{source.username}@{source.host}:{source.port}/{source.root.strip('/')}"


class _Check:
    """The check of one source over one connection."""

    def __init__(
        self,
        transport: Transport,
        source: SourceSettings,
        configuration: Configuration,
        warehouse: Warehouse | None,
        result: SourceCheck,
    ) -> None:
        self._transport = transport
        self._source = source
        self._importers = list(configuration.importers.values())
        self._competing = with_competitors(configuration.importers.values(), configuration.sources)
        self._warehouse = warehouse
        self._result = result
        self._by_folder: dict[str, list[ImporterSettings]] = defaultdict(list)
        for importer in configuration.importers_of(source.name):
            self._by_folder[importer.folder].append(importer)

    def run(self) -> None:
        listings = {folder: files for folder in self._by_folder if (files := self._list(folder)) is not None}
        known_files = self._known_files([importer for folder in listings for importer in self._by_folder[folder]])
        for folder, files in listings.items():
            here = self._by_folder[folder]
            row = Folder(folder, [importer.name for importer in here], len(files))
            self._result.folders.append(row)
            ready = [file for file in files if self._check_file(file, here, known_files, row)]
            self._try_moving(folder)
            self._try_reading(ready)
            with suppress(PermanentError):
                for each in Subfolders(self._transport, folder, here, self._by_folder).findings():
                    self._find(each.level, each.kind, each.place, _shown(each.message))
        if "" not in self._by_folder:
            self._find_strays("")

    def _find(self, level: Level, kind: Kind, place: str, message: str) -> None:
        self._result.findings.append(Finding(level, kind, _shown(place), message))

    def _list(self, folder: str) -> list[RemoteFile] | None:
        try:
            return self._transport.list(folder)
        except FolderMissing:
            names = ", ".join(importer.name for importer in self._by_folder[folder])
            message = f"does not exist, but importer {names} reads it: create it, or correct `folder`"
            if other := self._other_case(folder):
                message += f". There is {other}/: upper and lower case matter"
                self._find_strays(other)
            self._find(Level.FAULT, Kind.MISSING_FOLDER, f"{folder}/", message)
        except PermanentError as error:
            self._find(Level.FAULT, Kind.NOT_READABLE, f"{folder}/", str(error))
        return None

    def _other_case(self, folder: str) -> str | None:
        """A folder of the same name in other letter case, if there is one of the usual ways to write it."""
        variants = {folder.lower(), folder.upper(), folder.title(), folder.capitalize()} - {folder, *self._by_folder}
        return next((variant for variant in sorted(variants) if self._transport.exists(variant)), None)

    def _known_files(self, importers: Sequence[ImporterSettings]) -> KnownFiles | None:
        """What discovery would find, and what the import log has about these files; nothing of it is noted."""
        if self._warehouse is None:
            return None
        with self._warehouse.connect(autocommit=True) as connection:
            with connection.transaction(force_rollback=True):
                listed = [self._competing[importer.name] for importer in importers]
                discovery = discover(self._transport, self._source, listed, connection)
            return KnownFiles(connection, discovery)

    def _check_file(
        self, file: RemoteFile, here: Sequence[ImporterSettings], known_files: KnownFiles | None, row: Folder
    ) -> bool:
        """Finds what keeps a file from being imported; whether nothing does, or only that it has just arrived."""
        matching = [importer for importer in here for _ in range(count_matches(importer, file.name))]
        match matching:
            case []:
                self._check_unmatched(file, here)
                return False
            case [_, _, *_]:
                names = ", ".join(importer.name for importer in matching)
                message = f"its name fits several patterns (of {names}): make them differ"
                self._find(Level.LEFT, Kind.SEVERAL_IMPORTERS, file.path, message)
                return False
        if _shown(file.name) != file.name:
            message = "its name has bytes that are not UTF-8: rename it"
            self._find(Level.LEFT, Kind.WRONG_NAME, file.path, message)
            return False
        if known_files is not None:
            known = known_files.files.get((matching[0].name, file.path))
            if known is None and (problem := known_files.ambiguous.get(file.path)):
                self._find(Level.LEFT, Kind.SEVERAL_COMPANIONS, file.path, problem)
                return True
            if known is None or known_files.is_unsettled(known):
                row.unsettled += 1
                seconds = known_files.seconds_left(known, file, self._source)
                message = f"has just arrived: it is imported if it stays unchanged for {seconds} s more"
                self._find(Level.NOTE, Kind.UNSETTLED, file.path, message)
                return True
            if known.status is not Status.DETECTED:
                return self._check_tried(known, known_files.error(known))
            if pattern := known_files.missing.get(known.file_id):
                level = Level.LEFT if _age(file) > UPLOAD_TIME else Level.NOTE
                self._find(level, Kind.WAITING, file.path, f"waits for {pattern}, which it is read together with")
                return True
        if file.size == 0:
            self._find(Level.LEFT, Kind.EMPTY, file.path, "is empty and will be refused: send it again, or remove it")
            return False
        try:
            check_date(matching[0], new_file(matching[0], self._source.name, file), datetime.now(UTC))
        except RefusedFile as refused:
            self._find(Level.LEFT, Kind.FUTURE_DATE, file.path, f"will be refused. {refused}")
            return False
        row.ready += 1
        return True

    def _check_tried(self, file: LedgerFile, error: str) -> bool:
        """The same for a file that an import has tried or is importing."""
        if file.is_finished:
            moved = f"is {file.status}, and the next import moves it. {error}".strip()
            self._find(Level.NOTE, Kind.NOT_ARCHIVED, file.path, moved)
        elif file.status is Status.IMPORTING:
            self._find(Level.NOTE, Kind.IMPORTING, file.path, "is being imported")
        elif file.attempts < AUTOMATIC_ATTEMPTS:
            self._find(Level.NOTE, Kind.FAILED, file.path, f"has failed and is tried again automatically: {error}")
        else:
            failed = f"has failed {file.attempts} times: `import {file.importer}` tries it again once that is fixed"
            self._find(Level.LEFT, Kind.FAILED, file.path, f"{failed}: {error}")
        return not file.is_finished

    def _check_unmatched(self, file: RemoteFile, here: Sequence[ImporterSettings]) -> None:
        if is_unfinished(file.name):
            self._check_unfinished(file, here)
        elif here:
            self._find(Level.LEFT, *self._why(file, here))

    def _check_unfinished(self, file: RemoteFile, here: Sequence[ImporterSettings]) -> None:
        age = _age(file)
        final = finished_name(file.name)
        if age > UPLOAD_TIME and any(count_matches(importer, final) for importer in here):
            message = (
                f"is an unfinished upload, last written {_long(age)} ago: files like this are never imported."
                f" Send it again, or rename it to {final} if it is complete"
            )
            self._find(Level.LEFT, Kind.UNFINISHED, file.path, message)

    def _why(self, file: RemoteFile, here: Sequence[ImporterSettings]) -> tuple[Kind, str, str]:
        elsewhere = [importer for importer in self._importers if importer not in here]
        match diagnose(file.name, here, elsewhere):
            case WrongFolder(importer):
                where = f"{importer.folder or 'the root'}/"
                if importer.source != self._source.name:
                    where += f" of source {importer.source}"
                message = f"its name fits importer {importer.name} ({importer.pattern}), which reads {where}: move it"
                return Kind.WRONG_FOLDER, file.path, message
            case WrongName(importer, pattern, differences):
                message = f"no importer matches this name; the nearest is {importer.name} ({pattern}), but "
                return Kind.WRONG_NAME, file.path, message + ", and ".join(differences)
        taken = ", ".join(f"{importer.pattern} ({importer.name})" for importer in nearest_first(file.name, here))
        return Kind.WRONG_NAME, file.path, f"no importer matches this name; the patterns of this folder are: {taken}"

    def _find_strays(self, folder: str) -> None:
        """In a folder that no importer reads: the files that an importer of another folder matches."""
        with suppress(PermanentError):
            for file in self._transport.list(folder):
                if isinstance(diagnose(file.name, [], self._importers), WrongFolder):
                    self._find(Level.LEFT, *self._why(file, []))

    def _try_moving(self, folder: str) -> None:
        for place in ("", *OWN_FOLDERS):
            path = f"{folder}/{place}".strip("/")
            try:
                if not place or self._transport.exists(path):
                    self._transport.check_writable(path)
            except PermanentError as error:
                why = "files in it cannot be moved to processed/" if not place else "nothing can be put there"
                self._find(Level.FAULT, Kind.NOT_WRITABLE, f"{path}/", f"{why}: {error}")

    def _try_reading(self, files: Sequence[RemoteFile]) -> None:
        for file in files[:OPENED_FILES]:
            try:
                self._transport.check_readable(file.path)
            except FileMissing:
                continue
            except PermanentError as error:
                self._find(Level.FAULT, Kind.NOT_READABLE, file.path, str(error))


def _age(file: RemoteFile) -> timedelta:
    return datetime.now(UTC) - file.modified_at


def _shown(text: str) -> str:
    """The text with bytes that are not UTF-8 written out."""
    return text.encode("utf-8", "backslashreplace").decode()


def _long(age: timedelta) -> str:
    hours = int(age.total_seconds() // 3600)
    if hours < 48:
        return f"{hours} hour{'s' if hours != 1 else ''}"
    return f"{hours // 24} days"
