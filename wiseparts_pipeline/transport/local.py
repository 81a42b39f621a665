"""A folder on this machine, or a mounted share, as a source. Links in it are never followed."""

import errno
import os
import shutil
import stat
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from types import TracebackType
from typing import BinaryIO, Self

from wiseparts_pipeline.config.source import SourceSettings
from wiseparts_pipeline.transport.base import (
    FILE_MODE,
    FOLDER_MODE,
    FileMissing,
    FolderMissing,
    PermanentError,
    RemoteFile,
    TargetExists,
    TransientError,
    child,
    incomplete,
    inside,
    probe_file,
)
from wiseparts_pipeline.transport.beneath import Beneath, LinkRefused
from wiseparts_pipeline.transport.download import download_to

CHUNK_BYTES = 1024 * 1024
# The errors of a file system without hard links, such as FAT and some network shares.
NO_LINKS = (errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS)


class LocalTransport:
    """See Transport. No link below the root is followed, also not one that takes a file's place meanwhile."""

    def __init__(self, settings: SourceSettings) -> None:
        self._name = settings.name
        self._root = str(Path(settings.root).expanduser().absolute())
        self._files = Beneath(self._root)
        with self._map_errors("enter root", FolderMissing):
            if not Path(self._root).is_dir():
                raise FolderMissing(f"source {self._name}: there is no folder {self._root} (`root`)")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None

    def list(self, folder: str) -> list[RemoteFile]:
        with self._map_errors(f"list {folder}", FolderMissing), self._files.entries(self._path(folder)) as entries:
            return [
                _remote_file(child(folder, entry.name), status)
                for entry in entries
                if (status := _status(entry)) is not None and stat.S_ISREG(status.st_mode)
            ]

    def folders(self, folder: str, *, hidden: bool = False) -> tuple[str, ...]:
        with self._map_errors(f"list {folder}", FolderMissing), self._files.entries(self._path(folder)) as entries:
            return tuple(
                child(folder, entry.name)
                for entry in entries
                if entry.is_dir(follow_symlinks=False) and (hidden or not entry.name.startswith("."))
            )

    def fetch(self, path: str, target: Path, progress: Callable[[int], None] | None = None) -> str:
        source = self._path(path)
        with self._map_errors(f"fetch {path}", FileMissing), self._opened(source) as reader:
            before = os.fstat(reader.fileno())
            with download_to(target, before.st_size, progress) as download:
                # Not to its end, which moves while someone is writing.
                while download.written < before.st_size and (data := reader.read(CHUNK_BYTES)):
                    download.write(data)
                after = os.fstat(reader.fileno())
                size = before.st_size
                if (download.written, after.st_size, after.st_mtime_ns) != (size, size, before.st_mtime_ns):
                    raise TransientError(f"source {self._name}: {path} is still being written")
                return download.sha256()

    def move(self, path: str, target: str) -> None:
        with self._map_errors(f"move {path} to {target}", FileMissing):
            source, destination = self._path(path), self._path(target)
            if stat.S_ISLNK(self._files.status(source).st_mode):
                raise LinkRefused(source)
            self._rename(source, destination)

    def remove(self, path: str) -> None:
        with self._map_errors(f"remove {path}", FileMissing):
            place = self._path(path)
            if stat.S_ISLNK(self._files.status(place).st_mode):
                raise LinkRefused(place)
            self._files.remove(place)

    def upload(self, source: Path, path: str) -> None:
        with self._map_errors(f"write {path}", FolderMissing):
            destination = self._path(path)
            part = f"{destination}.part"
            with suppress(FileNotFoundError):
                self._files.remove(part)
            try:
                new = self._files.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, create_folders=True)
                with source.open("rb") as reader, os.fdopen(new, "wb") as writer:
                    shutil.copyfileobj(reader, writer, CHUNK_BYTES)
                self._rename(part, destination)
            finally:
                with suppress(FileNotFoundError):
                    self._files.remove(part)

    def make_folder(self, path: str) -> bool:
        with self._map_errors(f"create {path}/", FolderMissing):
            try:
                self._files.make_folder(self._path(path), FOLDER_MODE, create_folders=True)
            except FileExistsError:
                return False
            return True

    def write(self, folder: str, files: Mapping[str, bytes]) -> None:
        for name, content in files.items():
            path = child(folder, name)
            place = self._path(path)
            with self._map_errors(f"write {path}", FolderMissing):
                with suppress(FileNotFoundError):
                    self._files.remove(place)
                with os.fdopen(self._files.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FILE_MODE), "wb") as file:
                    file.write(content)
                    file.flush()
                    size = os.fstat(file.fileno()).st_size
            if size != len(content):
                raise incomplete(f"source {self._name}: {path}", size, len(content))

    def rename(self, path: str, target: str) -> None:
        with self._map_errors(f"move {path} to {target}", FileMissing):
            try:
                self._files.rename(self._path(path), self._path(target))
            except FileExistsError as error:
                raise TargetExists(f"source {self._name}: {target} already exists") from error

    def remove_folder(self, path: str) -> None:
        with self._map_errors(f"remove {path}/", FolderMissing):
            self._files.remove_folder(self._path(path))

    def exists(self, path: str) -> bool:
        with self._map_errors(f"access {path}", FileMissing):
            return self._files.exists(self._path(path))

    def stat(self, path: str) -> RemoteFile | None:
        with self._map_errors(f"access {path}", FileMissing):
            try:
                status = self._files.status(self._path(path))
            except FileNotFoundError:
                return None
            return None if stat.S_ISLNK(status.st_mode) else _remote_file(path, status)

    def check_readable(self, path: str) -> None:
        with self._map_errors(f"read {path}", FileMissing), self._opened(self._path(path)) as file:
            file.read(1)

    def check_writable(self, folder: str) -> None:
        probe = self._path(probe_file(folder))
        with self._map_errors(f"write into {folder}/", FolderMissing):
            os.close(self._files.open(probe, os.O_WRONLY | os.O_CREAT | os.O_EXCL))
            self._files.remove(probe)

    def _path(self, path: str) -> str:
        """The path below the root, in its plainest form; raises PermanentError for one that leads out of it."""
        inside(self._root, path)
        plain = str(PurePosixPath(path))
        return "" if plain == "." else plain

    def _opened(self, path: str) -> BinaryIO:
        return os.fdopen(self._files.open(path, os.O_RDONLY), "rb")

    def _rename(self, source: str, destination: str) -> None:
        """Rename without overwriting: unlike a rename, creating a hard link fails if the name is taken."""
        with (
            self._files.place(source) as (folder, name),
            self._files.place(destination, create=True) as (new_folder, new_name),
        ):
            try:
                os.link(name, new_name, src_dir_fd=folder, dst_dir_fd=new_folder, follow_symlinks=False)
            except FileExistsError as error:
                raise TargetExists(f"{destination} already exists") from error
            except OSError as error:
                if error.errno not in NO_LINKS:
                    error.filename = destination
                    raise
                try:
                    self._files.rename(source, destination)
                except FileExistsError as taken:
                    raise TargetExists(f"{destination} already exists") from taken
            else:
                os.unlink(name, dir_fd=folder)

    @contextmanager
    def _map_errors(self, action: str, missing: type[PermanentError]) -> Iterator[None]:
        """Raise errors of the operating system as TransportError."""
        try:
            yield
        except FileNotFoundError as error:
            raise missing(
                f"source {self._name}: cannot {action}: {self._shown(error.filename)} does not exist"
            ) from error
        except OSError as error:
            raise PermanentError(
                f"source {self._name}: cannot {action}: {error.strerror} ({self._shown(error.filename)})"
            ) from error

    def _shown(self, path: object) -> str:
        return str(Path(self._root) / str(path or ""))


def _remote_file(path: str, status: os.stat_result) -> RemoteFile:
    return RemoteFile(path, status.st_size, datetime.fromtimestamp(status.st_mtime, UTC))


def _status(entry: os.DirEntry[str]) -> os.stat_result | None:
    """None for a file that was removed after the folder was read."""
    try:
        return entry.stat(follow_symlinks=False)
    except FileNotFoundError:
        return None
