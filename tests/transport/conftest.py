"""Real servers: the embedded one, OpenSSH, and an asyncssh server that fails on demand."""

import asyncio
import contextlib
import os
import socket
import tempfile
import threading
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncssh
import pytest

from tests.transport import ftp_servers
from tests.transport.ftp_servers import Certificates, FtpServer, make_certificates
from tests.transport.openssh import OpenSsh, openssh_server
from tests.transport.site import Site
from wiseparts_pipeline.config.source import SourceSettings
from wiseparts_pipeline.transport.embedded import EmbeddedSftp

PATIENCE_SECONDS = 30


@pytest.fixture(scope="session")
def embedded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedSftp]:
    with EmbeddedSftp.running(tmp_path_factory.mktemp("home")) as server:
        yield server


@pytest.fixture(scope="session")
def openssh() -> Iterator[OpenSsh]:
    with openssh_server() as server:
        yield server


@pytest.fixture
def embedded_site(embedded: EmbeddedSftp) -> Site:
    root = Path(tempfile.mkdtemp(dir=embedded.root))
    settings = SourceSettings(
        name="erp",
        protocol="sftp",
        host=embedded.host,
        port=embedded.port,
        username="wiseparts",
        private_key=str(embedded.key),
        known_hosts=embedded.known_hosts,
        root=f"/{root.name}",
    )
    return Site(settings, root)


@pytest.fixture
def openssh_site(openssh: OpenSsh) -> Site:
    return openssh.site()


@pytest.fixture
def local_site(tmp_path: Path) -> Site:
    root = tmp_path / "root"
    root.mkdir()
    return Site(SourceSettings(name="erp", protocol="local", root=str(root)), root)


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return make_certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture(scope="session")
def vsftpd_server(certificates: Certificates) -> Iterator[FtpServer]:
    with ftp_servers.vsftpd(certificates) as server:
        yield server


@pytest.fixture(scope="session")
def proftpd_server(certificates: Certificates) -> Iterator[FtpServer]:
    with ftp_servers.proftpd(certificates) as server:
        yield server


@pytest.fixture(scope="session")
def pure_ftpd_server(certificates: Certificates) -> Iterator[FtpServer]:
    with ftp_servers.pure_ftpd(certificates) as server:
        yield server


@pytest.fixture(scope="session")
def plain_ftp_server() -> Iterator[FtpServer]:
    with ftp_servers.proftpd(None) as server:
        yield server


@pytest.fixture(scope="session")
def mod_sftp_server() -> Iterator[FtpServer]:
    with ftp_servers.mod_sftp() as server:
        yield server


@pytest.fixture
def vsftpd_site(vsftpd_server: FtpServer) -> Site:
    return vsftpd_server.site()


@pytest.fixture
def proftpd_site(proftpd_server: FtpServer) -> Site:
    return proftpd_server.site()


@pytest.fixture
def plain_ftp_site(plain_ftp_server: FtpServer) -> Site:
    return plain_ftp_server.site()


@pytest.fixture
def mod_sftp_site(mod_sftp_server: FtpServer) -> Site:
    return mod_sftp_server.site()


# Not Pure-FTPd, which lets each login wait for up to five seconds.
FTP = ["vsftpd", "proftpd", "plain_ftp"]


@pytest.fixture(params=FTP)
def ftp_site(request: pytest.FixtureRequest) -> Site:
    """One for each FTP server: over TLS, and one without."""
    chosen: Site = request.getfixturevalue(f"{request.param}_site")
    return chosen


@pytest.fixture(params=["embedded", "openssh", "mod_sftp", *FTP])
def remote_site(request: pytest.FixtureRequest) -> Site:
    """One for each server."""
    chosen: Site = request.getfixturevalue(f"{request.param}_site")
    return chosen


@pytest.fixture(params=["embedded", "openssh", "mod_sftp", "local", *FTP])
def site(request: pytest.FixtureRequest) -> Site:
    """One for each transport and kind of server: a test that uses it runs with every one of them."""
    chosen: Site = request.getfixturevalue(f"{request.param}_site")
    return chosen


class FaultySftp(asyncssh.SFTPServer):
    """Drops the connection once, right after a rename, and is as slow as its behaviour says."""

    has_failed = False
    behaviour: "Behaviour"

    def read(self, file_obj: object, offset: int, size: int) -> Any:
        return super().read(file_obj, offset, min(size, self.behaviour.most_bytes))

    async def scandir(self, path: bytes) -> AsyncIterator[asyncssh.SFTPName]:
        async for number, name in _numbered(super().scandir(path)):
            if number % 128 == 0:
                await asyncio.sleep(self.behaviour.seconds_between_names)
            yield name

    def rename(self, oldpath: bytes, newpath: bytes) -> None:
        super().rename(oldpath, newpath)
        if not type(self).has_failed:
            type(self).has_failed = True
            self.channel.get_connection().abort()


async def _numbered(names: AsyncIterator[asyncssh.SFTPName]) -> AsyncIterator[tuple[int, asyncssh.SFTPName]]:
    number = 0
    async for name in names:
        yield number, name
        number += 1


