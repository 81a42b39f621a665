"""Looks at a source as an import would, changes nothing, and says what keeps its files from being imported."""

import math
import re
from collections import defaultdict
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from itertools import chain

from wiseparts_pipeline.config.file_names import FileNamePattern
from wiseparts_pipeline.config.importer import ImporterSettings
from wiseparts_pipeline.config.loader import Configuration
from wiseparts_pipeline.config.source import SourceSettings
from wiseparts_pipeline.diagnostics.file_name_diagnosis import WrongFolder, WrongName, diagnose, nearest_first
from wiseparts_pipeline.importing.discovery.companions import claims
from wiseparts_pipeline.importing.discovery.listing import AUTOMATIC_ATTEMPTS, Discovery, discover
from wiseparts_pipeline.importing.importer import with_competitors
from wiseparts_pipeline.importing.ledger import LedgerFile, Status
from wiseparts_pipeline.transport import (
    FileMissing,
    FolderMissing,
    PermanentError,
    RemoteFile,
    Transport,
    TransportError,
    connect,
)
from wiseparts_pipeline.warehouse import Connection, Warehouse

# So many files of a folder are opened to see whether they can be read.
OPENED_FILES = 20
# How long an upload under way is nothing to speak of.
UPLOAD_TIME = timedelta(hours=1)
_OWN_FOLDERS = ("processed", "refused", "errors")

# Takes every name but those of unfinished uploads and hidden files.
_ANY_NAME = FileNamePattern("*", "%Y-%m-%d")
_UNFINISHED = re.compile(r"^\.+|\.(tmp|part|filepart)$", re.IGNORECASE)


class Level(StrEnum):
    """What a finding means for whoever asked."""

    FAULT = "fault"
    LEFT = "left"
    NOTE = "note"


class Kind(StrEnum):
    """What was found."""

    UNREACHABLE = "unreachable"
    MISSING_FOLDER = "missing_folder"
    NOT_READABLE = "not_readable"
    NOT_WRITABLE = "not_writable"
    NO_MAIL = "no_mail"
    WRONG_FOLDER = "wrong_folder"
    WRONG_NAME = "wrong_name"
    SEVERAL_IMPORTERS = "several_importers"
    SEVERAL_COMPANIONS = "several_companions"
    WAITING = "waiting"
    UNFINISHED = "unfinished"
    EMPTY = "empty"
    FAILED = "failed"
    UNSETTLED = "unsettled"
    IMPORTING = "importing"
    NOT_ARCHIVED = "not_archived"
    ON_DEMAND = "on_demand"


@dataclass(frozen=True)
class Finding:
    """One thing that a person should know. `FAULT`: something cannot be used. `LEFT`: a file that is not imported.

    `place`: a path below the source's root, a folder ending with `/`, or what the finding is about.
    """

    level: Level
    kind: Kind
    place: str
    message: str


@dataclass
class Folder:
    """A folder that importers look into, and how many of its files are ready or wait until they are settled."""

    folder: str
    importers: list[str]
    files: int = 0
    ready: int = 0
    unsettled: int = 0


@dataclass
class SourceCheck:
    """What was found on a source."""

    name: str
    place: str
    is_reached: bool = False
    folders: list[Folder] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)


def check_configuration(configuration: Configuration) -> list[Finding]:
    """What is allowed and may surprise."""
    return [
        Finding(
            Level.NOTE,
            Kind.ON_DEMAND,
            f"importer {importer.name}",
            "has no schedule and on_arrival is off: its files are imported on demand only",
        )
        for importer in configuration.importers.values()
        if importer.schedule is None and not importer.on_arrival
    ]


def check_source(source: SourceSettings, configuration: Configuration, warehouse: Warehouse | None) -> SourceCheck:
    """Connects once, lists the folders, and tries whether files can be read and moved.

    For the latter an empty hidden file is made in each folder and removed at once. Without a warehouse nothing is said
    of what only the import log knows.
    """
    result = SourceCheck(source.name, _place(source))
    try:
        with connect(source) as transport:
            result.is_reached = True
            _Look(transport, source, configuration, warehouse, result).look()
    except TransportError as error:
        result.findings.append(Finding(Level.FAULT, Kind.UNREACHABLE, result.place, str(error)))
    return result


def _place(source: SourceSettings) -> str:
    if source.protocol == "local":
        return source.root
    return f"{source.protocol}://{source.username}@{source.host}:{source.port}/{source.root.strip('/')}"


