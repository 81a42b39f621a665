"""Looks once at what is wrong, and tells people what they do not know yet."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from wiseparts_pipeline.alerts import standing, wording
from wiseparts_pipeline.alerts.outage import DatabaseAlert
from wiseparts_pipeline.config.loader import Configuration
from wiseparts_pipeline.diagnostics.examination import DATABASE, find_alerting
from wiseparts_pipeline.diagnostics.findings import Finding, Kind, Level
from wiseparts_pipeline.errors import ConfigurationError, WarehouseError, WisepartsError
from wiseparts_pipeline.notify import MailSettings, mail_settings, outbox
from wiseparts_pipeline.notify.message import new_message
from wiseparts_pipeline.notify.settings import SMTP_URL
from wiseparts_pipeline.warehouse import Connection, Role, Warehouse
from wiseparts_pipeline.warehouse.connection import current_time
from wiseparts_pipeline.warehouse.errors import map_database_errors
from wiseparts_pipeline.warehouse.locks import try_lock_until_commit

# Whatever else sends queued e-mail, or the next look, sends what is left.
_SECONDS = 10.0
_LOCK = "wiseparts.alerts"


class NobodyIsTold(ConfigurationError):
    """Nobody is named, or there is no mail server."""


@dataclass
class Look:
    """What is wrong. `told`: the subject of the e-mail about it, if there is news.

    `delayed`: why e-mails stay queued; `problems`: what of sending them someone has to fix.
    """

    wrong: list[Finding] = field(default_factory=list)
    told: str | None = None
    delayed: str | None = None
    problems: list[str] = field(default_factory=list)

    @property
    def is_database_down(self) -> bool:
        return any(each.place == DATABASE and each.kind is Kind.UNREACHABLE for each in self.wrong)


def mail_for(configuration: Configuration) -> MailSettings:
    """How people are told. Raises NobodyIsTold, or ConfigurationError for wrong settings of the mail server."""
    if not configuration.alerts.to:
        raise NobodyIsTold("Nobody is told: there is no component Alerts that names somebody in `to`.")
    mail = mail_settings()
    if mail is None:
        raise NobodyIsTold(f"Nobody is told: {SMTP_URL} names no mail server.")
    return mail


def watch(configuration: Configuration, home: Path, mail: MailSettings, now: datetime | None = None) -> Look:
    """Looks at everything, and queues and sends an e-mail if there is news. `now`: the time, if it is not the real one.

    What is found is remembered, and nobody is told twice, however many processes look.
    """
    database = DatabaseAlert(home, configuration.alerts, mail)
    try:
        with map_database_errors(), Warehouse.open(role=Role.IMPORTER) as warehouse:
            look = _look(configuration, warehouse, home, mail, now)
    except WarehouseError as error:
        look = Look([Finding(Level.FAULT, Kind.UNREACHABLE, DATABASE, str(error))])
        look.problems = tell_of(database, str(error), now)
    else:
        look.problems += tell_of(database, None, now)
    return look


def watch_database(database: DatabaseAlert | None) -> list[str]:
    """Looks at the database alone, and starts an embedded one that has ended; returns what someone should know.

    For when Dagster, which needs the database, cannot look. `database`: None if nobody is to be told.
    """
    try:
        with map_database_errors(), Warehouse.open():
            return tell_of(database, None) if database else []
    except (WarehouseError, OSError) as error:
        return [str(error), *(tell_of(database, str(error)) if database else [])]


def tell_of(database: DatabaseAlert, failure: str | None, now: datetime | None = None) -> list[str]:
    """Tells people that the database fails, or works again; returns why that was not possible."""
    moment = now or datetime.now(UTC)
    try:
        if failure is None:
            database.works(moment)
        else:
            database.fails(failure, moment)
    except WisepartsError as error:
        return [str(error)]
    return []


def _look(
    configuration: Configuration, warehouse: Warehouse, home: Path, mail: MailSettings, now: datetime | None
) -> Look:
    with warehouse.connect(autocommit=True) as connection:
        moment = now or current_time(connection)
        found = find_alerting(configuration, warehouse, home, moment)
        look = Look([each for each in found if each.kind in wording.TITLES and each.level is not Level.NOTE])
        with connection.transaction():
            if try_lock_until_commit(connection, _LOCK):
                look.told = _queue_news(connection, configuration, look.wrong, mail, home, moment)
        sent = outbox.send_due(connection, mail, _SECONDS)
        look.delayed, look.problems = sent.delayed, sent.problems
    return look


def _queue_news(
    connection: Connection,
    configuration: Configuration,
    wrong: list[Finding],
    mail: MailSettings,
    home: Path,
    now: datetime,
) -> str | None:
    """The subject of the e-mail that is queued, if there is news."""
    settings = configuration.alerts
    news = standing.note(connection, wrong, settings, now)
    if news is None:
        return None
    message = new_message(mail.sender, settings.to, wording.subject(news))
    message.set_content(wording.text(news, home, settings.remind_after, now))
    outbox.add(connection, "", [], message, settings.to)
    standing.told(connection, [*news.begun, *news.lasting], now)
    return str(message["Subject"])
