"""Opens SSH connections: verifies the server's key, logs in, and explains what went wrong where that fails."""

import logging
import re
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

import paramiko

from wiseparts_pipeline.config.source import SourceSettings, SshServer
from wiseparts_pipeline.transport.base import PermanentError, TransientError, TransportError
from wiseparts_pipeline.transport.connecting import RetryableError, patiently, unknown_host
from wiseparts_pipeline.transport.sftp.keys import private_key

KEEPALIVE_SECONDS = 15
# How much the server may send ahead, and in one packet; paramiko's default of 32 KB has no room for 32 KB and a header.
WINDOW_BYTES = 4 * 1024 * 1024
PACKET_BYTES = 64 * 1024
# OpenSSL encrypts and authenticates these in one pass; paramiko would prefer others.
CIPHERS = ("aes128-gcm@openssh.com", "aes256-gcm@openssh.com")
# Questions that a password is no answer to.
_OF_ONE_TIME = re.compile(r"code|token|otp|one.?time|verification", re.IGNORECASE)

# Its worker thread also logs tracebacks of the errors that are raised here.
logging.getLogger("paramiko").setLevel(logging.CRITICAL)


@dataclass(frozen=True)
class _Login:
    """What is logged in to for a source: its server, or the jump host on the way to it (`via`)."""

    source: str
    server: SshServer
    timeout: float
    is_jump_host: bool = False

    @property
    def place(self) -> str:
        server = f"{self.server.host}:{self.server.port}"
        return f"source {self.source}: " + (f"jump host {server}" if self.is_jump_host else server)

    def attribute(self, name: str) -> str:
        return f"via.{name}" if self.is_jump_host else name


class _Client(paramiko.SSHClient):
    """A client that ends the connection that it goes over, too."""

    jump: paramiko.SSHClient | None = None

    def close(self) -> None:
        super().close()
        if self.jump is not None:
            self.jump.close()


def open_client(settings: SourceSettings) -> paramiko.SSHClient:
    """A client that is logged in, over the jump host if there is one. Raises TransientError, PermanentError."""
    login = _Login(settings.name, settings, settings.timeout_seconds)
    key = private_key(settings, f"source {settings.name}: private_key")
    if settings.via is None:
        return patiently(lambda: _open(login, key))
    jump_host = _Login(settings.name, settings.via, settings.timeout_seconds, is_jump_host=True)
    jump_key = private_key(settings.via, f"source {settings.name}: via.private_key")
    return patiently(lambda: _open(login, key, _open(jump_host, jump_key)))


def _open(login: _Login, key: paramiko.PKey | None, jump: paramiko.SSHClient | None = None) -> paramiko.SSHClient:
    server = login.server
    client = _Client()
    client.jump = jump
    try:
        client.set_missing_host_key_policy(_KnownFingerprint(login))
        _add_known_hosts(client, login)
        with _map_errors(login, client):
            client.connect(
                str(server.host),
                server.port,
                username=server.username,
                password=None if server.password is None else server.password.get_secret_value(),
                pkey=key,
                allow_agent=False,
                look_for_keys=False,
                timeout=login.timeout,
                banner_timeout=login.timeout,
                auth_timeout=login.timeout,
                channel_timeout=login.timeout,
                sock=None if jump is None else _channel(jump, login),
                transport_factory=partial(_Transport, login.timeout),
            )
    except TransportError:
        client.close()
        raise
    transport_of(client).set_keepalive(KEEPALIVE_SECONDS)
    return client


def _channel(jump: paramiko.SSHClient, login: _Login) -> paramiko.Channel:
    """A connection from the jump host to the server."""
    target = (str(login.server.host), login.server.port)
    try:
        channel = transport_of(jump).open_channel("direct-tcpip", target, ("127.0.0.1", 0), timeout=login.timeout)
    except paramiko.ChannelException as error:
        # It may forbid such connections, or not reach the server, and its codes do not tell which.
        raise RetryableError(f"{login.place}: the jump host cannot connect to it: {error.text}") from error
    channel.settimeout(login.timeout)
    return channel


def transport_of(client: paramiko.SSHClient) -> paramiko.Transport:
    """The client's connection; raises SSHException when it has been closed."""
    transport = client.get_transport()
    if transport is None:
        raise paramiko.SSHException("the connection is closed")
    return transport


class _SecondFactor(paramiko.AuthenticationException):
    """The server wants more than the key or the password."""


class _AuthHandler(paramiko.auth_handler.AuthHandler):
    """Goes on with logging in. paramiko would ask to begin once more, at which some servers end the connection."""

    def _request_auth(self) -> None:
        begin = paramiko.Message()
        begin.add_string("ssh-userauth")
        begin.rewind()
        self._parse_service_accept(begin)  # type: ignore[attr-defined]  # not in paramiko's stubs