class Logins(asyncssh.SSHServer):
    """Accepts a password of `erp`; `behaviour` says how it misbehaves and records what it was sent."""

    def __init__(self, behaviour: "Behaviour") -> None:
        self._behaviour = behaviour

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        self._connection = conn
        self._behaviour.connections.append(conn)

    def password_auth_supported(self) -> bool:
        return not self._behaviour.questions

    def kbdint_auth_supported(self) -> bool:
        return bool(self._behaviour.questions)

    def get_kbdint_challenge(self, username: str, lang: str, submethods: str) -> Any:
        self._questions = list(self._behaviour.questions)
        return "", "", "en", [(self._questions.pop(0), False)]

    def validate_kbdint_response(self, username: str, responses: Sequence[str]) -> Any:
        self._behaviour.passwords += responses
        if responses[0] != "torque wrench":
            return False
        return ("", "", "en", [(self._questions.pop(0), False)]) if self._questions else True

    def connection_requested(self, dest_host: str, dest_port: int, orig_host: str, orig_port: int) -> bool:
        self._behaviour.forwarded.append((dest_host, dest_port))
        return True

    async def validate_password(self, username: str, password: str) -> bool:
        self._behaviour.passwords.append(password)
        if self._behaviour.aborts_login:
            self._connection.abort()
        if self._behaviour.stalls_login:
            await asyncio.Event().wait()
        return (username, password) == ("erp", "torque wrench")


class Behaviour:
    def __init__(self) -> None:
        self.passwords: list[str] = []
        # What it asks, one after another, instead of taking a password at once.
        self.questions: list[str] = []
        self.forwarded: list[tuple[str, int]] = []
        self.most_bytes = 2**20  # of one answer to a request for data
        self.seconds_between_names = 0.0  # of each 128 in a listing
        self.connections: list[asyncssh.SSHServerConnection] = []
        self.aborts_login = False
        self.stalls_login = False


@dataclass
class AsyncServer:
    """An asyncssh server in a thread, for password logins and for failures."""

    port: int
    fingerprint: str
    behaviour: Behaviour
    root: Path
    loop: asyncio.AbstractEventLoop

    def cut(self) -> None:
        """End all connections."""
        for connection in self.behaviour.connections:
            self.loop.call_soon_threadsafe(connection.abort)

    def settings(self, **changes: Any) -> SourceSettings:
        values = {
            "name": "erp",
            "protocol": "sftp",
            "host": "127.0.0.1",
            "port": self.port,
            "username": "erp",
            "password": "torque wrench",
            "host_key": self.fingerprint,
        }
        return SourceSettings(**{**values, **changes})


@pytest.fixture
def server(tmp_path: Path) -> Iterator[AsyncServer]:
    root = tmp_path / "served"
    root.mkdir()
    behaviour = Behaviour()
    key = asyncssh.generate_private_key("ssh-ed25519")
    faulty = type("OnceFaulty", (FaultySftp,), {"behaviour": behaviour})
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()

    async def start() -> asyncssh.SSHAcceptor:
        return await asyncssh.listen(
            "127.0.0.1",
            0,
            server_factory=lambda: Logins(behaviour),
            server_host_keys=[key],
            sftp_factory=lambda channel: faulty(channel, chroot=os.fsencode(root)),
        )

    async def stop() -> None:
        acceptor.close()
        await acceptor.wait_closed()
        for connection in behaviour.connections:
            connection.abort()
            await connection.wait_closed()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    acceptor = asyncio.run_coroutine_threadsafe(start(), loop).result(PATIENCE_SECONDS)
    try:
        yield AsyncServer(acceptor.get_port(), key.get_fingerprint(), behaviour, root, loop)
    finally:
        asyncio.run_coroutine_threadsafe(stop(), loop).result(PATIENCE_SECONDS)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


class Line:
    """A TCP proxy in front of a server, whose connections a test can cut."""

    def __init__(self, port: int) -> None:
        self.connections = 0
        self.refused = 0  # this many connections are closed at once
        self.cuts: list[int] = []  # each following connection is cut after this many bytes from the server
        self.is_silent = False
        self._flows = threading.Event()
        self._flows.set()
        self._target = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._open: list[socket.socket] = []
        self.port = int(self._listener.getsockname()[1])
        self._threads = [self._start(self._accept)]

    def hold(self) -> None:
        """Accept data from both ends and forward nothing."""
        self._flows.clear()

    def release(self) -> None:
        self._flows.set()

    def cut(self) -> None:
        for end in self._open:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        # Ends a blocked accept(), which closing does not.
        self._listener.shutdown(socket.SHUT_RDWR)
        self._threads[0].join()
        self.release()
        self.cut()
        for thread in self._threads[1:]:
            thread.join()
        for each in (self._listener, *self._open):
            each.close()

    def _start(self, target: Callable[..., None], *arguments: Any) -> threading.Thread:
        thread = threading.Thread(target=target, args=arguments, daemon=True)
        thread.start()
        return thread

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            if self.refused:
                self.refused -= 1
                client.close()
                continue
            self._open.append(client)
            if self.is_silent:
                continue
            try:
                target = socket.create_connection(("127.0.0.1", self._target))
            except ConnectionError:
                # No server is there.
                client.close()
                continue
            self._open.append(target)
            limit = self.cuts.pop(0) if self.cuts else None
            self._threads += [
                self._start(self._forward, client, target, None),
                self._start(self._forward, target, client, limit),
            ]

    def _forward(self, source: socket.socket, target: socket.socket, limit: int | None) -> None:
        passed = 0
        with contextlib.suppress(OSError):
            while (data := source.recv(65536)) and (limit is None or passed < limit):
                self._flows.wait()
                target.sendall(data)
                passed += len(data)
        for end in (source, target):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)


@pytest.fixture
def line(embedded: EmbeddedSftp) -> Iterator[Line]:
    """A proxy in front of the embedded server."""
    line = Line(embedded.port)
    yield line
    line.close()


@pytest.fixture
def line_site(embedded_site: Site, line: Line) -> Site:
    """The embedded server behind the proxy."""
    return Site(embedded_site.settings.model_copy(update={"port": line.port}), embedded_site.root)


@pytest.fixture
def quick_retries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wiseparts_pipeline.transport.connecting.BACKOFF", (0.01, 0.01))