class _Look:
    """The look at one source over one connection."""

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

    def look(self) -> None:
        listings = {folder: files for folder in self._by_folder if (files := self._list(folder)) is not None}
        ledger = self._from_ledger([importer for folder in listings for importer in self._by_folder[folder]])
        for folder, files in listings.items():
            here = self._by_folder[folder]
            row = Folder(folder, [importer.name for importer in here], len(files))
            self._result.folders.append(row)
            ready = [file for file in files if self._look_at(file, here, ledger, row)]
            self._try_moving(folder)
            self._try_reading(ready)
        if "" not in self._by_folder:
            self._look_for_strays("")

    def _find(self, level: Level, kind: Kind, place: str, message: str) -> None:
        self._result.findings.append(Finding(level, kind, _shown(place), message))

    def _list(self, folder: str) -> list[RemoteFile] | None:
        try:
            return self._transport.list(folder)
        except FolderMissing:
            names = ", ".join(importer.name for importer in self._by_folder[folder])
            said = f"is not there, and importer {names} looks into it: make it, or correct `folder`"
            if other := self._other_case(folder):
                said += f". There is {other}/: upper and lower case count"
                self._look_for_strays(other)
            self._find(Level.FAULT, Kind.MISSING_FOLDER, f"{folder}/", said)
        except PermanentError as error:
            self._find(Level.FAULT, Kind.NOT_READABLE, f"{folder}/", str(error))
        return None

    def _other_case(self, folder: str) -> str | None:
        """A folder of the same name in other letter case, if there is one of the usual ways to write it."""
        variants = {folder.lower(), folder.upper(), folder.title(), folder.capitalize()} - {folder, *self._by_folder}
        return next((variant for variant in sorted(variants) if self._transport.exists(variant)), None)

    def _from_ledger(self, importers: Sequence[ImporterSettings]) -> "_Ledger | None":
        """What discovery would say, and the import log's words about files that lie there; nothing of it is noted."""
        if self._warehouse is None:
            return None
        with self._warehouse.connect(autocommit=True) as connection:
            with connection.transaction(force_rollback=True):
                listed = [self._competing[importer.name] for importer in importers]
                discovery = discover(self._transport, self._source, listed, connection)
            return _Ledger(connection, discovery)

    def _look_at(
        self, file: RemoteFile, here: Sequence[ImporterSettings], ledger: "_Ledger | None", row: Folder
    ) -> bool:
        """Says what keeps a file from being imported; whether nothing does, or only that it has just arrived."""
        takers = [importer for importer in here for _ in range(claims(importer, file.name))]
        match takers:
            case []:
                self._look_at_untaken(file, here)
                return False
            case [_, _, *_]:
                names = ", ".join(taker.name for taker in takers)
                said = f"its name fits several patterns (of {names}): make them differ"
                self._find(Level.LEFT, Kind.SEVERAL_IMPORTERS, file.path, said)
                return False
        if _shown(file.name) != file.name:
            said = "its name has bytes that are not UTF-8: rename it"
            self._find(Level.LEFT, Kind.WRONG_NAME, file.path, said)
            return False
        if ledger is not None:
            known = ledger.files.get((takers[0].name, file.path))
            if known is None and (problem := ledger.problem(file)):
                self._find(Level.LEFT, Kind.SEVERAL_COMPANIONS, file.path, problem)
                return True
            if known is None or ledger.is_unsettled(known):
                row.unsettled += 1
                seconds = ledger.seconds_left(known, file, self._source)
                said = f"has just arrived: it is taken when it stays as it is for {seconds} s more"
                self._find(Level.NOTE, Kind.UNSETTLED, file.path, said)
                return True
            if known.status is not Status.DETECTED:
                return self._look_at_tried(known, ledger.said(known))
            if pattern := ledger.awaited.get(known.file_id):
                level = Level.LEFT if _age(file) > UPLOAD_TIME else Level.NOTE
                self._find(level, Kind.WAITING, file.path, f"waits for {pattern}, which it is read together with")
                return True
        if file.size == 0:
            self._find(Level.LEFT, Kind.EMPTY, file.path, "is empty and will be refused: send it again, or remove it")
            return False
        row.ready += 1
        return True

    def _look_at_tried(self, file: LedgerFile, said: str) -> bool:
        """The same for a file that an import has had in its hands."""
        if file.is_finished:
            moved = f"is {file.status}, and the next import moves it. {said}".strip()
            self._find(Level.NOTE, Kind.NOT_ARCHIVED, file.path, moved)
        elif file.status is Status.IMPORTING:
            self._find(Level.NOTE, Kind.IMPORTING, file.path, "is being imported")
        elif file.attempts < AUTOMATIC_ATTEMPTS:
            self._find(Level.NOTE, Kind.FAILED, file.path, f"has failed and is tried again by itself: {said}")
        else:
            failed = f"has failed {file.attempts} times: `import {file.importer}` tries it again once that is mended"
            self._find(Level.LEFT, Kind.FAILED, file.path, f"{failed}: {said}")
        return not file.is_finished

    def _look_at_untaken(self, file: RemoteFile, here: Sequence[ImporterSettings]) -> None:
        if not _ANY_NAME.matches(file.name):
            self._look_at_unfinished(file, here)
        elif here:
            self._find(Level.LEFT, *self._why(file, here))

    def _look_at_unfinished(self, file: RemoteFile, here: Sequence[ImporterSettings]) -> None:
        age = _age(file)
        final = _UNFINISHED.sub("", file.name)
        if age > UPLOAD_TIME and any(claims(importer, final) for importer in here):
            said = (
                f"is an upload that was not finished, last written {_long(age)} ago: files like this are never taken."
                f" Send it again, or rename it to {final} if it is whole"
            )
            self._find(Level.LEFT, Kind.UNFINISHED, file.path, said)

    def _why(self, file: RemoteFile, here: Sequence[ImporterSettings]) -> tuple[Kind, str, str]:
        elsewhere = [importer for importer in self._importers if importer not in here]
        match diagnose(file.name, here, elsewhere):
            case WrongFolder(importer):
                where = f"{importer.folder or 'the root'}/"
                if importer.source != self._source.name:
                    where += f" of source {importer.source}"
                said = f"its name fits importer {importer.name} ({importer.pattern}), which looks into {where}: move it"
                return Kind.WRONG_FOLDER, file.path, said
            case WrongName(importer, pattern, differences):
                said = f"no importer takes this name; nearest is {importer.name} ({pattern}), but "
                return Kind.WRONG_NAME, file.path, said + ", and ".join(differences)
        taken = ", ".join(f"{importer.pattern} ({importer.name})" for importer in nearest_first(file.name, here))
        return Kind.WRONG_NAME, file.path, f"no importer takes this name; here are taken: {taken}"

    def _look_for_strays(self, folder: str) -> None:
        """In a folder that no importer looks into: the files that some importer would take elsewhere."""
        with suppress(PermanentError):
            for file in self._transport.list(folder):
                if isinstance(diagnose(file.name, [], self._importers), WrongFolder):
                    self._find(Level.LEFT, *self._why(file, []))

    def _try_moving(self, folder: str) -> None:
        for place in ("", *_OWN_FOLDERS):
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