class _Transport(paramiko.Transport):
    def __init__(self, handshake_timeout: float, sock: Any, **options: Any) -> None:
        super().__init__(sock, default_window_size=WINDOW_BYTES, default_max_packet_size=PACKET_BYTES, **options)
        self.handshake_timeout = handshake_timeout
        if isinstance(sock, socket.socket):
            # Nagle's algorithm holds back small requests, which makes a download up to five times as slow.
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        algorithms = self.get_security_options()
        algorithms.ciphers = (*CIPHERS, *(cipher for cipher in algorithms.ciphers if cipher not in CIPHERS))

    def auth_password(self, username: str, password: str, event: Any = None, fallback: bool = True) -> list[str]:
        """Where the server asks instead, its question for the password is answered, and no other one."""
        try:
            further = super().auth_password(username, password, fallback=False)
        except paramiko.BadAuthenticationType as error:
            if "keyboard-interactive" not in error.allowed_types:
                raise
            further = self._answer(username, password)
        if further:
            raise _SecondFactor(" or ".join(further))
        return []

    def _answer(self, username: str, password: str) -> list[str]:
        questions: list[str] = []

        def answer(title: str, instructions: str, prompts: list[tuple[str, bool]]) -> list[str]:
            questions.extend(text.strip() for text, _ in prompts)
            if len(questions) > 1 or any(is_shown or _OF_ONE_TIME.search(text) for text, is_shown in prompts):
                raise _SecondFactor(repr(questions[-1]))
            return [password for _ in prompts]

        asked = threading.Event()
        self.auth_handler = _AuthHandler(self)
        self.auth_handler.auth_interactive(username, answer, asked)
        further: list[str] = self.auth_handler.wait_for_response(asked)
        return further

    def auth_interactive_dumb(self, username: str, handler: Any = None, submethods: str = "") -> list[str]:
        """paramiko would ask for the second factor at the terminal."""
        raise paramiko.BadAuthenticationType("the key alone is not enough", ["publickey and password"])


@contextmanager
def _map_errors(login: _Login, client: paramiko.SSHClient) -> Iterator[None]:
    """Raise paramiko's errors while connecting as TransportError."""
    place, server = login.place, login.server
    given = (name for name in ("private_key", "password") if getattr(server, name) is not None)
    offered = " and ".join(f"`{login.attribute(name)}`" for name in given)
    began = time.monotonic()
    timed_out = f"{place}: no answer within {login.timeout:g} s"
    try:
        yield
    except socket.gaierror as error:
        raise unknown_host(place, error) from error
    except paramiko.BadHostKeyException as error:
        raise PermanentError(
            f"{place}: the server's key has changed: it presented {_describe(error.key)}, expected was "
            f"{_describe(error.expected_key)}. Ask its operator; if the new key is right, replace the line in "
            f"{server.known_hosts}, otherwise someone may be intercepting the connection"
        ) from error
    except _SecondFactor as error:
        raise PermanentError(
            f"{place}: the server wants a second factor from {server.username!r} ({error}), which nobody is there to "
            f"enter: ask its operator for a user that needs {offered} only"
        ) from error
    except paramiko.BadAuthenticationType as error:
        raise PermanentError(
            f"{place}: the server does not accept {offered} from {server.username!r}; "
            f"it wants: {', '.join(error.allowed_types)}"
        ) from error
    except paramiko.AuthenticationException as error:
        if "timeout" in str(error):
            raise TransientError(timed_out) from error
        raise PermanentError(
            f"{place}: login refused for {server.username!r} ({str(error).rstrip('.')}): "
            f"check `{login.attribute('username')}` and {offered}"
        ) from error
    except paramiko.ssh_exception.IncompatiblePeer as error:
        raise PermanentError(f"{place}: no encryption algorithm in common with the server: {error}") from error
    except TimeoutError as error:
        raise TransientError(timed_out) from error
    except (paramiko.SSHException, EOFError, OSError) as error:
        transport = client.get_transport()
        if transport is not None and transport.auth_handler is not None:
            raise TransientError(f"{place}: the connection was lost while logging in") from error
        # paramiko has other messages for a timeout, such as "No existing session".
        if time.monotonic() - began >= login.timeout:
            raise TransientError(timed_out) from error
        reason = getattr(error, "strerror", None) or str(error) or "it closed the connection"
        raise RetryableError(f"{place}: cannot connect: {reason}") from error


def _add_known_hosts(client: paramiko.SSHClient, login: _Login) -> None:
    settings = login.server
    if settings.known_hosts is None:
        return
    try:
        known = paramiko.HostKeys(str(settings.known_hosts.expanduser()))
    except OSError as error:
        raise PermanentError(
            f"source {login.source}: cannot read {login.attribute('known_hosts')} {settings.known_hosts}: "
            f"{error.strerror}. Write it with `ssh-keyscan -p {settings.port} {settings.host}`, and have the operator "
            "confirm the key"
        ) from error
    except (paramiko.hostkeys.InvalidHostKey, UnicodeDecodeError) as error:
        raise PermanentError(
            f"source {login.source}: {login.attribute('known_hosts')} {settings.known_hosts} is damaged: {error}"
        ) from error
    host = str(settings.host)
    name = host if settings.port == paramiko.config.SSH_PORT else f"[{host}]:{settings.port}"
    # As in OpenSSH, a line without a port is for every port of the host.
    for kind, key in (known.lookup(name) or known.lookup(host) or {}).items():
        client.get_host_keys().add(name, kind, key)


class _KnownFingerprint(paramiko.MissingHostKeyPolicy):
    """Accepts a key that is not in known_hosts only if it has the fingerprint of the settings."""

    def __init__(self, login: _Login) -> None:
        self._login = login

    def missing_host_key(self, client: paramiko.SSHClient, hostname: str, key: paramiko.PKey) -> None:
        settings, place = self._login.server, self._login.place
        if settings.host_key is None:
            raise PermanentError(
                f"{place}: the server's key is unknown: it presented {_describe(key)}, and {settings.known_hosts} has "
                f"no line for {hostname}. Ask its operator whether that is right, then add the output of "
                f"`ssh-keyscan -p {settings.port} {settings.host}`"
            )
        if key.fingerprint != settings.host_key:
            raise PermanentError(
                f"{place}: the server's key has changed: it presented {_describe(key)}, "
                f"`{self._login.attribute('host_key')}` is {settings.host_key}. Ask its "
                "operator; if the new key is right, set `host_key` to it, otherwise someone may be intercepting the "
                "connection"
            )


def _describe(key: paramiko.PKey) -> str:
    return f"{key.get_name()} {key.fingerprint}"
