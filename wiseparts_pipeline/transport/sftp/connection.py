"""A connection to an SFTP server: paths, links, errors, and what is needed to rename without overwriting."""

import stat
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import PurePosixPath
from types import TracebackType
from typing import Self

import paramiko
from paramiko.sftp import SFTPError

from wiseparts_pipeline.config.source import SourceSettings
from wiseparts_pipeline.transport.base import (
    FileMissing,
    PermanentError,
    TargetExists,
    TransientError,
    encoded,
    inside,
)
from wiseparts_pipeline.transport.connecting import ConnectionLost, Reconnecting, address
from wiseparts_pipeline.transport.sftp.client import SftpClient
from wiseparts_pipeline.transport.sftp.ssh import open_client, transport_of


@dataclass(frozen=True)
class _Session:
    ssh: paramiko.SSHClient
    sftp: SftpClient


class SftpConnection(Reconnecting):
    """What the operations on an SFTP server share. Paths with `root` in front are `place`, `source`, `destination`."""

    def __init__(self, settings: SourceSettings) -> None:
        self._settings = settings
        self._address = address(settings)
        self._session = _open_session(settings)
        self._no_links: set[str] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._session.ssh.close()

    @property
    def _sftp(self) -> SftpClient:
        return self._session.sftp

    def _on_wire(self, path: str) -> bytes:
        return encoded(path, self._settings.name_encoding)

    def _name(self, entry: paramiko.SFTPAttributes) -> str:
        # paramiko takes all names for UTF-8; see SftpClient for what is not.
        return entry.filename.encode("utf-8", "surrogateescape").decode(self._settings.name_encoding, "surrogateescape")

    def _path(self, path: str) -> str:
        return inside(self._settings.root, path)

    def _reconnect(self) -> None:
        self._session = _open_session(self._settings)
        self._no_links.clear()

    @contextmanager
    def _map_errors(self, action: str, missing: type[PermanentError]) -> Iterator[None]:
        """Raise paramiko's errors as TransportError."""
        try:
            yield
        except FileNotFoundError as error:
            raise missing(f"{self._address}: cannot {action}: it does not exist") from error
        except PermissionError as error:
            raise PermanentError(
                f"{self._address}: cannot {action}: permission denied for {self._settings.username!r}"
            ) from error
        except TimeoutError as error:
            # A late response would be taken for that of the next request.
            self._session.ssh.close()
            wait = self._settings.timeout_seconds
            raise TransientError(f"{self._address}: cannot {action}: no answer within {wait:g} s") from error
        except (EOFError, ConnectionError, SFTPError, paramiko.SSHException) as error:
            self._session.ssh.close()
            raise ConnectionLost(f"{self._address}: cannot {action}: the connection was lost") from error
        except OSError as error:
            if not _is_alive(self._session.ssh):
                raise ConnectionLost(f"{self._address}: cannot {action}: the connection was lost") from error
            # OpenSSH says no more of what is neither missing nor forbidden.
            hint = "; is its disk or the user's quota full, or the folder read-only?" if str(error) == "Failure" else ""
            raise PermanentError(f"{self._address}: cannot {action}: the server reported: {error}{hint}") from error

    def _status(self, path: str) -> paramiko.SFTPAttributes | None:
        try:
            return self._sftp.lstat(self._on_wire(path))
        except FileNotFoundError:
            return None

    def _status_of(self, path: str) -> paramiko.SFTPAttributes:
        """The status of a file or folder that is reached without a link below the root; raises PermanentError."""
        status = None
        for place in self._way_to(self._path(path)):
            status = self._sftp.lstat(self._on_wire(place))
            self._refuse_link(place, status)
        return status or self._sftp.stat(self._on_wire(self._settings.root))

    def _way_to(self, place: str) -> Iterator[str]:
        """Each folder on the way from the root to a place, without the root, and the place itself."""
        root, below = PurePosixPath(self._settings.root), PurePosixPath(place)
        yield from (str(each) for each in (*reversed(below.parents), below) if root in each.parents)

    def _refuse_link(self, place: str, status: paramiko.SFTPAttributes) -> None:
        if stat.S_ISLNK(status.st_mode or 0):
            raise PermanentError(f"{self._address}: {place} is a link, and links below `root` are not followed")

    def _refuse_links_once(self, folder: str) -> None:
        """Raise PermanentError for a folder that is a link, or reached over one; each is looked at once a connection.

        What is not there is no link.
        """
        if folder in self._no_links:
            return
        for place in self._way_to(folder):
            if place in self._no_links:
                continue
            if (status := self._status(place)) is None:
                return
            self._refuse_link(place, status)
            self._no_links.add(place)

    def _make_parents(self, path: str) -> None:
        """Create the folders below the root that the path needs; raises TargetExists if it already exists."""
        if self._status(path) is not None:
            raise TargetExists(f"{self._address}: {path} already exists")
        for place in self._way_to(str(PurePosixPath(path).parent)):
            if (status := self._status(place)) is not None:
                self._refuse_link(place, status)
                continue
            try:
                self._sftp.mkdir(self._on_wire(place))
            except OSError:
                # Another process may have created it in between.
                if self._status(place) is None:
                    raise

    def _rename(self, source: str, destination: str) -> None:
        """Rename to a path that did not exist before. Not with posix_rename, which would overwrite a newer file."""

        def rename() -> None:
            try:
                self._sftp.rename(self._on_wire(source), self._on_wire(destination))
            except OSError as error:
                if self._status(destination) is None:
                    raise
                if self._status(source) is None:
                    # Done by the attempt whose response was lost with the connection.
                    return
                raise TargetExists(f"{self._address}: {destination} already exists") from error

        self._do(f"move {source} to {destination}", FileMissing, rename)


def _open_session(settings: SourceSettings) -> _Session:
    ssh = open_client(settings)
    timeout = settings.timeout_seconds
    # paramiko's invoke_subsystem has no timeout; closing the connection ends it.
    deadline = threading.Timer(timeout, ssh.close)
    deadline.daemon = True
    deadline.start()
    try:
        channel = transport_of(ssh).open_session(timeout=timeout)
        channel.settimeout(timeout)
        channel.invoke_subsystem("sftp")
        return _Session(ssh, SftpClient(channel))
    except (EOFError, OSError, SFTPError, paramiko.SSHException) as error:
        alive = _is_alive(ssh)
        ssh.close()
        if alive:
            raise PermanentError(
                f"{address(settings)}: the server offers no SFTP to {settings.username!r}: {error}"
            ) from error
        raise TransientError(f"{address(settings)}: the connection was lost before SFTP was started") from error
    finally:
        deadline.cancel()


def _is_alive(ssh: paramiko.SSHClient) -> bool:
    transport = ssh.get_transport()
    return transport is not None and transport.is_active()
