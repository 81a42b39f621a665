"""An SFTP server as a source."""

import stat
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import paramiko

from wiseparts_pipeline.transport.base import (
    FileMissing,
    FolderMissing,
    PermanentError,
    RemoteFile,
    TransientError,
    TransportError,
    child,
    probe_file,
)
from wiseparts_pipeline.transport.download import download_to
from wiseparts_pipeline.transport.sftp.connection import SftpConnection


class SftpTransport(SftpConnection):
    """See Transport. An operation that a lost connection interrupts is repeated once, over a new connection.

    Links below the root are looked for before each use. The protocol has no way to open a file and not a link: whoever
    may write on the server can exchange the one for the other in the moment between.
    """

    def list(self, folder: str) -> list[RemoteFile]:
        path = self._path(folder)

        def read() -> list[RemoteFile]:
            self._status_of(folder)
            return [
                RemoteFile(child(folder, self._name(entry)), entry.st_size or 0, _modified_at(entry))
                for entry in self._sftp.listdir_attr(self._on_wire(path))  # type: ignore[arg-type]
                if stat.S_ISREG(entry.st_mode or 0)
            ]

        return self._do(f"list {path}", FolderMissing, read)

    def folders(self, folder: str) -> tuple[str, ...]:
        path = self._path(folder)

        def read() -> tuple[str, ...]:
            self._status_of(folder)
            return tuple(
                child(folder, self._name(entry))
                for entry in self._sftp.listdir_attr(self._on_wire(path))  # type: ignore[arg-type]
                if stat.S_ISDIR(entry.st_mode or 0) and not entry.filename.startswith(".")
            )

        return self._do(f"list {path}", FolderMissing, read)

    def fetch(self, path: str, target: Path, progress: Callable[[int], None] | None = None) -> str:
        source = self._path(path)

        def read() -> str:
            before = self._status_of(path)
            size = before.st_size or 0
            with download_to(target, size, progress) as download:
                self._sftp.download(self._on_wire(source), size, download.write)
                after = self._sftp.lstat(self._on_wire(source))
                if (download.written, after.st_size, after.st_mtime) != (size, size, before.st_mtime):
                    raise TransientError(f"source {self._settings.name}: {source} is still being written")
                return download.sha256()

        return self._do(f"fetch {source}", FileMissing, read)

    def move(self, path: str, target: str) -> None:
        source, destination = self._path(path), self._path(target)
        self._do(f"access {source}", FileMissing, lambda: self._status_of(path))
        self._do(f"create the folder of {destination}", FolderMissing, lambda: self._make_parents(destination))
        self._rename(source, destination)

    def remove(self, path: str) -> None:
        place = self._path(path)
        self._do(f"access {place}", FileMissing, lambda: self._status_of(path))

        def delete() -> None:
            # It may be gone since the attempt whose response was lost with the connection.
            with suppress(FileNotFoundError):
                self._sftp.remove(self._on_wire(place))

        self._do(f"remove {place}", FileMissing, delete)

    def upload(self, source: Path, path: str) -> None:
        destination = self._path(path)
        part = f"{destination}.part"

        self._do(f"create the folder of {destination}", FolderMissing, lambda: self._make_parents(destination))
        with source.open("rb") as reader:

            def write() -> None:
                reader.seek(0)
                self._sftp.putfo(reader, self._on_wire(part))

            try:
                self._do(f"write {part}", FolderMissing, write)
                self._rename(part, destination)
            except PermanentError:
                with suppress(TransportError):
                    self._do(f"remove {part}", FileMissing, lambda: self._sftp.remove(self._on_wire(part)))
                raise

    def exists(self, path: str) -> bool:
        place = self._path(path)
        return self._do(f"access {place}", FileMissing, lambda: self._status(place)) is not None

    def stat(self, path: str) -> RemoteFile | None:
        place = self._path(path)
        status = self._do(f"access {place}", FileMissing, lambda: self._status(place))
        if status is None or stat.S_ISLNK(status.st_mode or 0):
            return None
        return RemoteFile(path, status.st_size or 0, _modified_at(status))

    def check_readable(self, path: str) -> None:
        place = self._path(path)

        def read() -> None:
            self._status_of(path)
            with self._sftp.open(self._on_wire(place), "rb") as file:
                file.read(1)

        self._do(f"read {place}", FileMissing, read)

    def check_writable(self, folder: str) -> None:
        probe = self._path(probe_file(folder))
        self._do(f"write into {folder}/", FolderMissing, lambda: self._sftp.open(self._on_wire(probe), "wx").close())
        self._do(f"remove {probe}", FileMissing, lambda: self._sftp.remove(self._on_wire(probe)))


def _modified_at(status: paramiko.SFTPAttributes) -> datetime:
    return datetime.fromtimestamp(status.st_mtime or 0, UTC)
