"""Looks at a source as an import would, changes nothing, and finds what keeps its files from being imported."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime

from wiseparts_pipeline.config.file_names import OWN_FOLDERS
from wiseparts_pipeline.config.importer import ImporterSettings, Mode
from wiseparts_pipeline.config.loader import Configuration
from wiseparts_pipeline.config.source import SourceSettings
from wiseparts_pipeline.diagnostics.findings import AnyKind, Finding, Folder, HealthKind, Kind, Level, SourceCheck
from wiseparts_pipeline.diagnostics.health import CLOCKS_APART
from wiseparts_pipeline.diagnostics.kept_back import kept_back
from wiseparts_pipeline.diagnostics.sources.file_checks import FileChecks, is_elsewhere, shown, why_unmatched
from wiseparts_pipeline.diagnostics.sources.known_files import KnownFiles
from wiseparts_pipeline.diagnostics.sources.subfolders import Subfolders
from wiseparts_pipeline.exporting.checking import folder_problems
from wiseparts_pipeline.importing.discovery.files import folders_of
from wiseparts_pipeline.importing.discovery.listing import discover
from wiseparts_pipeline.importing.importer import with_competitors
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


def check_source(
    source: SourceSettings, configuration: Configuration, warehouse: Warehouse | None, *, with_health: bool = False
) -> SourceCheck:
    """Connects once, lists the folders, and checks that files can be read and moved.

    For the latter, an empty hidden file is created in each folder and removed at once; in the folder of each exporter,
    a hidden folder with a file. What only the import log knows is left out without a warehouse. `with_health`: also
    whether the source's clock is ahead of ours.
    """
    result = SourceCheck(source.name, _place(source))
    try:
        with connect(source) as transport:
            result.is_reached = True
            _Check(transport, source, configuration, warehouse, result).run(with_health=with_health)
    except TransportError as error:
        result.findings.append(Finding(Level.FAULT, Kind.UNREACHABLE, result.place, str(error)))
    return result


def check_access(source: SourceSettings, configuration: Configuration) -> list[Finding]:
    """Connects once and lists the folders: what keeps all of their files from being imported. Changes nothing."""
    result = SourceCheck(source.name, _place(source))
    try:
        with connect(source) as transport:
            _Check(transport, source, configuration, None, result).list_folders()
    except TransportError as error:
        result.findings.append(Finding(Level.FAULT, Kind.UNREACHABLE, result.place, str(error)))
    return result.findings


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
        self._settings = configuration.importers_of(source.name)
        self._exporters = configuration.exporters_to(source.name)

    def list_folders(self) -> dict[str, list[RemoteFile]]:
        """The files of each folder of importers that can be listed."""
        for importer in self._settings:
            for folder in self._folders(importer):
                self._by_folder[folder].append(importer)
        return {folder: files for folder in self._by_folder if (files := self._list(folder)) is not None}

    def run(self, *, with_health: bool) -> None:
        listings = self.list_folders()
        if with_health:
            self._check_clock([file for files in listings.values() for file in files])
        known_files = self._known_files([importer for folder in listings for importer in self._by_folder[folder]])
        for folder, files in listings.items():
            here = self._by_folder[folder]
            row = Folder(folder, [importer.name for importer in here], len(files))
            self._result.folders.append(row)
            checked = FileChecks(self._source, self._importers, here, known_files, row, self._find)
            ready = [file for file in files if checked.check(file)]
            self._try_moving(folder)
            self._try_reading(ready)
            self._look_below(folder, here)
        for folder in {importer.folder_names.base for importer in self._settings} - {"", *self._by_folder}:
            self._look_below(folder, [each for each in self._settings if each.folder_names.base == folder])
        if "" not in self._by_folder:
            self._find_strays("")
        for exporter in self._exporters:
            for problem in folder_problems(self._transport, exporter):
                self._find(Level.FAULT, Kind.NOT_WRITABLE, f"exporter {exporter.name}", problem)

    def _check_clock(self, files: Sequence[RemoteFile]) -> None:
        latest = max(files, key=lambda file: file.modified_at, default=None)
        if latest and latest.modified_at > datetime.now(UTC) + CLOCKS_APART:
            message = (
                f"was written at {latest.modified_at:%Y-%m-%d %H:%M} UTC, which is yet to come by the clock of this"
                " machine: set this and the server's by the network (NTP)"
            )
            message += ", and see `listing_timezone`" if self._source.protocol in ("ftp", "ftps") else ""
            self._find(Level.WARNING, HealthKind.CLOCK, latest.path, message)

    def _folders(self, importer: ImporterSettings) -> list[str]:
        """The importer's folders, or those of several that there are."""
        try:
            return folders_of(self._transport, importer.folder_names)
        except FolderMissing:
            message = f"does not exist, but importer {importer.name} reads {importer.folder}/: create it"
            self._find(Level.FAULT, Kind.MISSING_FOLDER, f"{importer.folder_names.base}/", message)
        except PermanentError as error:
            self._find(Level.FAULT, Kind.NOT_READABLE, f"{importer.folder_names.base}/", str(error))
        return []

    def _look_below(self, folder: str, importers: Sequence[ImporterSettings]) -> None:
        """Finds files that are in no folder of the importers, but below it, or in it if they read only others."""
        if folder not in self._by_folder:
            self._find_strays(folder)
        with suppress(PermanentError):
            for each in Subfolders(self._transport, folder, importers, self._by_folder).findings():
                self._find(each.level, each.kind, each.place, shown(each.message))

    def _find(self, level: Level, kind: AnyKind, place: str, message: str) -> None:
        finding = Finding(level, kind, shown(place), message)
        # Importers that share a file have found the same.
        if finding not in self._result.findings[-2:]:
            self._result.findings.append(finding)

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

    def _find_strays(self, folder: str) -> None:
        """In a folder that no importer reads: the files that an importer of another folder matches."""
        with suppress(PermanentError):
            for file in self._transport.list(folder):
                if is_elsewhere(file, self._importers):
                    self._find(Level.LEFT, *why_unmatched(file, self._source, [], self._importers))

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
