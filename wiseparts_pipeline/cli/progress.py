"""How an import is going, on stderr: bars on a terminal, otherwise one line per file."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.filesize import decimal
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from wiseparts_pipeline.cli.output import err, printable
from wiseparts_pipeline.importing.results import FileResult, NoProgress
from wiseparts_pipeline.importing.results import Progress as ImportProgress
from wiseparts_pipeline.pulling.log import Taken

if TYPE_CHECKING:
    # Which brings all systems with it.
    from wiseparts_pipeline.pulling.pull import PullProgress


class _Printed(NoProgress):
    def blocked(self, entity: str, holder: str) -> None:
        message = f"Another import of {entity} is running: waiting until it has ended. It is {holder}"
        err.print(printable(message), soft_wrap=True)


class Lines(_Printed):
    """One line for each file that is done."""

    def __init__(self) -> None:
        self._position = ""

    def files_settling(self, files: int, seconds: int) -> None:
        err.print(_settling(files, seconds))

    def file_started(self, name: str, position: int, total: int, size_bytes: int) -> None:
        self._position = f"{position} of {total}"

    def file_finished(self, result: FileResult) -> None:
        file = result.file
        waiting = f", {file.rows_waiting:,} waiting" if file.rows_waiting else ""
        err.print(
            f"{file.importer} {self._position}: {printable(file.name)}: {file.status},"
            f" {file.rows_read:,} rows, {file.rows_rejected:,} rejected{waiting}"
        )


class Bars(_Printed):
    """A bar for the files of an importer, and one for the bytes of the file that is being imported, with its rows."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._files = progress.add_task("files", visible=False, detail="")
        self._file = progress.add_task("", visible=False, detail="")
        self._size = 0

    def files_settling(self, files: int, seconds: int) -> None:
        self._progress.update(self._files, description=_settling(files, seconds), total=None, visible=True)

    def file_started(self, name: str, position: int, total: int, size_bytes: int) -> None:
        self._size = size_bytes
        so_far = f"{position} of {total}"
        self._progress.update(
            self._files, description="files", total=total, completed=position - 1, detail=so_far, visible=True
        )
        self._progress.reset(self._file, total=size_bytes, description=printable(name), detail="", visible=True)

    def file_advanced(self, bytes_fetched: int, rows_read: int) -> None:
        # A file of this machine is not fetched.
        fetched = bytes_fetched or self._size
        rows = f", {rows_read:,} rows" if rows_read else ""
        detail = f"{decimal(fetched)} of {decimal(self._size)}{rows}"
        self._progress.update(self._file, completed=fetched, detail=detail)

    def file_finished(self, result: FileResult) -> None:
        self._progress.advance(self._files)


@contextmanager
def import_progress(*, quiet: bool = False) -> Iterator[ImportProgress]:
    """Bars, lines or nothing."""
    if quiet:
        yield NoProgress()
    elif err.is_terminal:
        with bars() as progress:
            yield Bars(progress)
    else:
        yield Lines()


class _PullLines:
    """One line for each pull that is done; on a terminal, a bar for the one that runs."""

    def __init__(self, progress: Progress | None, *, quiet: bool) -> None:
        self._progress = progress
        self._quiet = quiet
        self._task = progress.add_task("", visible=False, detail="") if progress else None

    def pull_blocked(self, pull: str, holder: str) -> None:
        err.print(printable(f"{pull} waits until another pull has ended. It is {holder}"), soft_wrap=True)

    def pull_started(self, pull: str, what: str) -> None:
        if self._progress and self._task is not None:
            self._progress.reset(self._task, total=None, description=f"{pull}: {what}", detail="", visible=True)

    def pull_advanced(self, records: int, requests: int) -> None:
        if self._progress and self._task is not None:
            self._progress.update(self._task, detail=f"{records:,} records, {requests:,} requests")

    def pull_finished(self, pull: str, taken: Taken) -> None:
        if not self._quiet and self._progress is None:
            err.print(f"{pull}: {taken.records:,} records, {taken.requests:,} requests")


@contextmanager
def pull_progress(*, quiet: bool = False) -> Iterator["PullProgress"]:
    """A bar, lines or nothing."""
    if quiet or not err.is_terminal:
        yield _PullLines(None, quiet=quiet)
        return
    with bars() as progress:
        yield _PullLines(progress, quiet=False)


def bars() -> Progress:
    """Bars that disappear when they are done; a task has a `detail`."""
    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TextColumn("{task.fields[detail]}", markup=False),
        TimeElapsedColumn(),
        console=err,
        transient=True,
        disable=not err.is_terminal,
    )


def _settling(files: int, seconds: int) -> str:
    arrived = "1 file has" if files == 1 else f"{files:,} files have"
    return f"{arrived} just arrived: waiting {seconds} s to see whether the sender is done"
