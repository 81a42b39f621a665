"""A folder on this machine, or a mounted share, as a source."""

import errno
import os
import shutil
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from wiseparts_pipeline.config.source import SourceSettings
from wiseparts_pipeline.transport.base import (
    FileMissing,
    FolderMissing,
    PermanentError,
    RemoteFile,
    TargetExists,
    TransientError,
    child,
    inside,
    probe_file,
)
from wiseparts_pipeline.transport.download import download_to

CHUNK_BYTES = 1024 * 1024
# The errors of a file system without hard links, such as FAT and some network shares.
NO_LINKS = (errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS)


class LocalTransport:
    """See Transport."""

    def __init__(self, settings: SourceSettings) -> None:
        self._name = settings.name
        self._root = str(Path(settings.root).expanduser().absolute())
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
        with self._map_errors(f"list {folder}", FolderMissing):
            return [
                _remote_file(child(folder, entry.name), status)
                for entry in os.scandir(self._path(folder))
                if (status := _status(Path(entry.path))) is not None and stat.S_ISREG(status.st_mode)
            ]

    def folders(self, folder: str) -> tuple[str, ...]:
        with self._map_errors(f"list {folder}", FolderMissing):
            return tuple(
                child(folder, entry.name)
                for entry in os.scandir(self._path(folder))
                if entry.is_dir(follow_symlinks=False) and not entry.name.startswith(".")
            )

    def fetch(self, path: str, target: Path, progress: Callable[[int], None] | None = None) -> str:
        source = self._path(path)
        with self._map_errors(f"fetch {path}", FileMissing), source.open("rb") as reader:
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
            source.lstat()
            destination.parent.mkdir(parents=True, exist_ok=True)
            _rename(source, destination, target)

    def upload(self, source: Path, path: str) -> None:
        with self._map_errors(f"write {path}", FolderMissing):
            destination = self._path(path)
            destination.parent.mkdir(parents=True, exist_ok=True)
            part = destination.with_name(f"{destination.name}.part")
            try:
                shutil.copyfile(source, part)
                _rename(part, destination, path)
            finally:
                part.unlink(missing_ok=True)

    def exists(self, path: str) -> bool:
        with self._map_errors(f"access {path}", FileMissing):
            return os.path.lexists(self._path(path))

    def stat(self, path: str) -> RemoteFile | None:
        with self._map_errors(f"access {path}", FileMissing):
            status = _status(self._path(path))
            return None if status is None else _remote_file(path, status)

    def check_readable(self, path: str) -> None:
        with self._map_errors(f"read {path}", FileMissing), self._path(path).open("rb") as file:
            file.read(1)

    def check_writable(self, folder: str) -> None:
        probe = self._path(probe_file(folder))
        with self._map_errors(f"write into {folder}/", FolderMissing):
            probe.touch(exist_ok=False)
            probe.unlink()

    def _path(self, path: str) -> Path:
        return Path(inside(self._root, path))

    @contextmanager
    def _map_errors(self, action: str, missing: type[PermanentError]) -> Iterator[None]:
        """Raise errors of the operating system as TransportError."""
        try:
            yield
        except FileNotFoundError as error:
            raise missing(f"source {self._name}: cannot {action}: {error.filename} does not exist") from error
        except OSError as error:
            raise PermanentError(
                f"source {self._name}: cannot {action}: {error.strerror} ({error.filename})"
            ) from error


def _remote_file(path: str, status: os.stat_result) -> RemoteFile:
    return RemoteFile(path, status.st_size, datetime.fromtimestamp(status.st_mtime, UTC))


def _status(path: Path) -> os.stat_result | None:
    """None for a dangling link, and for a file that was removed after the folder was read."""
    try:
        return path.stat()
    except FileNotFoundError:
        return None
    except OSError:
        if path.is_symlink():
            return None
        raise


def _rename(source: Path, destination: Path, name: str) -> None:
    """Rename without overwriting: unlike a rename, creating a hard link fails if the name is taken."""
    try:
        os.link(source, destination, follow_symlinks=False)
    except FileExistsError as error:
        raise TargetExists(f"{name} already exists") from error
    except OSError as error:
        if error.errno not in NO_LINKS:
            raise
        if os.path.lexists(destination):
            raise TargetExists(f"{name} already exists") from error
        source.rename(destination)
    else:
        source.unlink()
