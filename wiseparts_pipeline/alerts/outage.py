"""The alert that the database fails: sent past the outbox, and remembered in a file, as both need the database.

When the file cannot be written, people are told at once: an e-mail too many rather than none.
"""

import fcntl
import json
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import asdict, replace
from datetime import datetime
from pathlib import Path

from wiseparts_pipeline.alerts import wording
from wiseparts_pipeline.alerts.standing import Alert, News, is_due
from wiseparts_pipeline.config.operations.alerts import AlertSettings
from wiseparts_pipeline.diagnostics.examination import DATABASE
from wiseparts_pipeline.diagnostics.findings import Kind
from wiseparts_pipeline.home import private
from wiseparts_pipeline.notify import MailSettings
from wiseparts_pipeline.notify.message import new_message
from wiseparts_pipeline.notify.smtp import send_directly

_ADVICE = "Start the database, or correct its URL: imports and builds go on by themselves then, and nothing is lost."


class DatabaseAlert:
    """Whether the database of an installation fails, and who was told. `home`: its state folder."""

    def __init__(self, home: Path, settings: AlertSettings, mail: MailSettings) -> None:
        self._home = home
        self._note = home / "alerts" / "database.json"
        self._settings = settings
        self._mail = mail
        # What this process knows, where the file cannot be written.
        self._known: Alert | None = None
        self._over: Alert | None = None

    def fails(self, why: str, now: datetime) -> bool:
        """Notes that the database cannot be used, and `why`; whether people were told just now.

        Raises MailServerError or ConfigurationError if they had to be, and could not: it is tried again next time.
        """
        with self._exclusively():
            known = self._read()
            alert = Alert(Kind.UNREACHABLE, DATABASE, f"{why} {_ADVICE}", now, now)
            if known is not None:
                alert = replace(alert, began_at=min(known.began_at, now), mailed_at=known.mailed_at)
            is_kept = self._write(alert)
            if alert.mailed_at is not None:
                news, must_tell = News(lasting=[alert]), is_due(alert.mailed_at, self._settings.remind_after, now)
            else:
                news = News(begun=[alert])
                must_tell = not is_kept or is_due(alert.began_at, self._settings.outage_after, now)
            if must_tell:
                self._tell(news, now)
                self._write(replace(alert, mailed_at=now))
            return must_tell

    def works(self, now: datetime) -> bool:
        """Notes that the database can be used; whether people were told just now that it can again.

        Raises as fails().
        """
        if self._read() is None:
            return False
        with self._exclusively():
            known = self._read()
            if known is None or known == self._over:
                return False
            if known.mailed_at is not None:
                self._tell(News(over=[known]), now)
            self._known, self._over = None, known
            with suppress(OSError):
                self._note.unlink()
            return known.mailed_at is not None

    def _tell(self, news: News, now: datetime) -> None:
        message = new_message(self._mail.sender, self._settings.to, wording.subject(news))
        message.set_content(wording.text(news, self._home, self._settings.remind_after, now))
        send_directly(self._mail, message, self._settings.to)

    @contextmanager
    def _exclusively(self) -> Iterator[None]:
        """No other process tells people the same during the block, if there can be a file to agree on."""
        try:
            lock = (private(self._note.parent) / "lock").open("w")
        except OSError:
            lock = None
        with lock or nullcontext():
            if lock is not None:
                fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _read(self) -> Alert | None:
        try:
            noted = json.loads(self._note.read_text(encoding="utf-8"))
            moments = {name: datetime.fromisoformat(noted[name]) for name in ("began_at", "seen_at")}
            mailed_at = noted["mailed_at"] and datetime.fromisoformat(noted["mailed_at"])
            return Alert(Kind.UNREACHABLE, DATABASE, str(noted["message"]), mailed_at=mailed_at, **moments)
        except (OSError, ValueError, KeyError, TypeError):
            return self._known

    def _write(self, alert: Alert) -> bool:
        """Whether it could be written."""
        new = self._note.with_suffix(".new")
        try:
            new.write_text(json.dumps(asdict(alert), default=datetime.isoformat), encoding="utf-8")
            new.replace(self._note)
        except OSError:
            self._known = alert
            return False
        self._known = None
        return True
