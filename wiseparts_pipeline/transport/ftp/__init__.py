"""An FTP server as a source, over TLS (`ftps`) or, where the source allows it, without (`ftp`)."""

import ftplib
import io
import ssl
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path, PurePosixPath
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
    TransportError,
    child,
    inside,
    probe_file,
)
from wiseparts_pipeline.transport.connecting import ConnectionLost, Reconnecting, address
from wiseparts_pipeline.transport.download import download_to
from wiseparts_pipeline.transport.ftp.client import FtpClient, is_denied
from wiseparts_pipeline.transport.ftp.listing import Entry, Kind
from wiseparts_pipeline.transport.ftp.login import answer, certificate_error, open_client

# Of a file that is only tried: a larger one costs a new connection.
TRIED_BYTES = 64 * 1024
# Answers that are about space or quota, which somebody has to make.
NO_SPACE = ("452", "552")


class FtpTransport(Reconnecting):
    """See Transport. An operation that a lost connection interrupts is repeated once, over a new connection.

    FTP leaves two gaps that no client can close. Renaming overwrites on most servers, so whether a name is taken is
    asked before: a file that appears in the moment between is lost. And links are only seen in listings: one that takes
    the place of a file or folder after these were listed is followed by the server.
    """

    def __init__(self, settings: SourceSettings) -> None:
        self._settings = settings
        self._address = address(settings)
        self._connected: FtpClient | None = open_client(settings)
        self._links: dict[str, set[str]] = {}
        self._root = self._do("find `root`", FolderMissing, lambda: self._client.absolute(settings.root))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        client, self._connected = self._connected, None
        if client is not None and client.sock is not None:
            with suppress(*ftplib.all_errors):
                client.quit()
            client.close()

    def list(self, folder: str) -> list[RemoteFile]:
        return [_remote_file(child(folder, entry.name), entry) for entry in self._entries(folder, Kind.FILE)]

    def folders(self, folder: str) -> tuple[str, ...]:
        folders = self._entries(folder, Kind.FOLDER)
        return tuple(child(folder, entry.name) for entry in folders if not entry.name.startswith("."))

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

    @property
    def _client(self) -> FtpClient:
        if self._connected is None or self._connected.sock is None:
            self._connected = open_client(self._settings)
        return self._connected

    def _reconnect(self) -> None:
        if self._connected is not None:
            # A server may allow only few connections.
            self._connected.close()
        self._connected = open_client(self._settings)

    def _path(self, path: str) -> str:
        return inside(self._root, path)

    def _entries(self, folder: str, kind: Kind) -> Iterator[Entry]:
        path = self._path(folder)

        def read() -> Sequence[Entry]:
            self._refuse_links(path)
            try:
                return self._client.entries(path)
            except ftplib.error_perm as error:
                if is_denied(error) or self._client.is_there(path):
                    raise
                raise FolderMissing(f"{self._address}: there is no folder {path}") from error

        entries = self._do(f"list {path}", FolderMissing, read)
        return (entry for entry in entries if entry.kind is kind)

    def _file(self, path: str) -> Entry:
        """The file's status; raises PermanentError for anything else."""
        self._refuse_links(str(PurePosixPath(path).parent))
        entry = self._client.status(path)
        if entry is None:
            raise FileMissing(f"{self._address}: {path} does not exist")
        if entry.kind is not Kind.FILE:
            raise PermanentError(f"{self._address}: {path} is a {entry.kind.value} and not a file")
        return entry

    @contextmanager
    def _map_errors(self, action: str, missing: type[PermanentError]) -> Iterator[None]:
        """Raise ftplib's errors as TransportError."""
        failed = f"{self._address}: cannot {action}"
        try:
            yield
        except ftplib.error_perm as error:
            raise self._refusal(failed, missing, error) from error
        except ftplib.error_temp as error:
            said = answer(error, self._settings)
            if said.startswith("421"):
                self._close()
                raise ConnectionLost(f"{failed}: the server ended the connection: {said}") from error
            kind = PermanentError if said.startswith(NO_SPACE) else TransientError
            raise kind(f"{failed}: the server answered {said}") from error
        except TimeoutError as error:
            # A late answer would be taken for that to the next command.
            self._close()
            wait = self._settings.timeout_seconds
            raise TransientError(f"{failed}: no answer within {wait:g} s") from error
        except ssl.SSLCertVerificationError as error:
            self._close()
            raise certificate_error(failed, self._settings, error) from error
        except (ftplib.Error, EOFError, OSError) as error:
            self._close()
            raise ConnectionLost(f"{failed}: the connection was lost") from error

    def _refusal(self, failed: str, missing: type[PermanentError], error: ftplib.error_perm) -> PermanentError:
        said = answer(error, self._settings)
        if not is_denied(error) and "no such" in said.lower():
            return missing(f"{failed}: it does not exist ({said})")
        if said.startswith("550") and "denied" in said.lower():
            return PermanentError(f"{failed}: permission denied for {self._settings.username!r} ({said})")
        return PermanentError(f"{failed}: the server answered {said}")

    def _close(self) -> None:
        if self._connected is not None:
            self._connected.close()

    def _make_parents(self, path: str) -> None:
        """Create the folders below the root that the path needs; raises TargetExists if it already exists."""
        self._refuse_taken(path)
        self._refuse_links(str(PurePosixPath(path).parent))
        missing = []
        for folder in reversed(self._way_to(str(PurePosixPath(path).parent))):
            if self._client.status(folder) is not None:
                break
            missing.append(folder)
        for folder in reversed(missing):
            try:
                self._client.make_folder(folder)
            except ftplib.error_perm:
                # Another process may have created it in between.
                if self._client.status(folder) is None:
                    raise

    def _way_to(self, folder: str) -> Sequence[str]:
        """Each folder on the way from the root to a folder, without the root, and that folder itself."""
        root, below = PurePosixPath(self._root), PurePosixPath(folder)
        return [str(each) for each in (*reversed(below.parents), below) if root in each.parents]

    def _refuse_links(self, folder: str) -> None:
        """Raise PermanentError if a folder is a link, or one on the way to it; each is listed once per connection."""
        for place in self._way_to(folder):
            above = str(PurePosixPath(place).parent)
            if above not in self._links:
                # What cannot be listed cannot be looked at; the server says why when it is used.
                with suppress(ftplib.error_perm):
                    entries = self._client.listed(above)
                    self._links[above] = {entry.name for entry in entries if entry.kind is Kind.LINK}
            if PurePosixPath(place).name in self._links.get(above, ()):
                raise PermanentError(f"{self._address}: {place} is a link, and links below `root` are not followed")

    def _refuse_taken(self, path: str) -> None:
        if self._client.status(path) is not None:
            raise TargetExists(f"{self._address}: {path} already exists")

    def _rename(self, source: str, destination: str) -> None:
        def rename() -> None:
            if self._client.status(source) is None and self._client.status(destination) is not None:
                # Done by the attempt whose answer was lost with the connection.
                return
            self._refuse_taken(destination)
            self._client.replace(source, destination)

        self._do(f"move {source} to {destination}", FileMissing, rename)


def _remote_file(path: str, entry: Entry) -> RemoteFile:
    if entry.modified_at is None:
        raise PermanentError(f"the server does not tell when {path} was changed")
    return RemoteFile(path, entry.size, entry.modified_at)
