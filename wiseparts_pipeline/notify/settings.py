"""The mail server, from the environment."""

import os
from dataclasses import dataclass, field
from email.headerregistry import Address
from email.utils import parseaddr
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from wiseparts_pipeline.config.operations.notifications import email_address
from wiseparts_pipeline.errors import ConfigurationError

SMTP_URL = "WISEPARTS_SMTP_URL"
MAIL_FROM = "WISEPARTS_MAIL_FROM"

SMTP_EXAMPLE = "smtp://user:password@mail.example.com:587"
_PORTS = {"smtp": 587, "smtps": 465}


@dataclass(frozen=True)
class MailSettings:
    """How to reach the mail server, and the sender of the mails. The password is not shown.

    `tls`: from the first byte. `starttls`: before anything else is sent. One of the two, or neither for a plain relay.
    """

    host: str
    port: int
    tls: bool
    starttls: bool
    sender: Address
    user: str | None = None
    password: str | None = field(default=None, repr=False)


def mail_settings() -> MailSettings | None:
    """The server of WISEPARTS_SMTP_URL and the sender of WISEPARTS_MAIL_FROM; None if no server is set.

    Raises ConfigurationError, which names the variable and gives an example but does not quote the value.
    """
    text = os.environ.get(SMTP_URL, "").strip()
    if not text:
        return None
    try:
        url = urlsplit(text)
        port = url.port
    except ValueError:
        raise _wrong_url("is not a URL; % and / in a password are written %25 and %2F") from None
    if url.scheme not in _PORTS:
        raise _wrong_url(f"must begin with one of {', '.join(f'{scheme}://' for scheme in _PORTS)}")
    if not url.hostname:
        raise _wrong_url("does not name a server")
    if url.path.strip("/") or url.fragment:
        raise _wrong_url("has something after the port; / and # in a password are written %2F and %23")
    starttls = _starttls(url)
    if (url.username is None) != (url.password is None):
        raise _wrong_url("has a user without a password, or a password without a user")
    if url.username and not starttls and url.scheme == "smtp":
        raise _wrong_url("has a password and starttls=no, which would send it in the clear")
    return MailSettings(
        host=url.hostname,
        port=port or _PORTS[url.scheme],
        tls=url.scheme == "smtps",
        starttls=starttls,
        sender=_sender(),
        user=unquote(url.username) if url.username else None,
        password=unquote(url.password) if url.password else None,
    )


def _starttls(url: SplitResult) -> bool:
    options = dict(parse_qsl(url.query, keep_blank_values=True))
    starttls = options.pop("starttls", "yes")
    if options or starttls not in ("yes", "no"):
        raise _wrong_url("may only have ?starttls=no after the port, for a relay without TLS")
    return url.scheme == "smtp" and starttls == "yes"


def _sender() -> Address:
    text = os.environ.get(MAIL_FROM, "").strip()
    if not text:
        raise ConfigurationError(
            f"{SMTP_URL} is set but {MAIL_FROM} is not: set it to the sender's address, such as"
            " imports@example.com or WiseParts <imports@example.com>."
        )
    name, address = parseaddr(text)
    try:
        if not text.isprintable():
            raise ValueError("it has control characters")
        return Address(display_name=name, addr_spec=email_address(address))
    except ValueError as error:
        raise ConfigurationError(f"{MAIL_FROM} is invalid: {error}") from None


def _wrong_url(why: str) -> ConfigurationError:
    return ConfigurationError(f"{SMTP_URL} {why}. Examples: {SMTP_EXAMPLE} or smtps://mail.example.com:465.")