class _Ledger:
    """What the import log knows of the files that lie on a source."""

    def __init__(self, connection: Connection, discovery: Discovery) -> None:
        unsettled = list(chain.from_iterable(discovery.unsettled.values()))
        waiting = list(chain.from_iterable(discovery.waiting.values()))
        pending = [
            each for file in chain.from_iterable(discovery.pending.values()) for each in (file, *file.companions)
        ]
        present = [*pending, *unsettled, *(each.file for each in waiting)]
        self.files = {(file.importer, file.path): file for file in present}
        # The pattern of the file that another one waits for, by file_id.
        self.awaited = {each.file.file_id: each.pattern for each in waiting}
        self._unsettled = {file.file_id for file in unsettled}
        self._problems = discovery.problems
        self._errors = dict(
            connection.execute(
                "select file_id, error from ops.import_files where file_id = any(%s) and error is not null",
                [[file.file_id for file in self.files.values() if file.status is not Status.DETECTED]],
            ).fetchall()
        )
        row = connection.execute("select clock_timestamp()").fetchone()
        assert row is not None
        self._now: datetime = row[0]

    def problem(self, file: RemoteFile) -> str | None:
        """What discovery has to say of a file that it does not take."""
        path = repr(file.path)
        said = next((each for each in self._problems if path in each or file.name in each), None)
        return said and said.removeprefix(path).strip()

    def is_unsettled(self, file: LedgerFile) -> bool:
        """Whether a file that is to be imported is still being written."""
        return file.file_id in self._unsettled and file.status in (Status.DETECTED, Status.FAILED)

    def said(self, file: LedgerFile) -> str:
        """What the log says went wrong with a file."""
        return str(self._errors.get(file.file_id, ""))

    def seconds_left(self, known: LedgerFile | None, file: RemoteFile, source: SourceSettings) -> int:
        """How long until the file is settled, if it stays as it is."""
        is_as_seen = known and (known.size_bytes, known.modified_at) == (file.size, file.modified_at)
        seen = known.detected_at if known and is_as_seen else self._now
        return max(0, math.ceil(source.settle_seconds - (self._now - seen).total_seconds()))


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
