"""Getting into an SSH server: its key checked, ours offered, and every way this can fail told apart."""

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

# Seconds before the second and the third attempt.
BACKOFF = (1.0, 3.0)
KEEPALIVE_SECONDS = 15
# What is on its way to us at most, and in one piece; paramiko's own 32 KB cannot hold 32 KB of a file and its head.
WINDOW_BYTES = 4 * 1024 * 1024
PACKET_BYTES = 64 * 1024
# OpenSSL does encryption and authentication of these in one go; paramiko would ask for them last.
CIPHERS = ("aes128-gcm@openssh.com", "aes256-gcm@openssh.com")

log = logging.getLogger(__name__)
# Its worker thread logs tracebacks of faults that are raised here as well.
logging.getLogger("paramiko").setLevel(logging.CRITICAL)


class QuickFault(TransientError):
    """A fault that another attempt in a moment may not meet."""


def open_client(settings: SourceSettings) -> paramiko.SSHClient:
    """A client that has been let in.

    Tries again what can pass in a moment, such as a refused connection. Not a timeout, which has waited long enough,
    and nothing that happens once credentials were sent: a wrong password that is repeated locks the account.
    """
    key = _private_key(settings)
    for delay in BACKOFF:
        try:
            return _open(settings, key)
        except QuickFault as fault:
            log.info("%s; trying again in %g s", fault, delay)
            time.sleep(delay)
    return _open(settings, key)


def _open(settings: SourceSettings, key: paramiko.PKey | None) -> paramiko.SSHClient:
    client = paramiko.SSHClient()
    client.set_missing_host_key_policy(_KnownFingerprint(settings))
    _add_known_hosts(client, settings)
    try:
        with _told(settings, client):
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
        # Small requests that wait until the last one is acknowledged make a download up to five times as slow.
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        algorithms = self.get_security_options()
        algorithms.ciphers = (*CIPHERS, *(cipher for cipher in algorithms.ciphers if cipher not in CIPHERS))

    def auth_interactive_dumb(self, username: str, handler: Any = None, submethods: str = "") -> list[str]:
        """paramiko would ask whoever sits at the terminal for the second factor."""
        raise paramiko.BadAuthenticationType("the key alone is not enough", ["publickey and password"])


@contextmanager
def _told(settings: SourceSettings, client: paramiko.SSHClient) -> Iterator[None]:
    """Turn paramiko's faults in connecting into ours."""
    place = f"source {settings.name}: {settings.host}:{settings.port}"
    offered = " and ".join(f"`{name}`" for name in ("private_key", "password") if getattr(settings, name) is not None)
    began = time.monotonic()
    waited = f"{place}: no answer within {settings.timeout_seconds:g} s"
    try:
        yield
    except socket.gaierror as error:
        if error.errno == socket.EAI_AGAIN:
            raise QuickFault(f"{place}: the host name cannot be looked up just now: {error.strerror}") from error
        raise PermanentError(f"{place}: there is no host of this name: check `host`") from error
    except paramiko.BadHostKeyException as error:
        raise PermanentError(
            f"{place}: the server's key has changed: it showed {_described(error.key)}, known is "
            f"{_described(error.expected_key)}. Ask its operator; if the new key is right, replace the line in "
            f"{settings.known_hosts}, otherwise somebody stands in between"
        ) from error
    except paramiko.BadAuthenticationType as error:
        raise PermanentError(
            f"{place}: the server does not let {settings.username!r} in with {offered}; "
            f"it wants: {', '.join(error.allowed_types)}"
        ) from error
    except paramiko.AuthenticationException as error:
        if "timeout" in str(error):
            raise TransientError(waited) from error
        raise PermanentError(
            f"{place}: {settings.username!r} was not let in ({str(error).rstrip('.')}): check `username` and {offered}"
        ) from error
    except paramiko.ssh_exception.IncompatiblePeer as error:
        raise PermanentError(f"{place}: no common way to encrypt with this server: {error}") from error
    except TimeoutError as error:
        raise TransientError(waited) from error
    except (paramiko.SSHException, EOFError, OSError) as error:
        transport = client.get_transport()
        if transport is not None and transport.auth_handler is not None:
            raise TransientError(f"{place}: the connection was lost while logging in") from error
        # paramiko has other words for it, such as "No existing session".
        if time.monotonic() - began >= settings.timeout_seconds:
            raise TransientError(waited) from error
        reason = getattr(error, "strerror", None) or str(error) or "it closed the connection"
        raise QuickFault(f"{place}: cannot connect: {reason}") from error


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
    # Like OpenSSH: a line without a port stands for every port of the host.
    for kind, key in (known.lookup(name) or known.lookup(host) or {}).items():
        client.get_host_keys().add(name, kind, key)


class _KnownFingerprint(paramiko.MissingHostKeyPolicy):
    """Accepts a key that known_hosts does not have only if it has the fingerprint in the settings."""

    def __init__(self, settings: SourceSettings) -> None:
        self._settings = settings

    def missing_host_key(self, client: paramiko.SSHClient, hostname: str, key: paramiko.PKey) -> None:
        settings = self._settings
        place = f"source {settings.name}: {settings.host}:{settings.port}"
        if settings.host_key is None:
            raise PermanentError(
                f"{place}: the server's key is not known: it showed {_described(key)}, and {settings.known_hosts} has "
                f"no line for {hostname}. Ask its operator whether that is right, then add the output of "
                f"`ssh-keyscan -p {settings.port} {settings.host}`"
            )
        if key.fingerprint != settings.host_key:
            raise PermanentError(
                f"{place}: the server's key has changed: it showed {_described(key)}, `host_key` is "
                f"{settings.host_key}. Ask its operator; if the new key is right, set `host_key` to it, "
                "otherwise somebody stands in between"
            )


def _described(key: paramiko.PKey) -> str:
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
            # Without the value and the fault that quotes it: it may be half of a key.
            raise PermanentError(f"{where} is neither a key nor a file to read: {error.strerror}") from None
        except UnicodeDecodeError as error:
            raise PermanentError(f"{where} is not a private key") from error
    if text.startswith("PuTTY-User-Key-File"):
        raise PermanentError(f"{where} is a PuTTY key: convert it with `puttygen KEY -O private-openssh -o NEW`")
    # One line, as variables often have it.
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
    raise PermanentError(f"{where} is not a private key: wanted is ed25519, ecdsa or rsa in OpenSSH's or PEM format")
