"""What is asked of an import, and what it reports: its progress, and the result of each file and of all of them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from wiseparts_pipeline.importing.discovery.problems import Problem
from wiseparts_pipeline.importing.ledger.outcome import Status
from wiseparts_pipeline.importing.ledger.rows import LedgerRow
from wiseparts_pipeline.importing.rejects import RejectedRow

SHOWN_REJECTS = 50


@dataclass(frozen=True)
class ImportOptions:
    """`names`: these files instead of what is pending, in the folder or archived. `local`: files of this machine.

    `force`: import a file that a guard would hold back: one that is older than what is stored, lacks too many records
    or has too many rejected rows. `dry_run`: validate and report, change nothing. `new_only`: create what
    somebody waits for: rows whose record, or part of it, came with another file are rejected, and what is rejected is
    told in answer and sent by nobody again. `wait_seconds`: how long to wait for another import of the entity; None: an
    hour.
    """

    names: Sequence[str] | None = None
    local: Sequence[Path] | None = None
    force: bool = False
    dry_run: bool = False
    run_id: str | None = None
    new_only: bool = False
    wait_seconds: float | None = None


# Everything that is pending.
PENDING = ImportOptions()


@dataclass
class FileResult:
    """A file's row of the ledger and its first SHOWN_REJECTS rejected or deferred rows, one entry per fault.

    `released`: by entity, how many deferred rows of other files were loaded because this file had what they refer to.
    """

    file: LedgerRow
    rejected: list[RejectedRow] = field(default_factory=list)
    released: dict[str, int] = field(default_factory=dict)

    @property
    def status(self) -> Status:
        return self.file.status


@dataclass
class ImportResult:
    """What a run did and what it left: files still being written, incomplete file sets, and problems for people."""

    files: list[FileResult] = field(default_factory=list)
    unsettled: list[str] = field(default_factory=list)
    incomplete: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def add(self, other: "ImportResult") -> None:
        """Adds the result of another run."""
        self.files += other.files
        self.unsettled += other.unsettled
        self.incomplete += other.incomplete
        self.problems += other.problems


class Progress(Protocol):
    """Receives the progress of an import."""

    def blocked(self, entity: str, holder: str) -> None:
        """Another import of the entity is running, by `holder`; this one continues when it has ended."""

    def files_settling(self, files: int, seconds: int) -> None:
        """`files` files have just arrived; the import begins after `seconds` seconds."""

    def file_started(self, name: str, position: int, total: int, size_bytes: int) -> None: ...

    def file_advanced(self, bytes_fetched: int, rows_read: int) -> None:
        """`bytes_fetched`: 0 for a file of this machine."""

    def file_finished(self, result: FileResult) -> None: ...


class NoProgress:
    """Reports nothing."""

    def blocked(self, entity: str, holder: str) -> None: ...

    def files_settling(self, files: int, seconds: int) -> None: ...

    def file_started(self, name: str, position: int, total: int, size_bytes: int) -> None: ...

    def file_advanced(self, bytes_fetched: int, rows_read: int) -> None: ...

    def file_finished(self, result: FileResult) -> None: ...


@dataclass(frozen=True)
class Announced:
    """Passes all progress on, and calls `committed` whenever a file is done."""

    progress: Progress
    committed: Callable[[], None]

    def blocked(self, entity: str, holder: str) -> None:
        self.progress.blocked(entity, holder)

    def files_settling(self, files: int, seconds: int) -> None:
        self.progress.files_settling(files, seconds)

    def file_started(self, name: str, position: int, total: int, size_bytes: int) -> None:
        self.progress.file_started(name, position, total, size_bytes)

    def file_advanced(self, bytes_fetched: int, rows_read: int) -> None:
        self.progress.file_advanced(bytes_fetched, rows_read)

    def file_finished(self, result: FileResult) -> None:
        self.committed()
        self.progress.file_finished(result)
