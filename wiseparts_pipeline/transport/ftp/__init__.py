"""An FTP server as a source, over TLS (`ftps`) or, where the source allows it, without (`ftp`)."""

import ftplib
import io
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path, PurePosixPath

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
from wiseparts_pipeline.transport.ftp.connection import FtpConnection
from wiseparts_pipeline.transport.ftp.listing import Entry, Kind

# Of a file that is only tried: a larger one costs a new connection.
TRIED_BYTES = 64 * 1024


class FtpTransport(FtpConnection):
    """See Transport. An operation that a lost connection interrupts is repeated once, over a new connection.

    FTP leaves two gaps that no client can close. Renaming overwrites on most servers, so whether a name is taken is
    asked before: a file that appears in the moment between is lost. And links are only seen in listings: one that takes
    the place of a file or folder after these were listed is followed by the server.
    """

    def list(self, folder: str) -> list[RemoteFile]:
        return [_remote_file(child(folder, entry.name), entry) for entry in self._entries(folder, Kind.FILE)]

    def folders(self, folder: str, *, hidden: bool = False) -> tuple[str, ...]:
        folders = self._entries(folder, Kind.FOLDER)
        return tuple(child(folder, entry.name) for entry in folders if hidden or not entry.name.startswith("."))

    def fetch(self, path: str, target: Path, progress: Callable[[int], None] | None = None) -> str:
        source = self._path(path)

        def read() -> str:
            before = self._file(source)
            with download_to(target, before.size, progress) as download:
                received = self._client.retrieve(source, download.write, before.size)
                if received != before.size or self._client.status(source) != before:
                    raise TransientError(f"source {self._settings.name}: {source} is still being written")
                return download.sha256()

        return self._do(f"fetch {source}", FileMissing, read)

    def move(self, path: str, target: str) -> None:
        source, destination = self._path(path), self._path(target)
        self._do(f"access {source}", FileMissing, lambda: self._file(source))
        self._do(f"create the folder of {destination}", FolderMissing, lambda: self._make_parents(destination))
        self._rename(source, destination)

    def remove(self, path: str) -> None:
        place = self._path(path)
        self._do(f"access {place}", FileMissing, lambda: self._file(place))

        def delete() -> None:
            # It may be gone since the attempt whose answer was lost with the connection.
            if self._client.status(place) is not None:
                self._client.remove(place)

        self._do(f"remove {place}", FileMissing, delete)

    def upload(self, source: Path, path: str) -> None:
        destination = self._path(path)
        part = f"{destination}.part"
        self._do(f"create the folder of {destination}", FolderMissing, lambda: self._make_parents(destination))
        with source.open("rb") as reader:

            def write() -> None:
                reader.seek(0)
                self._client.store(part, reader)
                if self._file(part).size != reader.tell():
                    raise TransientError(f"{self._address}: {part} did not arrive whole")

            try:
                self._do(f"write {part}", FolderMissing, write)
                self._rename(part, destination)
            except PermanentError:
                with suppress(TransportError):
                    self._do(f"remove {part}", FileMissing, lambda: self._client.remove(part))
                raise

    def make_folder(self, path: str) -> bool:
        place = self._path(path)

        def make() -> bool:
            self._refuse_links(str(PurePosixPath(place).parent))
            try:
                self._client.make_folder(place)
            except ftplib.error_perm:
                if self._client.status(place) is not None:
                    return False
                self._make_parents(place)
                self._client.make_folder(place)
            return True

        return self._do(f"create {place}/", FolderMissing, make)

    def write(self, folder: str, files: Mapping[str, bytes]) -> None:
        for name, content in files.items():
            place = self._path(child(folder, name))
            self._do(f"write {place}", FolderMissing, partial(self._put, place, content))

    def rename(self, path: str, target: str) -> None:
        self._rename(self._path(path), self._path(target))

    def remove_folder(self, path: str) -> None:
        place = self._path(path)

        def access() -> None:
            self._refuse_links(place)
            if self._client.status(place) is None:
                raise FolderMissing(f"{self._address}: there is no folder {place}")

        def remove() -> None:
            # It may be gone since the attempt whose answer was lost with the connection.
            if self._client.status(place) is not None:
                self._client.remove_folder(place)

        self._do(f"access {place}", FolderMissing, access)
        self._do(f"remove {place}/", FolderMissing, remove)

    def exists(self, path: str) -> bool:
        place = self._path(path)
        return self._do(f"access {place}", FileMissing, lambda: self._client.status(place)) is not None

    def stat(self, path: str) -> RemoteFile | None:
        place = self._path(path)
        entry = self._do(f"access {place}", FileMissing, lambda: self._client.status(place))
        return _remote_file(path, entry) if entry is not None and entry.kind is Kind.FILE else None

    def check_readable(self, path: str) -> None:
        place = self._path(path)

        def read() -> None:
            self._file(place)
            self._client.retrieve(place, lambda _: None, TRIED_BYTES)

        self._do(f"read {place}", FileMissing, read)

    def check_writable(self, folder: str) -> None:
        probe = self._path(probe_file(folder))
        self._do(f"write into {folder}/", FolderMissing, lambda: self._client.store(probe, io.BytesIO()))
        self._do(f"remove {probe}", FileMissing, lambda: self._client.remove(probe))


def _remote_file(path: str, entry: Entry) -> RemoteFile:
    if entry.modified_at is None:
        raise PermanentError(f"the server does not tell when {path} was changed")
    return RemoteFile(path, entry.size, entry.modified_at)
