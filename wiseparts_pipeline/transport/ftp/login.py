"""Opens connections to FTP servers: TLS, login, and what went wrong where that fails."""

import ftplib
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager

from wiseparts_pipeline.config.source import SourceSettings
from wiseparts_pipeline.transport.base import PermanentError, TransientError, TransportError
from wiseparts_pipeline.transport.connecting import RetryableError, address, patiently, unknown_host
from wiseparts_pipeline.transport.ftp.client import FtpClient

# Of an answer of the server, at most.
SHOWN_CHARACTERS = 200


def open_client(settings: SourceSettings) -> FtpClient:
    """A client that is logged in. Raises TransientError, PermanentError."""
    context = _tls(settings) if settings.protocol == "ftps" else None
    return patiently(lambda: _open(settings, context))


def _open(settings: SourceSettings, context: ssl.SSLContext | None) -> FtpClient:
    client = FtpClient(settings, context)
    try:
        with _map_errors(settings):
            with _connecting(settings, client):
                client.open()
            with _logging_in(settings):
                client.enter()
            client.prepare()
    except BaseException:
        client.close()
        raise
    return client


def answer(error: Exception, settings: SourceSettings) -> str:
    """What the server said, on one line, without control characters and without the password, should it repeat it."""
    text = " ".join(str(error).split())
    if settings.password is not None:
        text = text.replace(settings.password.get_secret_value(), "***")
    return "".join(letter if letter.isprintable() else "?" for letter in text)[:SHOWN_CHARACTERS]


def certificate_error(place: str, settings: SourceSettings, error: ssl.SSLCertVerificationError) -> PermanentError:
    """What to raise for a certificate that is not accepted."""
    return PermanentError(
        f"{place}: the server's certificate is not accepted: {error.verify_message.rstrip('.')}. It must be valid for "
        f"{settings.host!r} and come from an authority that this machine trusts; for an authority of your own, or a "
        "self-signed certificate that its operator has confirmed, set `ca_file` to its certificate"
    )


def _tls(settings: SourceSettings) -> ssl.SSLContext:
    """Verifies certificates and host names; there is no setting that turns this off."""
    path = settings.ca_file
    try:
        return ssl.create_default_context(cafile=path.expanduser() if path else None)
    except FileNotFoundError as error:
        raise PermanentError(f"source {settings.name}: there is no file {path} (`ca_file`)") from error
    except ssl.SSLError as error:
        raise PermanentError(
            f"source {settings.name}: ca_file {path} has no certificates in PEM format: they begin with "
            "-----BEGIN CERTIFICATE-----"
        ) from error
    except OSError as error:
        raise PermanentError(f"source {settings.name}: cannot read ca_file {path}: {error.strerror}") from error


@contextmanager
def _connecting(settings: SourceSettings, client: FtpClient) -> Iterator[None]:
    """The errors of the time before anything has been sent that needs protection."""
    place = address(settings)
    try:
        yield
    except TimeoutError as error:
        hint = ""
        if settings.protocol == "ftps" and settings.tls == "explicit" and client.welcome is None:
            hint = "; if the server expects TLS at once, usually on port 990, set `tls: implicit`"
        raise TransientError(f"{place}: no answer within {settings.timeout_seconds:g} s{hint}") from error
    except socket.gaierror as error:
        raise unknown_host(place, error) from error
    except ssl.SSLCertVerificationError as error:
        raise certificate_error(place, settings, error) from error
    except ssl.SSLEOFError as error:
        raise RetryableError(f"{place}: the server closed the connection while TLS was agreed on") from error
    except ssl.SSLError as error:
        hint = ": if it begins without TLS, set `tls: explicit`" if settings.tls == "implicit" else ""
        raise PermanentError(f"{place}: no TLS with this server ({error.reason}){hint}") from error
    except ftplib.error_perm as error:
        if settings.protocol == "ftps" and client.welcome is not None:
            raise PermanentError(
                f"{place}: the server refuses TLS, so no password was sent; it answered {answer(error, settings)}"
            ) from error
        raise PermanentError(f"{place}: the server refuses connections: {answer(error, settings)}") from error
    except ftplib.error_temp as error:
        raise RetryableError(f"{place}: the server is busy: {answer(error, settings)}") from error
    except ftplib.Error as error:
        raise PermanentError(f"{place}: this is no FTP server; it answered {answer(error, settings)}") from error
    except (EOFError, OSError) as error:
        reason = getattr(error, "strerror", None) or "it closed the connection"
        raise RetryableError(f"{place}: cannot connect: {reason}") from error


@contextmanager
def _logging_in(settings: SourceSettings) -> Iterator[None]:
    place = address(settings)
    try:
        yield
    except ftplib.error_perm as error:
        said = answer(error, settings)
        # Some servers have no other code for it.
        if "too many" in said.lower() or "maximum" in said.lower():
            raise TransientError(f"{place}: the server has too many connections: {said}") from error
        raise PermanentError(
            f"{place}: login refused for {settings.username!r} ({said}): check `username` and `password`"
        ) from error


@contextmanager
def _map_errors(settings: SourceSettings) -> Iterator[None]:
    """What can happen at any time; nothing of it is tried again, as credentials may have been sent."""
    place = address(settings)
    try:
        yield
    except TransportError:
        raise
    except TimeoutError as error:
        raise TransientError(f"{place}: no answer within {settings.timeout_seconds:g} s") from error
    except ftplib.error_perm as error:
        raise PermanentError(f"{place}: the server cannot be used: it answered {answer(error, settings)}") from error
    except ftplib.Error as error:
        raise TransientError(f"{place}: cannot log in right now: {answer(error, settings)}") from error
    except (EOFError, OSError) as error:
        raise TransientError(f"{place}: the connection was lost while logging in") from error
