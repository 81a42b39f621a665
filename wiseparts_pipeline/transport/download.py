"""The local end of a download: checks the disk space, writes the file and hashes it on the way."""

import hashlib
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from wiseparts_pipeline.transport.base import PermanentError

# Left free for other programs.
RESERVE_BYTES = 64 * 1024 * 1024


class Download:
    """A local file that is being filled."""

    def __init__(self, target: Path, file: BinaryIO, progress: Callable[[int], None] | None) -> None:
        self._target = target
        self._file = file
        self._progress = progress
        self._hash = hashlib.sha256()
        self.written = 0

    def write(self, data: bytes) -> None:
        with _map_disk_errors(self._target):
            self._file.write(data)
        self._hash.update(data)
        self.written += len(data)
        if self._progress is not None:
            self._progress(self.written)

    def sha256(self) -> str:
        return self._hash.hexdigest()


@contextmanager
def download_to(target: Path, size: int, progress: Callable[[int], None] | None = None) -> Iterator[Download]:
    """Open `target` for a download of `size` bytes; removes it again if an error is raised.

    Raises PermanentError if it cannot be written, or the disk has too little space for it.
    """
    with _map_disk_errors(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        free = shutil.disk_usage(target.parent).free
    if free < size + RESERVE_BYTES:
        raise PermanentError(
            f"the disk of {target.parent} has {free / 1e6:,.0f} MB left and the file has {size / 1e6:,.0f} MB: "
            "free some space or set WISEPARTS_HOME to another disk"
        )
    with _map_disk_errors(target):
        file = target.open("wb")
    try:
        yield Download(target, file, progress)
        with _map_disk_errors(target):
            file.close()
    except BaseException:
        with suppress(OSError):
            file.close()
        target.unlink(missing_ok=True)
        raise


@contextmanager
def _map_disk_errors(target: Path) -> Iterator[None]:
    """Errors of the local disk must not be taken for errors of the server."""
    try:
        yield
    except OSError as error:
        raise PermanentError(f"cannot write {target} on this machine: {error.strerror}") from error
