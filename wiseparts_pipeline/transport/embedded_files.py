"""What clients of the embedded SFTP server can do: everything with files and folders, and nothing with links."""

import os
import posixpath
import stat
from collections.abc import AsyncIterator
from typing import NoReturn

import asyncssh
from asyncssh import constants

from wiseparts_pipeline.transport.beneath import Beneath, LinkRefused

# Neither set-user-id nor set-group-id: the server may run as another user than its clients.
_PERMISSIONS = 0o777


class ConfinedSftp(asyncssh.SFTPServer):
    """Serves the folder with the descriptor `root`. No client leaves it, whatever links are or come to be in it.

    Links are shown as links and can be removed, but neither followed nor made nor moved.
    """

    def __init__(self, channel: asyncssh.SSHServerChannel[bytes], root: int) -> None:
        super().__init__(channel)
        self._files = Beneath(root)

    def open(self, path: bytes, pflags: int, attrs: asyncssh.SFTPAttrs) -> object:
        flags = os.O_RDWR if pflags & constants.FXF_READ else os.O_WRONLY
        if not pflags & constants.FXF_WRITE:
            flags = os.O_RDONLY
        for asked, flag in (
            (constants.FXF_APPEND, os.O_APPEND),
            (constants.FXF_CREAT, os.O_CREAT),
            (constants.FXF_TRUNC, os.O_TRUNC),
            (constants.FXF_EXCL, os.O_EXCL),
        ):
            flags |= flag if pflags & asked else 0
        file = self._files.open(_plain(path), flags, _permissions(attrs, 0o666))
        mode = {os.O_RDONLY: "rb", os.O_WRONLY: "wb", os.O_RDWR: "r+b"}[flags & os.O_ACCMODE]
        return os.fdopen(file, mode, buffering=0)

    def open56(self, path: bytes, desired_access: int, flags: int, attrs: asyncssh.SFTPAttrs) -> NoReturn:
        raise asyncssh.SFTPOpUnsupported("use version 3 of the protocol")

    def lstat(self, path: bytes) -> os.stat_result:
        return self._files.status(_plain(path))

    def stat(self, path: bytes) -> os.stat_result:
        return self._status(_plain(path))

    def setstat(self, path: bytes, attrs: asyncssh.SFTPAttrs) -> None:
        place = _plain(path)
        if stat.S_ISDIR(self._status(place).st_mode):
            with self._files.folder(place) as folder:
                # What is open only to be passed has no settings.
                readable = os.open(".", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC, dir_fd=folder)
        else:
            readable = self._files.open(place, os.O_RDONLY if attrs.size is None else os.O_WRONLY)
        try:
            _set(readable, attrs)
        finally:
            os.close(readable)

    lsetstat = setstat

    def fsetstat(self, file_obj: object, attrs: asyncssh.SFTPAttrs) -> None:
        _set(file_obj.fileno(), attrs)  # type: ignore[attr-defined]

    async def scandir(self, path: bytes) -> AsyncIterator[asyncssh.SFTPName]:
        place = _plain(path)
        with self._files.folder(place) as folder:
            here = asyncssh.SFTPAttrs.from_local(os.fstat(folder))
        for name in (b".", b".."):
            yield asyncssh.SFTPName(name, attrs=here)
        with self._files.entries(place) as entries:
            for entry in entries:
                try:
                    status = entry.stat(follow_symlinks=False)
                except FileNotFoundError:
                    continue
                yield asyncssh.SFTPName(os.fsencode(entry.name), attrs=asyncssh.SFTPAttrs.from_local(status))

    def remove(self, path: bytes) -> None:
        self._files.remove(_plain(path))

    def mkdir(self, path: bytes, attrs: asyncssh.SFTPAttrs) -> None:
        self._files.make_folder(_plain(path), _permissions(attrs, 0o777))

    def rmdir(self, path: bytes) -> None:
        self._files.remove_folder(_plain(path))

    def realpath(self, path: bytes) -> bytes:
        return b"/" + os.fsencode(_plain(path))

    def rename(self, oldpath: bytes, newpath: bytes) -> None:
        self._status(_plain(oldpath))
        try:
            self._files.rename(_plain(oldpath), _plain(newpath))
        except FileExistsError as error:
            raise asyncssh.SFTPFileAlreadyExists("File already exists") from error

    def posix_rename(self, oldpath: bytes, newpath: bytes) -> None:
        source, target = _plain(oldpath), _plain(newpath)
        self._status(source)
        with self._files.place(source) as (folder, name), self._files.place(target) as (new_folder, new_name):
            os.replace(name, new_name, src_dir_fd=folder, dst_dir_fd=new_folder)

    def readlink(self, path: bytes) -> NoReturn:
        raise LinkRefused(_plain(path))

    def symlink(self, oldpath: bytes, newpath: bytes) -> NoReturn:
        raise asyncssh.SFTPPermissionDenied("links cannot be made on this server")

    link = symlink

    def statvfs(self, path: bytes) -> os.statvfs_result:
        self._status(_plain(path))
        with self._files.folder("") as root:
            return os.statvfs(root)

    def _status(self, path: str) -> os.stat_result:
        """The status of what must not be a link."""
        status = self._files.status(path)
        if stat.S_ISLNK(status.st_mode):
            raise LinkRefused(path)
        return status


def _plain(path: bytes) -> str:
    """The path relative to the root, without `.` and `..`."""
    return os.fsdecode(posixpath.normpath(posixpath.join(b"/", path)).lstrip(b"/"))


def _permissions(attrs: asyncssh.SFTPAttrs, default: int) -> int:
    return default if attrs.permissions is None else attrs.permissions & _PERMISSIONS


def _set(file: int, attrs: asyncssh.SFTPAttrs) -> None:
    """Size, permissions and times, and never the owner."""
    if attrs.size is not None:
        os.truncate(file, attrs.size)
    if attrs.permissions is not None:
        os.fchmod(file, attrs.permissions & _PERMISSIONS)
    if attrs.mtime is not None:
        os.utime(file, (attrs.mtime if attrs.atime is None else attrs.atime, attrs.mtime))
