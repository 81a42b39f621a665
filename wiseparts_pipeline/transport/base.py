"""The protocol that every transport implements, and the errors it raises."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath
from types import TracebackType
from typing import Protocol, Self
from uuid import uuid4

from wiseparts_pipeline.errors import WisepartsError

# Of what is published: nothing for others than owner and group, whose rights the server's umask decides on.
FILE_MODE = 0o660
FOLDER_MODE = 0o770


class TransportError(WisepartsError):
    """A file source cannot be reached or used."""

    def __init__(self, message: str) -> None:
        # A name that is not UTF-8 could not be printed.
        super().__init__(message.encode("utf-8", "backslashreplace").decode())


class TransientError(TransportError):
    """An error that may go away by itself: a timeout, a reset or refused connection, a file still being written."""


class PermanentError(TransportError):
    """An error that someone has to fix: credentials, a host key, a permission, a full disk."""


class FolderMissing(PermanentError):
    """The folder does not exist."""


class FileMissing(PermanentError):
    """The file does not exist."""


class TargetExists(PermanentError):
    """The target already exists; nothing was overwritten."""


@dataclass(frozen=True)
class RemoteFile:
    """A file of a source. `path` is relative to the source's root, with `/`; `size` in bytes; `modified_at` in UTC."""

    path: str
    size: int
    modified_at: datetime

    @property
    def name(self) -> str:
        """As the server has it: may have control characters, or lone surrogates for bytes that are not UTF-8."""
        return PurePosixPath(self.path).name


class Transport(Protocol):
    """The files of one source. Paths are relative to its root, with `/`; a path that leads out of it is refused.

    Links below the root are never followed: `list`, `folders` and `stat` leave them out, and everything else raises
    PermanentError where a file, or a folder on the way to it, is one. The root itself may be reached over links.
    """

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def list(self, folder: str) -> list[RemoteFile]:
        """The regular files directly in the folder; raises FolderMissing."""

    def folders(self, folder: str, *, hidden: bool = False) -> tuple[str, ...]:
        """The paths of the folders directly in the folder; raises FolderMissing.

        Hidden ones, whose names begin with a dot, only if `hidden`, and if the server lists them.
        """

    def fetch(self, path: str, target: Path, progress: Callable[[int], None] | None = None) -> str:
        """Copy a whole file to the local `target`; returns its SHA-256 as hex digits.

        `progress` is called with the number of bytes so far. Raises FileMissing, TransientError if the file is still
        being written, and PermanentError if the local disk has too little space; `target` is then not left behind.
        """

    def move(self, path: str, target: str) -> None:
        """Rename a file, creating the target's folders; raises FileMissing, TargetExists."""

    def remove(self, path: str) -> None:
        """Delete a file for good; raises FileMissing."""

    def upload(self, source: Path, path: str) -> None:
        """Copy a local file to `path`, atomically, creating its folders; raises TargetExists."""

    def make_folder(self, path: str) -> bool:
        """Create a folder, and those on the way to it; whether it was not there.

        False may also mean that it was created by an attempt whose answer was lost. Only owner and group may use it,
        where the server lets us say so.
        """

    def write(self, folder: str, files: Mapping[str, bytes]) -> None:
        """Write small files into a folder of ours, by name, replacing those that are there, and compare their sizes.

        Only owner and group may read them, where the server lets us say so. Raises FolderMissing, and TransientError if
        one did not arrive whole.
        """

    def rename(self, path: str, target: str) -> None:
        """As `move`, for a file or folder of ours whose target's folder is there: it needs fewer round trips."""

    def remove_folder(self, path: str) -> None:
        """Remove an empty folder; raises FolderMissing, PermanentError if there is something in it."""

    def exists(self, path: str) -> bool:
        """Whether there is a file or folder, or also a link, at that path."""

    def stat(self, path: str) -> RemoteFile | None:
        """The file as it is now, as `list` returns it; None if it does not exist."""

    def check_readable(self, path: str) -> None:
        """Read a little of a file; raises PermanentError, FileMissing."""

    def check_writable(self, folder: str) -> None:
        """Create a hidden file in the folder and remove it; raises PermanentError, FolderMissing."""


def inside(root: str, path: str) -> str:
    """The path on the server, `root/path`; raises PermanentError for one that leads out of the root."""
    if path.startswith("/") or ".." in path.split("/") or "\0" in path:
        raise PermanentError(f"{path!r} is not a path below the source's root {root}")
    return str(PurePosixPath(root) / path)


def incomplete(place: str, size: int, expected: int) -> TransientError:
    """What to raise for a file of which the server has not everything that was sent."""
    return TransientError(f"{place} did not arrive whole: the server has {size} of {expected} bytes")


def encoded(name: str, encoding: str) -> bytes:
    """A name or path as the server has it; lone surrogates are bytes that are not of the encoding."""
    try:
        return name.encode(encoding, "surrogateescape")
    except UnicodeEncodeError as error:
        raise PermanentError(f"{name!r} has a letter that is not in {encoding} (`name_encoding`)") from error


def probe_file(folder: str) -> str:
    """The path of a hidden file in the folder, with a name that no other file has."""
    return f"{folder}/.wiseparts-{uuid4().hex}".lstrip("/")


def child(folder: str, name: str) -> str:
    """The path, relative to the root, of a file whose name in the folder the server gave."""
    if "/" in name or "\0" in name or name in ("", ".", ".."):
        raise PermanentError(f"the server listed {name!r} in {folder!r}, which is not a valid file name")
    return f"{folder.strip('/')}/{name}".lstrip("/")
