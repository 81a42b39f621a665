"""Opens SSH connections: verifies the server's key, logs in, and explains what went wrong where that fails."""

import io
import logging
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import paramiko
from pydantic import SecretStr

from wiseparts_pipeline.config.source import SourceSettings
from wiseparts_pipeline.transport.base import PermanentError, TransientError, TransportError
from wiseparts_pipeline.transport.connecting import RetryableError, address, patiently, unknown_host

KEEPALIVE_SECONDS = 15
# How much the server may send ahead, and in one packet; paramiko's default of 32 KB has no room for 32 KB and a header.
WINDOW_BYTES = 4 * 1024 * 1024
PACKET_BYTES = 64 * 1024
# OpenSSL encrypts and authenticates these in one pass; paramiko would prefer others.
CIPHERS = ("aes128-gcm@openssh.com", "aes256-gcm@openssh.com")

# Its worker thread also logs tracebacks of the errors that are raised here.
logging.getLogger("paramiko").setLevel(logging.CRITICAL)


def open_client(settings: SourceSettings) -> paramiko.SSHClient:
    """A client that is logged in. Raises TransientError, PermanentError."""
    key = _private_key(settings)
    return patiently(lambda: _open(settings, key))


def _open(settings: SourceSettings, key: paramiko.PKey | None) -> paramiko.SSHClient:
    client = paramiko.SSHClient()
    client.set_missing_host_key_policy(_KnownFingerprint(settings))
    _add_known_hosts(client, settings)
    try:
        with _map_errors(settings, client):
            client.connect(
                str(settings.host),
                settings.port,
                username=settings.username,
                password=_secret(settings.password),
                pkey=key,
                allow_agent=False,
                look_for_keys=False,
                timeout=settings.timeout_seconds,
                banner_timeout=settings.timeout_seconds,
                auth_timeout=settings.timeout_seconds,
                channel_timeout=settings.timeout_seconds,
                transport_factory=partial(_Transport, settings.timeout_seconds),
            )
    except TransportError:
        client.close()
        raise
    transport_of(client).set_keepalive(KEEPALIVE_SECONDS)
    return client


def transport_of(client: paramiko.SSHClient) -> paramiko.Transport:
    """The client's connection; raises SSHException when it has been closed."""
    transport = client.get_transport()
    if transport is None:
        raise paramiko.SSHException("the connection is closed")
    return transport


class _Transport(paramiko.Transport):
    def __init__(self, handshake_timeout: float, sock: Any, **options: Any) -> None:
        super().__init__(sock, default_window_size=WINDOW_BYTES, default_max_packet_size=PACKET_BYTES, **options)
        self.handshake_timeout = handshake_timeout
        # Nagle's algorithm holds back small requests, which makes a download up to five times as slow.
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        algorithms = self.get_security_options()
        algorithms.ciphers = (*CIPHERS, *(cipher for cipher in algorithms.ciphers if cipher not in CIPHERS))

    def auth_interactive_dumb(self, username: str, handler: Any = None, submethods: str = "") -> list[str]:
        """paramiko would ask for the second factor at the terminal."""
        raise paramiko.BadAuthenticationType("the key alone is not enough", ["publickey and password"])


