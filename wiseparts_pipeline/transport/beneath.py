"""Files below a folder, reached without following a link: neither a file nor any folder on the way may be one.

Each folder on the way is opened from the one before it (`openat`), so that what was looked at is what is used, whoever
exchanges folders for links meanwhile. Only the folder itself may be reached over links.
"""

import ctypes
import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

# Without the right to read a folder it can still be passed, where the system has O_PATH.
_PASS = getattr(os, "O_PATH", os.O_RDONLY) | os.O_DIRECTORY | os.O_CLOEXEC
# Linux's rename that replaces nothing.
_RENAME = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
_NO_REPLACE = 1
# A pipe that took the place of a file must not block.
_SAFELY = os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


class LinkRefused(OSError):
    """A file or folder is a link."""

    def __init__(self, path: str) -> None:
        super().__init__(errno.ELOOP, "it is a link, and links are not followed", path)


class NotAFile(OSError):
    """What is there is no regular file."""

    def __init__(self, path: str) -> None:
        super().__init__(errno.EINVAL, "it is not a regular file", path)


class Beneath:
    """What is below `root`. Paths are relative to it, with `/` and without `..`; all raise OSError."""

    def __init__(self, root: str | Path | int) -> None:
        """`root`: its path, or an open descriptor of it."""
        self._root = root

    @contextmanager
    def folder(self, path: str, *, create: bool = False) -> Iterator[int]:
        """A folder's descriptor, for `dir_fd`; `create` makes the folders that are not there yet."""
        here = os.dup(self._root) if isinstance(self._root, int) else os.open(self._root, _PASS)
        try:
            passed = ""
            for name in filter(None, path.split("/")):
                passed = f"{passed}/{name}".lstrip("/")
                below = _enter(here, name, passed, create=create)
                os.close(here)
                here = below
            yield here
        finally:
            os.close(here)

    @contextmanager
    def place(self, path: str, *, create: bool = False) -> Iterator[tuple[int, str]]:
        """The descriptor of the folder that a file or folder is in, and its name there; `.` is the root itself."""
        folder, _, name = path.strip("/").rpartition("/")
        with self.folder(folder, create=create) as here:
            yield here, name or "."

    @contextmanager
    def entries(self, path: str) -> Iterator[Iterator[os.DirEntry[str]]]:
        """What is in a folder; ask the entries for nothing that follows links."""
        with self.folder(path) as here:
            readable = os.open(".", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC, dir_fd=here)
            try:
                with os.scandir(readable) as entries:
                    yield entries
            finally:
                os.close(readable)

    def status(self, path: str) -> os.stat_result:
        """Of a link, the status is its own."""
        with self.place(path) as (folder, name), _named(path):
            return os.stat(name, dir_fd=folder, follow_symlinks=False)

    def exists(self, path: str) -> bool:
        """Whether there is something, if only a link."""
        try:
            self.status(path)
        except (FileNotFoundError, NotADirectoryError):
            return False
        return True

    def open(self, path: str, flags: int, mode: int = 0o666, *, create_folders: bool = False) -> int:
        """The descriptor of a regular file; raises LinkRefused, NotAFile."""
        with self.place(path, create=create_folders) as (folder, name), _named(path):
            try:
                file = os.open(name, flags | _SAFELY, mode, dir_fd=folder)
            except OSError as error:
                if _is_link(folder, name):
                    raise LinkRefused(path) from error
                raise
            if not stat.S_ISREG(os.fstat(file).st_mode):
                os.close(file)
                raise NotAFile(path)
            return file

    def make_folder(self, path: str, mode: int = 0o777, *, create_folders: bool = False) -> None:
        with self.place(path, create=create_folders) as (folder, name), _named(path):
            os.mkdir(name, mode, dir_fd=folder)

    def remove_folder(self, path: str) -> None:
        """Remove an empty folder."""
        with self.place(path) as (folder, name), _named(path):
            os.rmdir(name, dir_fd=folder)

    def rename(self, path: str, target: str) -> None:
        """Rename a file or folder; raises FileExistsError, also for an empty folder, which a plain rename replaces."""
        with self.place(path) as (folder, name), self.place(target) as (new_folder, new_name):
            try:
                done = _rename_to_free_name(folder, name, new_folder, new_name)
            except FileExistsError as error:
                error.filename = target
                raise
            except OSError as error:
                error.filename = path
                raise
            if done:
                return
            if self.exists(target):
                raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), target)
            with _named(path):
                os.rename(name, new_name, src_dir_fd=folder, dst_dir_fd=new_folder)

    def remove(self, path: str) -> None:
        """Remove a file or a link."""
        with self.place(path) as (folder, name), _named(path):
            os.unlink(name, dir_fd=folder)


def _rename_to_free_name(folder: int, name: str, new_folder: int, new_name: str) -> bool:
    """False where the system or the file system has no such rename."""
    if _RENAME is None:
        return False
    if _RENAME(folder, os.fsencode(name), new_folder, os.fsencode(new_name), _NO_REPLACE) == 0:
        return True
    error = ctypes.get_errno()
    if error in (errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP):
        return False
    raise OSError(error, os.strerror(error))


def _enter(folder: int, name: str, path: str, *, create: bool) -> int:
    try:
        with _named(path):
            try:
                return os.open(name, _PASS | os.O_NOFOLLOW, dir_fd=folder)
            except FileNotFoundError:
                if not create:
                    raise
                # Another process may create it at the same time.
                with suppress(FileExistsError):
                    os.mkdir(name, dir_fd=folder)
                return os.open(name, _PASS | os.O_NOFOLLOW, dir_fd=folder)
    except OSError as error:
        if _is_link(folder, name):
            raise LinkRefused(path) from error
        raise


def _is_link(folder: int, name: str) -> bool:
    try:
        return stat.S_ISLNK(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode)
    except OSError:
        return False


@contextmanager
def _named(path: str) -> Iterator[None]:
    """Errors name the whole path and not only its last part."""
    try:
        yield
    except OSError as error:
        error.filename = path
        raise
