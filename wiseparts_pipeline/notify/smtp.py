"""The way to the mail server, over TLS whose certificate is verified (SSL_CERT_FILE names own authorities)."""

import smtplib
import ssl
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from wiseparts_pipeline.errors import ConfigurationError, WisepartsError
from wiseparts_pipeline.notify.settings import SMTP_URL, MailSettings

# For each answer of the server; nobody who waits for an import waits longer for its mail.
TIMEOUT_SECONDS = 10.0

_PERMANENT, _TOO_LARGE = 500, 552


class MailServerError(WisepartsError):
    """The mail server cannot be reached, does not let us in, or takes no mail now."""


@dataclass(frozen=True)
class Refusal:
    """What the server said of a recipient or a mail that it did not take, and whether it never will."""

    for_good: bool
    said: str


class MailServer:
    """A mail server that has let us in."""

    def __init__(self, settings: MailSettings, client: smtplib.SMTP) -> None:
        self._settings = settings
        self._client = client

    def noop(self) -> None:
        """Raises MailServerError when the server does not answer as it should."""
        with _told(self._settings):
            code, said = self._client.noop()
            if code != 250:
                raise smtplib.SMTPResponseException(code, said)

    def send(self, message: bytes, recipients: Sequence[str]) -> Mapping[str, Refusal]:
        """Sends a mail; returns the recipients whom it was not taken for. Raises MailServerError without an answer."""
        with _told(self._settings):
            try:
                refused = self._client.sendmail(self._settings.sender.addr_spec, recipients, message)
            except smtplib.SMTPRecipientsRefused as error:
                # It may have hung up before it came to the last of them.
                refused = {each: error.recipients.get(each, (421, b"")) for each in recipients}
            except smtplib.SMTPSenderRefused as error:
                # Too large it stays; a sender that is not allowed can be, once somebody has mended that.
                return dict.fromkeys(recipients, Refusal(error.smtp_code == _TOO_LARGE, _said(error)))
            except smtplib.SMTPDataError as error:
                return dict.fromkeys(recipients, Refusal(error.smtp_code >= _PERMANENT, _said(error)))
        return {each: Refusal(code >= _PERMANENT, f"{code} {_text(said)}") for each, (code, said) in refused.items()}


@contextmanager
def mail_server(settings: MailSettings) -> Iterator[MailServer]:
    """A connection, logged in. Raises MailServerError, or ConfigurationError for a password that is not taken."""
    with _told(settings):
        client = _connect(settings)
    try:
        with _told(settings):
            if settings.starttls:
                client.starttls(context=ssl.create_default_context())
            _log_in(client, settings)
        yield MailServer(settings, client)
    finally:
        with suppress(smtplib.SMTPException, OSError):
            client.quit()
        client.close()


def probe(settings: MailSettings) -> None:
    """Connects, logs in and sends nothing. Raises an error that says what is wrong and what to do."""
    with mail_server(settings) as server:
        server.noop()


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
        # Some hang up on a wrong password, before smtplib has tried another way to send it.
        raise smtplib.SMTPAuthenticationError(421, "it hung up") from None


@contextmanager
def _told(settings: MailSettings) -> Iterator[None]:
    """What the server or the network says, as a message for people."""
    place = f"the mail server {settings.host}:{settings.port}"
    try:
        yield
    except smtplib.SMTPAuthenticationError as error:
        raise ConfigurationError(
            f"Not let in by {place} as {settings.user!r}: {_said(error)}. Check user and password in {SMTP_URL}."
        ) from None
    except smtplib.SMTPNotSupportedError as error:
        raise ConfigurationError(
            f"What {SMTP_URL} asks for is not offered by {place}: {error} Use smtps:// for TLS from the start, or"
            " ?starttls=no for a relay without TLS and password."
        ) from None
    except ssl.SSLCertVerificationError as error:
        raise ConfigurationError(
            f"The certificate of {place} is not trusted: {error.verify_message}. If the authority is your own, name its"
            " certificate in SSL_CERT_FILE."
        ) from None
    except ssl.SSLError as error:
        raise MailServerError(
            f"No TLS with {place}: {error.reason}. Port 465 is for smtps://, port 587 for smtp://."
        ) from None
    except smtplib.SMTPServerDisconnected:
        raise MailServerError(f"The connection was ended by {place}.") from None
    except smtplib.SMTPResponseException as error:
        raise MailServerError(f"No mail is taken by {place}: {_said(error)}") from None
    except (smtplib.SMTPException, OSError) as error:
        raise MailServerError(f"Cannot reach {place}: {error}. Is {SMTP_URL} right, and does it run?") from None


def _said(error: smtplib.SMTPResponseException) -> str:
    return f"{error.smtp_code} {_text(error.smtp_error)}"


def _text(said: bytes | str) -> str:
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    return " ".join(text.split())