@contextmanager
def _map_errors(settings: SourceSettings, client: paramiko.SSHClient) -> Iterator[None]:
    """Raise paramiko's errors while connecting as TransportError."""
    place = address(settings)
    offered = " and ".join(f"`{name}`" for name in ("private_key", "password") if getattr(settings, name) is not None)
    began = time.monotonic()
    timed_out = f"{place}: no answer within {settings.timeout_seconds:g} s"
    try:
        yield
    except socket.gaierror as error:
        raise unknown_host(place, error) from error
    except paramiko.BadHostKeyException as error:
        raise PermanentError(
            f"{place}: the server's key has changed: it presented {_describe(error.key)}, expected was "
            f"{_describe(error.expected_key)}. Ask its operator; if the new key is right, replace the line in "
            f"{settings.known_hosts}, otherwise someone may be intercepting the connection"
        ) from error
    except paramiko.BadAuthenticationType as error:
        raise PermanentError(
            f"{place}: the server does not accept {offered} from {settings.username!r}; "
            f"it wants: {', '.join(error.allowed_types)}"
        ) from error
    except paramiko.AuthenticationException as error:
        if "timeout" in str(error):
            raise TransientError(timed_out) from error
        raise PermanentError(
            f"{place}: login refused for {settings.username!r} ({str(error).rstrip('.')}): "
            f"check `username` and {offered}"
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
        if time.monotonic() - began >= settings.timeout_seconds:
            raise TransientError(timed_out) from error
        reason = getattr(error, "strerror", None) or str(error) or "it closed the connection"
        raise RetryableError(f"{place}: cannot connect: {reason}") from error


def _add_known_hosts(client: paramiko.SSHClient, settings: SourceSettings) -> None:
    if settings.known_hosts is None:
        return
    try:
        known = paramiko.HostKeys(str(settings.known_hosts.expanduser()))
    except OSError as error:
        raise PermanentError(
            f"source {settings.name}: cannot read known_hosts {settings.known_hosts}: {error.strerror}. "
            f"Write it with `ssh-keyscan -p {settings.port} {settings.host}`, and have the operator confirm the key"
        ) from error
    except (paramiko.hostkeys.InvalidHostKey, UnicodeDecodeError) as error:
        raise PermanentError(
            f"source {settings.name}: known_hosts {settings.known_hosts} is damaged: {error}"
        ) from error
    host = str(settings.host)
    name = host if settings.port == paramiko.config.SSH_PORT else f"[{host}]:{settings.port}"
    # As in OpenSSH, a line without a port is for every port of the host.
    for kind, key in (known.lookup(name) or known.lookup(host) or {}).items():
        client.get_host_keys().add(name, kind, key)


class _KnownFingerprint(paramiko.MissingHostKeyPolicy):
    """Accepts a key that is not in known_hosts only if it has the fingerprint of the settings."""

    def __init__(self, settings: SourceSettings) -> None:
        self._settings = settings

    def missing_host_key(self, client: paramiko.SSHClient, hostname: str, key: paramiko.PKey) -> None:
        settings = self._settings
        place = address(settings)
        if settings.host_key is None:
            raise PermanentError(
                f"{place}: the server's key is unknown: it presented {_describe(key)}, and {settings.known_hosts} has "
                f"no line for {hostname}. Ask its operator whether that is right, then add the output of "
                f"`ssh-keyscan -p {settings.port} {settings.host}`"
            )
        if key.fingerprint != settings.host_key:
            raise PermanentError(
                f"{place}: the server's key has changed: it presented {_describe(key)}, `host_key` is "
                f"{settings.host_key}. Ask its operator; if the new key is right, set `host_key` to it, "
                "otherwise someone may be intercepting the connection"
            )


def _describe(key: paramiko.PKey) -> str:
    return f"{key.get_name()} {key.fingerprint}"


def _secret(value: SecretStr | None) -> str | None:
    return None if value is None else value.get_secret_value()


def _private_key(settings: SourceSettings) -> paramiko.PKey | None:
    text = _secret(settings.private_key)
    if text is None:
        return None
    where = f"source {settings.name}: private_key"
    if "-----BEGIN" not in text and "PuTTY-User-Key-File" not in text:
        try:
            text = Path(text).expanduser().read_text(encoding="ascii")
        except OSError as error:
            # Without the value and the error that quotes it: it may be part of a key.
            raise PermanentError(f"{where} is neither a key nor a readable file: {error.strerror}") from None
        except UnicodeDecodeError as error:
            raise PermanentError(f"{where} is not a private key") from error
    if text.startswith("PuTTY-User-Key-File"):
        raise PermanentError(f"{where} is a PuTTY key: convert it with `puttygen KEY -O private-openssh -o NEW`")
    # Environment variables often have it on one line.
    text = text.replace("\\n", "\n").strip() + "\n"
    passphrase = _secret(settings.private_key_passphrase)
    for kind in (paramiko.Ed25519Key, paramiko.ECDSAKey, paramiko.RSAKey):
        try:
            return kind.from_private_key(io.StringIO(text), password=passphrase)
        except paramiko.PasswordRequiredException as error:
            raise PermanentError(f"{where} is encrypted: set private_key_passphrase") from error
        except (paramiko.SSHException, ValueError):
            continue
    if passphrase is not None:
        raise PermanentError(f"{where} cannot be opened with private_key_passphrase: check both")
    raise PermanentError(f"{where} is not a private key: it must be ed25519, ecdsa or rsa, in OpenSSH or PEM format")
