"""A mail server for tests, which records the mails it accepts and refuses what it is told to."""

import asyncio
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP as POLICY
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

USER, PASSWORD = "wiseparts", "p@ss/w:rd"
LOGIN = "wiseparts:p%40ss%2Fw%3Ard"


def free_port() -> int:
    with socket.socket() as probing:
        probing.bind(("127.0.0.1", 0))
        return int(probing.getsockname()[1])


@dataclass
class Postbox:
    """A server's inbox. `refused`: its replies to recipients; `answers`: its replies to mails, by subject; `delay`: the
    seconds that it takes to accept one; `largest`: the bytes that one may have.
    """

    port: int = field(default_factory=free_port)
    delivered: list[tuple[list[str], EmailMessage]] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)
    answers: dict[str, str] = field(default_factory=dict)
    delay: float = 0
    largest: int = 30_000_000

    @property
    def mails(self) -> list[EmailMessage]:
        return [message for _, message in self.delivered]

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address not in self.refused:
            envelope.rcpt_tos.append(address)
        return self.refused.get(address, "250 OK")

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        await asyncio.sleep(self.delay)
        assert isinstance(envelope.content, bytes)
        message = message_from_bytes(envelope.content, policy=POLICY)
        assert isinstance(message, EmailMessage)
        if message["Subject"] not in self.answers:
            self.delivered.append((envelope.rcpt_tos, message))
        return self.answers.get(message["Subject"], "250 OK")

    @contextmanager
    def open(self, tls: ssl.SSLContext | None = None, *, from_the_start: bool = False) -> Iterator["Postbox"]:
        """Accept mail: over TLS after a login, or without TLS from anyone."""
        options: dict[str, Any] = {"data_size_limit": self.largest}
        if tls:
            login = options | {
                "auth_required": True,
                "auth_require_tls": not from_the_start,
                "authenticator": _authenticate,
            }
            at_once: dict[str, Any] = {"ssl_context": tls}
            on_demand: dict[str, Any] = {"tls_context": tls, "require_starttls": True}
            options = login | (at_once if from_the_start else on_demand)
        controller = Controller(self, hostname="localhost", port=self.port, **options)
        controller.start()
        try:
            yield self
        finally:
            controller.stop()


def _authenticate(server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: object) -> AuthResult:
    known = LoginPassword(USER.encode(), PASSWORD.encode())
    return AuthResult(success=data == known, handled=False)


@dataclass(frozen=True)
class Certificate:
    """A self-signed certificate for localhost."""

    path: Path
    context: ssl.SSLContext


def certificate(folder: Path) -> Certificate:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path, key_path = folder / "certificate.pem", folder / "key.pem"
    path.write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    key_path.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(path, key_path)
    return Certificate(path, context)
