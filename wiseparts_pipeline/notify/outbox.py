"""The outbox `ops.outbox`: e-mails that are queued (status `waiting`), sent or abandoned (status `given_up`)."""

import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.message import EmailMessage
from typing import LiteralString

from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from wiseparts_pipeline.errors import ConfigurationError
from wiseparts_pipeline.importing.ledger import table as ledger
from wiseparts_pipeline.importing.ledger.outcome import Status
from wiseparts_pipeline.importing.ledger.rows import LedgerRow
from wiseparts_pipeline.notify.settings import MailSettings
from wiseparts_pipeline.notify.smtp import MailServer, MailServerError, mail_server
from wiseparts_pipeline.warehouse import Connection

ABANDON_AFTER = timedelta(days=3)

_FIRST_DELAY = timedelta(minutes=1)
_LONGEST_DELAY = timedelta(minutes=15)
# Given the longest delay: a mail that is due later than that was postponed before the clock was set back.
_IS_DUE: LiteralString = "status = 'waiting' and (next_attempt_at <= now() or next_attempt_at > now() + %s)"


@dataclass
class SendResult:
    """How many e-mails were sent; `delayed`: why some stay queued; `problems`: what someone has to fix."""

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
    """Queue an e-mail; it is due at once, or, while the server is down, together with the others in the queue."""
    connection.execute(
        """
        insert into ops.outbox (importer, file_ids, subject, message, recipients, next_attempt_at)
        select %s, %s, %s, %s, %s, greatest(now(), min(next_attempt_at))
        from ops.outbox where status = 'waiting' and server_down
        """,
        [importer, list(file_ids), str(message["Subject"]), message.as_bytes(), list(recipients)],
    )


def reported(connection: Connection, file_ids: Sequence[int]) -> set[int]:
    """The files about which an e-mail was written after their last import ended; of one that fails again, since a day.

    The same file fails every hour until someone acts.
    """
    files = ledger.get_all(connection, file_ids)
    since = [_reported_since(file) for file in files.values()]
    rows = connection.execute(
        """
        select file_id from unnest(%s::bigint[], %s::timestamptz[]) as file (file_id, since)
        where exists (select from ops.outbox where file_ids @> array[file_id] and created_at > since)
        """,
        [list(files), since],
    )
    return {row[0] for row in rows}


def _reported_since(file: LedgerRow) -> datetime | None:
    if file.finished_at is None or file.status is not Status.FAILED or file.attempts == 1:
        return file.finished_at
    return max(file.detected_at, file.finished_at - timedelta(days=1))


def send_due(connection: Connection, settings: MailSettings, seconds: float) -> SendResult:
    """Send what is due, one by one, for at most this long; two processes never send the same mail.

    `connection` is in autocommit. An e-mail goes out twice, with the same Message-ID, only after a crash between the
    server's acceptance and our commit. Recipients whom the server refuses permanently are dropped; the others get it.
    """
    result = SendResult()
    deadline = time.monotonic() + seconds
    server: MailServer | None = None
    with ExitStack() as stack:
        while time.monotonic() < deadline:
            with connection.transaction():
                mail = _lock_next(connection)
                if mail is None:
                    break
                try:
                    server = server or stack.enter_context(mail_server(settings))
                    refused = server.send(mail.message, mail.recipients)
                except ConfigurationError as error:
                    result.problems += [str(error), *_postpone_all(connection, str(error))]
                    break
                except MailServerError as error:
                    result.delayed = f"{error} E-mails stay queued and are tried again."
                    result.problems += _postpone_all(connection, str(error))
                    break
                else:
                    permanent = {each: refusal.reply for each, refusal in refused.items() if refusal.permanent}
                    temporary = {each: refusal.reply for each, refusal in refused.items() if not refusal.permanent}
                    _record_outcome(connection, mail, permanent, temporary, result)
    return result


def _lock_next(connection: Connection) -> _Mail | None:
    with connection.cursor(row_factory=class_row(_Mail)) as cursor:
        return cursor.execute(
            f"select mail_id, subject, message, recipients from ops.outbox where {_IS_DUE}"  # noqa: S608
            " order by next_attempt_at, mail_id limit 1 for update skip locked",
            [_LONGEST_DELAY],
        ).fetchone()


def _record_outcome(
    connection: Connection, mail: _Mail, permanent: Mapping[str, str], temporary: Mapping[str, str], result: SendResult
) -> None:
    """Record who got the e-mail, who never will, and for whom it is tried again."""
    accepted = len(permanent) + len(temporary) < len(mail.recipients)
    result.mails += accepted
    connection.execute(
        """
        update ops.outbox
        set recipients = %s, refused = refused || %s, sent_at = case when %s then now() else sent_at end,
            server_down = false
        where mail_id = %s
        """,
        [list(temporary), Jsonb(permanent), accepted, mail.mail_id],
    )
    if permanent:
        result.problems.append(f"The e-mail {mail.subject!r} was refused permanently: {_listed(permanent)}")
    if temporary:
        result.delayed = f"The e-mail {mail.subject!r} is not accepted yet and is tried again: {_listed(temporary)}"
        result.problems += _postpone(connection, [mail.mail_id], _listed(temporary), server_down=False)
    else:
        connection.execute(
            """
            update ops.outbox
            set status = case when sent_at is null then 'given_up' else 'sent' end, message = null,
                attempts = attempts + 1, last_error = %s
            where mail_id = %s
            """,
            [_listed(permanent) or None, mail.mail_id],
        )


def _postpone_all(connection: Connection, why: str) -> list[str]:
    """Postpone whatever is due, so that a server that is down does not delay every import."""
    query = f"select mail_id from ops.outbox where {_IS_DUE} for update skip locked"  # noqa: S608
    due = connection.execute(query, [_LONGEST_DELAY])
    return _postpone(connection, [row[0] for row in due], why, server_down=True)


def _postpone(connection: Connection, mail_ids: Sequence[int], why: str, *, server_down: bool) -> list[str]:
    """Postpone e-mails, twice as long each time; returns a message for each that is now abandoned as too old."""
    rows = connection.execute(
        """
        update ops.outbox
        set attempts = attempts + 1, last_error = %(why)s, server_down = %(server_down)s,
            next_attempt_at = now() + least(%(longest)s, %(first)s * 2 ^ least(attempts, 10)),
            status = case when created_at < now() - %(abandon_after)s then 'given_up' else status end
        where mail_id = any(%(mail_ids)s)
        returning status, subject, recipients
        """,
        {
            "why": why,
            "server_down": server_down,
            "first": _FIRST_DELAY,
            "longest": _LONGEST_DELAY,
            "abandon_after": ABANDON_AFTER,
            "mail_ids": list(mail_ids),
        },
    )
    return [
        f"The e-mail {subject!r} to {', '.join(recipients)} was abandoned after {ABANDON_AFTER.days} days: {why}"
        for status, subject, recipients in rows
        if status == "given_up"
    ]


def _listed(replies: Mapping[str, str]) -> str:
    return "; ".join(f"{recipient}: {reply}" for recipient, reply in replies.items())
