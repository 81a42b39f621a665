"""What a transport is, and the faults that it tells apart."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath
from types import TracebackType
from typing import Protocol, Self
from uuid import uuid4

from wiseparts_pipeline.errors import WisepartsError


class TransportError(WisepartsError):
    """A file source cannot be reached or used."""

    def __init__(self, message: str) -> None:
        # Names that are not UTF-8 could not be printed.
        super().__init__(message.encode("utf-8", "backslashreplace").decode())


class TransientError(TransportError):
    """A fault that can pass by itself: a timeout, a reset, a refused connection, a file that is still being written."""


class PermanentError(TransportError):
    """A fault that somebody has to mend: credentials, a host key, a permission, a full disk."""


class FolderMissing(PermanentError):
    """The folder is not there."""


class FileMissing(PermanentError):
    """The file is not there."""


class TargetExists(PermanentError):
    """There is something of that name already; nothing was overwritten."""


@dataclass(frozen=True)
class RemoteFile:
    """A file of a source. `path` is relative to the source's root, with `/`; `size` in bytes; `modified_at` in UTC."""

    path: str
    size: int
    modified_at: datetime

    @property
    def name(self) -> str:
        """As the server has it: perhaps with control characters, or lone surrogates for bytes that are not UTF-8."""
        return PurePosixPath(self.path).name


class Transport(Protocol):
    """The files of one source. Paths are relative to its root, with `/`; a path that leads out of it is refused."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def list(self, folder: str) -> list[RemoteFile]:
        """The regular files, and links to such, directly in the folder; raises FolderMissing."""

    def fetch(self, path: str, target: Path, progress: Callable[[int], None] | None = None) -> str:
        """Copy a whole file to the local `target`; returns its SHA-256 as hex digits.

        `progress` is told the bytes so far. Raises FileMissing, TransientError when the file is still being written,
        and PermanentError when the local disk lacks the room; `target` is then not left behind.
        """

    def move(self, path: str, target: str) -> None:
        """Rename a file, making the target's folders; raises FileMissing, TargetExists."""

    def upload(self, source: Path, path: str) -> None:
        """Copy a local file to `path`, which appears whole or not at all; makes its folders; raises TargetExists."""

    def exists(self, path: str) -> bool:
        """Whether there is a file or folder of that path."""

    def look(self, path: str) -> RemoteFile | None:
        """The file as it is now, as `list` gives it; None when it is not there."""

    def try_reading(self, path: str) -> None:
        """Read a little of a file; raises PermanentError, FileMissing."""

    def try_writing(self, folder: str) -> None:
        """Make a hidden file in the folder and remove it; raises PermanentError, FolderMissing."""


def inside(root: str, path: str) -> str:
    """The path on the server, `root/path`; refuses one that leads out of the root."""
    if path.startswith("/") or ".." in path.split("/") or "\0" in path:
        raise PermanentError(f"{path!r} is not a path below the source's root {root}")
    return str(PurePosixPath(root) / path)


def trial_file(folder: str) -> str:
    """The path of a hidden file in the folder that nobody has."""
    return f"{folder}/.wiseparts-{uuid4().hex}".lstrip("/")


def child(folder: str, name: str) -> str:
    """The path, relative to the root, of a name that a server gave for something in the folder."""
    if "/" in name or "\0" in name or name in ("", ".", ".."):
        raise PermanentError(f"the server gave {name!r} as the name of a file in {folder!r}, which no file can have")
    return f"{folder.strip('/')}/{name}".lstrip("/")
