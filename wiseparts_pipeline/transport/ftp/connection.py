"""A connection to an FTP server: paths, links, errors, and what is needed to rename without overwriting."""

import ftplib
import io
import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import PurePosixPath
from types import TracebackType
from typing import Self

from wiseparts_pipeline.config.source import SourceSettings
from wiseparts_pipeline.transport.base import (
    FileMissing,
    FolderMissing,
    PermanentError,
    TargetExists,
    TransientError,
    incomplete,
    inside,
)
from wiseparts_pipeline.transport.connecting import ConnectionLost, Reconnecting, address
from wiseparts_pipeline.transport.ftp.client import FtpClient, is_denied
from wiseparts_pipeline.transport.ftp.listing import Entry, Kind
from wiseparts_pipeline.transport.ftp.login import answer, certificate_error, open_client

# Answers that are about space or quota, which somebody has to make.
NO_SPACE = ("452", "552")


class FtpConnection(Reconnecting):
    """What the operations on an FTP server share. Paths with `root` in front are `place`, `source`, `destination`."""

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

    def _put(self, path: str, content: bytes) -> None:
        self._client.store(path, io.BytesIO(content))
        try:
            entry = self._client.status(path)
        except ftplib.error_perm:
            # Whoever may only write has to believe the server's answer to the transfer.
            return
        if entry is None or entry.size != len(content):
            raise incomplete(f"{self._address}: {path}", entry.size if entry else 0, len(content))

    def _rename(self, source: str, destination: str) -> None:
        def rename() -> None:
            if self._client.status(source) is None:
                if self._client.status(destination) is None:
                    raise FileMissing(f"{self._address}: {source} does not exist")
                # Done by the attempt whose answer was lost with the connection.
                return
            self._refuse_taken(destination)
            self._client.replace(source, destination)

        self._do(f"move {source} to {destination}", FileMissing, rename)
