"""The local end of a transfer: room on the disk, and a hash while the bytes pass."""

import hashlib
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from wiseparts_pipeline.transport.base import PermanentError

# What other programs on the machine are left with.
RESERVE_BYTES = 64 * 1024 * 1024


class Download:
    """A local file that is being filled; removed again unless it was filled without a fault."""

    def __init__(self, target: Path, size: int, progress: Callable[[int], None] | None = None) -> None:
        with _told(target):
            target.parent.mkdir(parents=True, exist_ok=True)
        free = shutil.disk_usage(target.parent).free
        if free < size + RESERVE_BYTES:
            raise PermanentError(
                f"the disk of {target.parent} has {free / 1e6:,.0f} MB left and the file has {size / 1e6:,.0f} MB: "
                "make room there or set WISEPARTS_HOME to another disk"
            )
        self._target = target
        self._progress = progress
        self._hash = hashlib.sha256()
        self.written = 0

    def __enter__(self) -> Self:
        with _told(self._target):
            self._file = self._target.open("wb")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            with _told(self._target):
                self._file.close()
        except PermanentError:
            kind = PermanentError
            raise
        finally:
            if kind is not None:
                self._target.unlink(missing_ok=True)

    def write(self, data: bytes) -> None:
        with _told(self._target):
            self._file.write(data)
        self._hash.update(data)
        self.written += len(data)
        if self._progress is not None:
            self._progress(self.written)

    def sha256(self) -> str:
        return self._hash.hexdigest()


@contextmanager
def _told(target: Path) -> Iterator[None]:
    """A fault of the local disk is not to be taken for one of the server."""
    try:
        yield
    except OSError as error:
        raise PermanentError(f"cannot write {target} on this machine: {error.strerror}") from error
