"""An SFTP server as a source."""

import stat
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

import paramiko

from wiseparts_pipeline.transport.base import (
    FILE_MODE,
    FOLDER_MODE,
    FileMissing,
    FolderMissing,
    PermanentError,
    RemoteFile,
    TransientError,
    TransportError,
    child,
    incomplete,
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

    def folders(self, folder: str, *, hidden: bool = False) -> tuple[str, ...]:
        path = self._path(folder)

        def read() -> tuple[str, ...]:
            self._status_of(folder)
            return tuple(
                child(folder, self._name(entry))
                for entry in self._sftp.listdir_attr(self._on_wire(path))  # type: ignore[arg-type]
                if stat.S_ISDIR(entry.st_mode or 0) and (hidden or not entry.filename.startswith("."))
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

    def make_folder(self, path: str) -> bool:
        place = self._path(path)

        def make() -> bool:
            self._refuse_links_once(str(PurePosixPath(place).parent))
            try:
                self._sftp.mkdir(self._on_wire(place), FOLDER_MODE)
            except FileNotFoundError:
                self._make_parents(place)
                self._sftp.mkdir(self._on_wire(place), FOLDER_MODE)
            except OSError:
                if self._status(place) is None:
                    raise
                return False
            return True

        return self._do(f"create {place}/", FolderMissing, make)

    def write(self, folder: str, files: Mapping[str, bytes]) -> None:
        contents = {self._path(child(folder, name)): content for name, content in files.items()}
        new = [(self._on_wire(place), content) for place, content in contents.items()]

        def write() -> list[int | None]:
            self._refuse_links_once(str(PurePosixPath(self._path(folder)).parent))
            try:
                return self._sftp.write_new(new, FILE_MODE)
            except (FileNotFoundError, TimeoutError):
                raise
            except OSError:
                there = [place for place in contents if self._status(place) is not None]
                if not there:
                    raise
                for place in there:
                    self._sftp.remove(self._on_wire(place))
                return self._sftp.write_new(new, FILE_MODE)

        sizes = self._do(f"write into {self._path(folder)}/", FolderMissing, write)
        for (place, content), size in zip(contents.items(), sizes, strict=True):
            if size not in (len(content), None):
                raise incomplete(f"{self._address}: {place}", size or 0, len(content))

    def rename(self, path: str, target: str) -> None:
        self._rename(self._path(path), self._path(target))

    def remove_folder(self, path: str) -> None:
        place = self._path(path)
        self._do(f"access {place}", FolderMissing, lambda: self._status_of(path))

        def remove() -> None:
            # It may be gone since the attempt whose response was lost with the connection.
            with suppress(FileNotFoundError):
                self._sftp.rmdir(self._on_wire(place))

        self._do(f"remove {place}/", FolderMissing, remove)

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
