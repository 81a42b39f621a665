"""A folder of this machine (or a mounted share) as a source."""

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
    trial_file,
)
from wiseparts_pipeline.transport.download import Download

CHUNK_BYTES = 1024 * 1024
# What a file system without hard links (FAT, some network shares) answers.
NO_LINKS = (errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS)


class LocalTransport:
    """See Transport."""

    def __init__(self, settings: SourceSettings) -> None:
        self._name = settings.name
        self._root = str(Path(settings.root).expanduser().absolute())
        with self._told("enter root", FolderMissing):
            if not Path(self._root).is_dir():
                raise FolderMissing(f"source {self._name}: there is no folder {self._root} (root)")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None

    def list(self, folder: str) -> list[RemoteFile]:
        with self._told(f"list {folder}", FolderMissing):
            return [
                _remote_file(child(folder, entry.name), status)
                for entry in os.scandir(self._path(folder))
                if (status := _status(Path(entry.path))) is not None and stat.S_ISREG(status.st_mode)
            ]

    def fetch(self, path: str, target: Path, progress: Callable[[int], None] | None = None) -> str:
        source = self._path(path)
        with self._told(f"fetch {path}", FileMissing), source.open("rb") as reader:
            before = os.fstat(reader.fileno())
            with Download(target, before.st_size, progress) as download:
                # Not to its end, which moves away as long as somebody writes.
                while download.written < before.st_size and (data := reader.read(CHUNK_BYTES)):
                    download.write(data)
                after = os.fstat(reader.fileno())
                size = before.st_size
                if (download.written, after.st_size, after.st_mtime_ns) != (size, size, before.st_mtime_ns):
                    raise TransientError(f"source {self._name}: {path} is still being written")
                return download.sha256()

    def move(self, path: str, target: str) -> None:
        with self._told(f"move {path} to {target}", FileMissing):
            source, destination = self._path(path), self._path(target)
            source.lstat()
            destination.parent.mkdir(parents=True, exist_ok=True)
            _rename(source, destination, target)

    def upload(self, source: Path, path: str) -> None:
        with self._told(f"write {path}", FolderMissing):
            destination = self._path(path)
            destination.parent.mkdir(parents=True, exist_ok=True)
            part = destination.with_name(f"{destination.name}.part")
            try:
                shutil.copyfile(source, part)
                _rename(part, destination, path)
            finally:
                part.unlink(missing_ok=True)

    def exists(self, path: str) -> bool:
        with self._told(f"look at {path}", FileMissing):
            return os.path.lexists(self._path(path))

    def look(self, path: str) -> RemoteFile | None:
        with self._told(f"look at {path}", FileMissing):
            status = _status(self._path(path))
            return None if status is None else _remote_file(path, status)

    def try_reading(self, path: str) -> None:
        with self._told(f"read {path}", FileMissing), self._path(path).open("rb") as file:
            file.read(1)

    def try_writing(self, folder: str) -> None:
        trial = self._path(trial_file(folder))
        with self._told(f"write into {folder}/", FolderMissing):
            trial.touch(exist_ok=False)
            trial.unlink()

    def _path(self, path: str) -> Path:
        return Path(inside(self._root, path))

    @contextmanager
    def _told(self, action: str, missing: type[PermanentError]) -> Iterator[None]:
        """Turn the operating system's faults into ours."""
        try:
            yield
        except FileNotFoundError as error:
            raise missing(f"source {self._name}: cannot {action}: {error.filename} is not there") from error
        except OSError as error:
            raise PermanentError(
                f"source {self._name}: cannot {action}: {error.strerror} ({error.filename})"
            ) from error


def _remote_file(path: str, status: os.stat_result) -> RemoteFile:
    return RemoteFile(path, status.st_size, datetime.fromtimestamp(status.st_mtime, UTC))


def _status(path: Path) -> os.stat_result | None:
    """None for a link that leads nowhere, and for a file that was taken away since the folder was read."""
    try:
        return path.stat()
    except FileNotFoundError:
        return None
    except OSError:
        if path.is_symlink():
            return None
        raise


def _rename(source: Path, destination: Path, name: str) -> None:
    """Rename without overwriting: unlike a rename, a link fails where the name is taken."""
    try:
        os.link(source, destination, follow_symlinks=False)
    except FileExistsError as error:
        raise TargetExists(f"{name} exists already") from error
    except OSError as error:
        if error.errno not in NO_LINKS:
            raise
        if os.path.lexists(destination):
            raise TargetExists(f"{name} exists already") from error
        source.rename(destination)
    else:
        source.unlink()
