"""Reports a run to the recipients of its importer by e-mail; a problem with that never fails the import."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import jinja2

from wiseparts_pipeline.config.importer import ImporterSettings
from wiseparts_pipeline.errors import WisepartsError
from wiseparts_pipeline.importing.ledger import table as ledger
from wiseparts_pipeline.importing.results import ImportResult
from wiseparts_pipeline.importing.workspace import workspace
from wiseparts_pipeline.notify import outbox
from wiseparts_pipeline.notify.mail import write_mail
from wiseparts_pipeline.notify.outbox import SendResult
from wiseparts_pipeline.notify.settings import MAIL_FROM, SMTP_EXAMPLE, SMTP_URL, MailSettings, mail_settings
from wiseparts_pipeline.notify.wording import needs_attention
from wiseparts_pipeline.warehouse import Connection, Warehouse
from wiseparts_pipeline.warehouse.errors import map_database_errors

# E-mail delays the end of an import by no more than this; the next import, or Dagster, sends what is left.
_SECONDS_AFTER_AN_IMPORT = 20.0


def report(importer: ImporterSettings, result: ImportResult, warehouse: Warehouse) -> list[str]:
    """Queue the e-mail about a committed run, then send whatever is due, for some seconds at most.

    Returns messages for whoever runs the import: e-mail is not configured, is delayed, or could not be written.
    """
    notify = importer.notify
    if notify is None or notify.when == "never":
        return []
    try:
        settings = mail_settings()
        if settings is None:
            return [not_set_up(importer.name)] if result.files else []
        with _database(warehouse) as connection:
            _queue_mail(connection, importer, result, settings)
            return outbox.send_due(connection, settings, _SECONDS_AFTER_AN_IMPORT).notices
    except WisepartsError as error:
        return [f"{importer.name}: no e-mail was sent: {error}"]
    except (jinja2.TemplateError, OSError, ValueError, LookupError) as error:
        return [f"{importer.name}: the e-mail about its files could not be written: {type(error).__name__}: {error}"]


def send_queued(warehouse: Warehouse, settings: MailSettings, seconds: float) -> SendResult:
    """Send the e-mails that are due, for at most this long. Raises WarehouseError."""
    with _database(warehouse) as connection:
        return outbox.send_due(connection, settings, seconds)


@contextmanager
def _database(warehouse: Warehouse) -> Iterator[Connection]:
    with map_database_errors(), warehouse.connect(autocommit=True) as connection:
        yield connection


def _queue_mail(
    connection: Connection, importer: ImporterSettings, result: ImportResult, settings: MailSettings
) -> None:
    """Unless the recipients do not want such e-mail or had it before: a file may only have been archived."""
    assert importer.notify is not None
    reported = outbox.reported(connection, [each.file.file_id for each in result.files])
    # As they are now: deferred rows of one file may have been loaded with the next.
    files = [
        replace(each, file=ledger.get(connection, each.file.file_id))
        for each in result.files
        if each.file.file_id not in reported
    ]
    news = replace(result, files=files)
    if not news.files or (importer.notify.when == "problems" and not needs_attention(news)):
        return
    with workspace() as folder:
        message = write_mail(connection, importer, news, settings.sender, folder)
    file_ids = [file.file.file_id for file in news.files]
    outbox.add(connection, importer.name, file_ids, message, importer.notify.to)


def not_set_up(name: str) -> str:
    """What is wrong with an importer or exporter that notifies people where there is no mail server."""
    return (
        f"{name}: its `notify` requests e-mail but no mail server is configured: set {SMTP_URL}, such as"
        f" {SMTP_EXAMPLE}, and {MAIL_FROM}, the sender's address."
    )
