"""The connection to the mail server, with verified TLS certificates (SSL_CERT_FILE: your own authorities)."""

import smtplib
import ssl
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from email.message import EmailMessage

from wiseparts_pipeline.errors import ConfigurationError, WisepartsError
from wiseparts_pipeline.notify.settings import SMTP_URL, MailSettings

# For each reply of the server; an import must not be delayed longer by its mail.
TIMEOUT_SECONDS = 10.0

_PERMANENT, _TOO_LARGE = 500, 552


class MailServerError(WisepartsError):
    """The mail server cannot be reached, or accepts no e-mail at the moment."""


@dataclass(frozen=True)
class Refusal:
    """The server's reply about a recipient or an e-mail that it did not accept, and whether that is permanent."""

    permanent: bool
    reply: str


class MailServer:
    """A mail server, connected and logged in."""

    def __init__(self, settings: MailSettings, client: smtplib.SMTP) -> None:
        self._settings = settings
        self._client = client

    def noop(self) -> None:
        """Raises MailServerError if the server does not reply as it should."""
        with _map_errors(self._settings):
            code, reply = self._client.noop()
            if code != 250:
                raise smtplib.SMTPResponseException(code, reply)

    def send(self, message: bytes, recipients: Sequence[str]) -> Mapping[str, Refusal]:
        """Send it; returns the recipients it was not accepted for. Raises MailServerError if there is no reply."""
        with _map_errors(self._settings):
            try:
                refused = self._client.sendmail(self._settings.sender.addr_spec, recipients, message)
            except smtplib.SMTPRecipientsRefused as error:
                # It may have closed the connection before it came to the last of them.
                refused = {each: error.recipients.get(each, (421, b"")) for each in recipients}
            except smtplib.SMTPSenderRefused as error:
                # An e-mail stays too large; a sender may be allowed once someone has fixed that.
                return dict.fromkeys(recipients, Refusal(error.smtp_code == _TOO_LARGE, _reply(error)))
            except smtplib.SMTPDataError as error:
                return dict.fromkeys(recipients, Refusal(error.smtp_code >= _PERMANENT, _reply(error)))
        return {each: Refusal(code >= _PERMANENT, f"{code} {_text(reply)}") for each, (code, reply) in refused.items()}


@contextmanager
def mail_server(settings: MailSettings) -> Iterator[MailServer]:
    """A connection, logged in. Raises MailServerError, or ConfigurationError if the login is refused."""
    with _map_errors(settings):
        client = _connect(settings)
    try:
        with _map_errors(settings):
            if settings.starttls:
                client.starttls(context=ssl.create_default_context())
            _log_in(client, settings)
        yield MailServer(settings, client)
    finally:
        with suppress(smtplib.SMTPException, OSError):
            client.quit()
        client.close()


def probe(settings: MailSettings) -> None:
    """Connect and log in without sending anything. Raises an error that says what is wrong and what to do."""
    with mail_server(settings) as server:
        server.noop()


def send_directly(settings: MailSettings, message: EmailMessage, recipients: Sequence[str]) -> None:
    """Send an e-mail past the outbox. Raises an error unless the server accepts it for somebody."""
    with mail_server(settings) as server:
        refused = server.send(message.as_bytes(), recipients)
    if len(refused) == len(recipients):
        replies = "; ".join(f"{recipient}: {refusal.reply}" for recipient, refusal in refused.items())
        raise MailServerError(f"The e-mail {message['Subject']!r} was refused: {replies}")


def _connect(settings: MailSettings) -> smtplib.SMTP:
    if settings.tls:
        context = ssl.create_default_context()
        return smtplib.SMTP_SSL(settings.host, settings.port, timeout=TIMEOUT_SECONDS, context=context)
    return smtplib.SMTP(settings.host, settings.port, timeout=TIMEOUT_SECONDS)


def _log_in(client: smtplib.SMTP, settings: MailSettings) -> None:
    if settings.user is None or settings.password is None:
        return
    try:
        client.login(settings.user, settings.password)
    except smtplib.SMTPServerDisconnected:
        # Some servers do this on a wrong password, before smtplib has tried its other authentication methods.
        raise smtplib.SMTPAuthenticationError(421, "it closed the connection") from None


@contextmanager
def _map_errors(settings: MailSettings) -> Iterator[None]:
    """Raise errors of the server or the network as MailServerError or ConfigurationError."""
    place = f"the mail server {settings.host}:{settings.port}"
    try:
        yield
    except smtplib.SMTPAuthenticationError as error:
        raise ConfigurationError(
            f"Login to {place} refused for {settings.user!r}: {_reply(error)}. Check user and password in {SMTP_URL}."
        ) from None
    except smtplib.SMTPNotSupportedError as error:
        raise ConfigurationError(
            f"What {SMTP_URL} requires is not supported by {place}: {error} Use smtps:// for TLS from the start, or"
            " ?starttls=no for a relay without TLS and password."
        ) from None
    except ssl.SSLCertVerificationError as error:
        raise ConfigurationError(
            f"The certificate of {place} is not trusted: {error.verify_message}. If the authority is your own, set"
            " SSL_CERT_FILE to its certificate."
        ) from None
    except ssl.SSLError as error:
        raise MailServerError(
            f"TLS with {place} failed: {error.reason}. Port 465 is for smtps://, port 587 for smtp://."
        ) from None
    except smtplib.SMTPServerDisconnected:
        raise MailServerError(f"The connection was closed by {place}.") from None
    except smtplib.SMTPResponseException as error:
        raise MailServerError(f"Mail was refused by {place}: {_reply(error)}") from None
    except (smtplib.SMTPException, OSError) as error:
        raise MailServerError(
            f"Cannot reach {place}: {error}. Check {SMTP_URL} and that the server is running."
        ) from None


def _reply(error: smtplib.SMTPResponseException) -> str:
    return f"{error.smtp_code} {_text(error.smtp_error)}"


def _text(reply: bytes | str) -> str:
    text = reply.decode("utf-8", "replace") if isinstance(reply, bytes) else reply
    return " ".join(text.split())
