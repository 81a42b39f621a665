"""The outbox `ops.outbox`: mails that are to be sent, were sent, or were given up."""

import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from email.message import EmailMessage

from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from wiseparts_pipeline.errors import ConfigurationError
from wiseparts_pipeline.notify.settings import MailSettings
from wiseparts_pipeline.notify.smtp import MailServer, MailServerError, mail_server
from wiseparts_pipeline.warehouse import Connection

GIVE_UP_AFTER = timedelta(days=3)

_FIRST_DELAY = timedelta(minutes=1)
_LONGEST_DELAY = timedelta(minutes=15)


@dataclass
class Sent:
    """What was sent; `delayed`: why mails wait and are tried again; `problems`: what somebody has to mend."""

    mails: int = 0
    delayed: str | None = None
    problems: list[str] = field(default_factory=list)

    @property
    def notices(self) -> list[str]:
        return [*([self.delayed] if self.delayed else []), *self.problems]


@dataclass(frozen=True)
class _Mail:
    mail_id: int
    subject: str
    message: bytes
    recipients: list[str]


def add(
    connection: Connection, importer: str, file_ids: Sequence[int], message: EmailMessage, recipients: Sequence[str]
) -> None:
    """Puts a mail into the outbox; it is due at once, or with those that a server which was down has held up."""
    connection.execute(
        """
        insert into ops.outbox (importer, file_ids, subject, message, recipients, next_attempt_at)
        select %s, %s, %s, %s, %s, greatest(now(), min(next_attempt_at))
        from ops.outbox where status = 'waiting' and server_down
        """,
        [importer, list(file_ids), str(message["Subject"]), message.as_bytes(), list(recipients)],
    )


def reported(connection: Connection, file_ids: Sequence[int]) -> set[int]:
    """The files of which a mail was written after their last import ended."""
    rows = connection.execute(
        """
        select file_id from ops.import_files as file
        where file_id = any(%s)
            and exists (select from ops.outbox where file_ids @> array[file_id] and created_at > file.finished_at)
        """,
        [list(file_ids)],
    )
    return {row[0] for row in rows}


def send_due(connection: Connection, settings: MailSettings, seconds: float) -> Sent:
    """Sends what is due, mail by mail, for so long; a mail is never in the hands of two processes.

    `connection` is in autocommit. Only a crash between the server's yes and our commit makes a mail go out twice, with
    the same Message-ID. Recipients whom the server refuses for good are dropped, the others get theirs.
    """
    sent = Sent()
    deadline = time.monotonic() + seconds
    server: MailServer | None = None
    with ExitStack() as stack:
        while time.monotonic() < deadline:
            with connection.transaction():
                mail = _take(connection)
                if mail is None:
                    break
                try:
                    server = server or stack.enter_context(mail_server(settings))
                    refused = server.send(mail.message, mail.recipients)
                except ConfigurationError as error:
                    sent.problems += [str(error), *_put_off_all(connection, str(error))]
                    break
                except MailServerError as error:
                    sent.delayed = f"{error} Mails wait and are tried again."
                    sent.problems += _put_off_all(connection, str(error))
                    break
                else:
                    for_good = {each: refusal.said for each, refusal in refused.items() if refusal.for_good}
                    later = {each: refusal.said for each, refusal in refused.items() if not refusal.for_good}
                    _note_outcome(connection, mail, for_good, later, sent)
    return sent


def _take(connection: Connection) -> _Mail | None:
    with connection.cursor(row_factory=class_row(_Mail)) as cursor:
        return cursor.execute(
            """
            select mail_id, subject, message, recipients from ops.outbox
            where status = 'waiting' and next_attempt_at <= now()
            order by next_attempt_at, mail_id limit 1 for update skip locked
            """
        ).fetchone()


def _note_outcome(
    connection: Connection, mail: _Mail, for_good: Mapping[str, str], later: Mapping[str, str], sent: Sent
) -> None:
    """Notes who got the mail, who never will, and for whom it is tried again."""
    accepted = len(for_good) + len(later) < len(mail.recipients)
    sent.mails += accepted
    connection.execute(
        """
        update ops.outbox
        set recipients = %s, refused = refused || %s, sent_at = case when %s then now() else sent_at end,
            server_down = false
        where mail_id = %s
        """,
        [list(later), Jsonb(for_good), accepted, mail.mail_id],
    )
    if for_good:
        sent.problems.append(f"The mail {mail.subject!r} was refused for good: {_listed(for_good)}")
    if later:
        sent.delayed = f"The mail {mail.subject!r} is not taken yet and is tried again: {_listed(later)}"
        sent.problems += _put_off(connection, [mail.mail_id], _listed(later), server_down=False)
    else:
        connection.execute(
            """
            update ops.outbox
            set status = case when sent_at is null then 'given_up' else 'sent' end, message = null,
                attempts = attempts + 1, last_error = %s
            where mail_id = %s
            """,
            [_listed(for_good) or None, mail.mail_id],
        )


def _put_off_all(connection: Connection, why: str) -> list[str]:
    """Puts off what is due, so that not each import waits for a server that is down."""
    due = connection.execute(
        "select mail_id from ops.outbox where status = 'waiting' and next_attempt_at <= now() for update skip locked"
    )
    return _put_off(connection, [row[0] for row in due], why, server_down=True)


def _put_off(connection: Connection, mail_ids: Sequence[int], why: str, *, server_down: bool) -> list[str]:
    """Puts mails off, twice as long each time; says which are given up because they are too old."""
    rows = connection.execute(
        """
        update ops.outbox
        set attempts = attempts + 1, last_error = %(why)s, server_down = %(server_down)s,
            next_attempt_at = now() + least(%(longest)s, %(first)s * 2 ^ least(attempts, 10)),
            status = case when created_at < now() - %(give_up_after)s then 'given_up' else status end
        where mail_id = any(%(mail_ids)s)
        returning status, subject, recipients
        """,
        {
            "why": why,
            "server_down": server_down,
            "first": _FIRST_DELAY,
            "longest": _LONGEST_DELAY,
            "give_up_after": GIVE_UP_AFTER,
            "mail_ids": list(mail_ids),
        },
    )
    return [
        f"The mail {subject!r} to {', '.join(recipients)} was given up after {GIVE_UP_AFTER.days} days: {why}"
        for status, subject, recipients in rows
        if status == "given_up"
    ]


def _listed(said: Mapping[str, str]) -> str:
    return "; ".join(f"{recipient}: {why}" for recipient, why in said.items())
