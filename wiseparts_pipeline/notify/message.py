"""An e-mail with its headers and nothing in it yet."""

from collections.abc import Iterable
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import localtime, make_msgid

# Not every mail server accepts 8-bit text.
_POLICY = SMTP.clone(cte_type="7bit")


def new_message(sender: Address, recipients: Iterable[str], subject: str) -> EmailMessage:
    """`subject` is one line without control characters."""
    message = EmailMessage(policy=_POLICY)
    message["From"] = sender
    message["To"] = [Address(addr_spec=recipient) for recipient in recipients]
    message["Subject"] = subject
    message["Date"] = localtime()
    message["Message-ID"] = make_msgid(domain=sender.domain)
    # So that out-of-office replies are not sent.
    message["Auto-Submitted"] = "auto-generated"
    return message
