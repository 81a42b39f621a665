"""What keeps a file in the folder of its importers from being imported."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from wiseparts_pipeline.config.file_names import finished_name, is_unfinished
from wiseparts_pipeline.config.importer import ImporterSettings
from wiseparts_pipeline.config.source import SourceSettings
from wiseparts_pipeline.diagnostics.findings import Folder, Kind, Level
from wiseparts_pipeline.diagnostics.sources.file_name_diagnosis import WrongFolder, WrongName, diagnose, nearest_first
from wiseparts_pipeline.diagnostics.sources.known_files import KnownFiles
from wiseparts_pipeline.importing.discovery.companions import fits
from wiseparts_pipeline.importing.discovery.files import new_file
from wiseparts_pipeline.importing.discovery.kept_files import is_kept
from wiseparts_pipeline.importing.discovery.matching import is_shared, matches
from wiseparts_pipeline.importing.faults import RefusedFile
from wiseparts_pipeline.importing.guards import check_date
from wiseparts_pipeline.importing.ledger.outcome import Status
from wiseparts_pipeline.importing.ledger.rows import LedgerFile
from wiseparts_pipeline.transport import RemoteFile

# How long an upload may take before it is reported.
UPLOAD_TIME = timedelta(hours=1)
# After as many, a failure may need someone.
_MANY_ATTEMPTS = 5

Find = Callable[[Level, Kind, str, str], None]


class _State(StrEnum):
    """What becomes of a file, as far as one importer is concerned."""

    READY = "ready"
    UNSETTLED = "unsettled"
    TO_BE_READ = "to_be_read"
    NOT_READ = "not_read"


@dataclass(frozen=True)
class FileChecks:
    """Checks the files of a folder that the importers `here` read; counts them in `row`, and reports to `find`."""

    source: SourceSettings
    importers: Sequence[ImporterSettings]
    here: Sequence[ImporterSettings]
    known_files: KnownFiles | None
    row: Folder
    find: Find

    def check(self, file: RemoteFile) -> bool:
        """Finds what keeps a file from being imported; whether nothing does, or only that it has just arrived."""
        found = matches(self.here, file.name)
        if not found:
            self._check_unmatched(file)
            return False
        if not is_shared(found):
            names = ", ".join(match.importer.name for match in found)
            message = f"its name fits several patterns (of {names}): make them differ"
            self.find(Level.LEFT, Kind.SEVERAL_IMPORTERS, file.path, message)
            return False
        if shown(file.name) != file.name:
            message = "its name has bytes that are not UTF-8: rename it"
            self.find(Level.LEFT, Kind.WRONG_NAME, file.path, message)
            return False
        states = {self._state(match.importer, file) for match in found}
        self.row.ready += _State.READY in states
        self.row.unsettled += _State.UNSETTLED in states
        return bool(states - {_State.NOT_READ})

    def _state(self, importer: ImporterSettings, file: RemoteFile) -> _State:
        known_files = self.known_files
        if known_files is not None:
            known = known_files.files.get((importer.name, file.path))
            if known is None and (problem := known_files.ambiguous.get(file.path)):
                self.find(Level.LEFT, Kind.SEVERAL_COMPANIONS, file.path, problem)
                return _State.TO_BE_READ
            if known is None or known_files.is_unsettled(known):
                seconds = known_files.seconds_left(known, file, self.source)
                message = f"has just arrived: it is imported if it stays unchanged for {seconds} s more"
                self.find(Level.NOTE, Kind.UNSETTLED, file.path, message)
                return _State.UNSETTLED
            if known.status is not Status.DETECTED:
                return self._tried(known, known_files)
            if pattern := known_files.missing.get(known.file_id):
                level = Level.LEFT if _age(file) > UPLOAD_TIME else Level.NOTE
                self.find(level, Kind.WAITING, file.path, f"waits for {pattern}, which it is read together with")
                return _State.TO_BE_READ
        if file.size == 0:
            self.find(Level.LEFT, Kind.EMPTY, file.path, "is empty and will be refused: send it again, or remove it")
            return _State.NOT_READ
        try:
            check_date(importer, new_file(importer, self.source.name, file), datetime.now(UTC))
        except RefusedFile as refused:
            self.find(Level.LEFT, Kind.FUTURE_DATE, file.path, f"will be refused. {refused}")
            return _State.NOT_READ
        return _State.READY

    def _tried(self, file: LedgerFile, known_files: KnownFiles) -> _State:
        """The same for a file that an import has tried or is importing."""
        error = known_files.error(file)
        if known_files.is_left(file):
            return _State.NOT_READ
        if file.is_finished:
            moved = f"is {file.status}, and the next import moves it. {error}".strip()
            self.find(Level.NOTE, Kind.NOT_ARCHIVED, file.path, moved)
        elif file.status is Status.IMPORTING:
            self.find(Level.NOTE, Kind.IMPORTING, file.path, "is being imported")
        elif file.attempts < _MANY_ATTEMPTS:
            self.find(Level.NOTE, Kind.FAILED, file.path, f"has failed and is tried again automatically: {error}")
        else:
            failed = f"has failed {file.attempts} times and is tried again hourly, or by `import {file.importer}`"
            self.find(Level.LEFT, Kind.FAILED, file.path, f"{failed}: {error}")
        return _State.NOT_READ if file.is_finished else _State.TO_BE_READ

    def _check_unmatched(self, file: RemoteFile) -> None:
        if is_unfinished(file.name):
            self._check_unfinished(file)
        elif self.here and not is_kept(self.importers, self.source.name, file.path):
            self.find(Level.LEFT, *why_unmatched(file, self.source, self.here, self.importers))

    def _check_unfinished(self, file: RemoteFile) -> None:
        age = _age(file)
        final = finished_name(file.name)
        if age > UPLOAD_TIME and any(fits(importer, final) for importer in self.here):
            message = (
                f"is an unfinished upload, last written {_long(age)} ago: files like this are never imported."
                f" Send it again, or rename it to {final} if it is complete"
            )
            self.find(Level.LEFT, Kind.UNFINISHED, file.path, message)


def is_elsewhere(file: RemoteFile, importers: Sequence[ImporterSettings]) -> bool:
    """Whether a file in a folder that no importer reads is one of theirs."""
    return isinstance(diagnose(file.name, [], importers), WrongFolder)


def why_unmatched(
    file: RemoteFile,
    source: SourceSettings,
    here: Sequence[ImporterSettings],
    importers: Sequence[ImporterSettings],
) -> tuple[Kind, str, str]:
    """Why none of the importers `here`, which are those of its folder, matches a file."""
    elsewhere = [importer for importer in importers if importer not in here]
    match diagnose(file.name, here, elsewhere):
        case WrongFolder(importer):
            where = f"{importer.folder or 'the root'}/"
            if importer.source != source.name:
                where += f" of source {importer.source}"
            message = f"its name fits importer {importer.name} ({_patterns(importer)}), which reads {where}: move it"
            return Kind.WRONG_FOLDER, file.path, message
        case WrongName(importer, pattern, differences):
            message = f"no importer matches this name; the nearest is {importer.name} ({pattern}), but "
            return Kind.WRONG_NAME, file.path, message + ", and ".join(differences)
    taken = ", ".join(f"{_patterns(importer)} ({importer.name})" for importer in nearest_first(file.name, here))
    return Kind.WRONG_NAME, file.path, f"no importer matches this name; the patterns of this folder are: {taken}"


def _patterns(importer: ImporterSettings) -> str:
    return " or ".join(importer.patterns)


def _age(file: RemoteFile) -> timedelta:
    return datetime.now(UTC) - file.modified_at


def shown(text: str) -> str:
    """The text with bytes that are not UTF-8 written out."""
    return text.encode("utf-8", "backslashreplace").decode()


def _long(age: timedelta) -> str:
    hours = int(age.total_seconds() // 3600)
    if hours < 48:
        return f"{hours} hour{'s' if hours != 1 else ''}"
    return f"{hours // 24} days"
