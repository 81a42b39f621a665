"""Tells an importer's people by e-mail what became of a run's files; what goes wrong here is no fault of the import."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import jinja2

from wiseparts_pipeline.config.importer import ImporterSettings
from wiseparts_pipeline.errors import WisepartsError
from wiseparts_pipeline.importing import ledger
from wiseparts_pipeline.importing.engine import ImportResult
from wiseparts_pipeline.importing.workspace import workspace
from wiseparts_pipeline.notify import outbox
from wiseparts_pipeline.notify.mail import write_mail
from wiseparts_pipeline.notify.outbox import Sent
from wiseparts_pipeline.notify.settings import MAIL_FROM, SMTP_EXAMPLE, SMTP_URL, MailSettings, mail_settings
from wiseparts_pipeline.notify.wording import needs_a_look
from wiseparts_pipeline.warehouse import Connection, Warehouse
from wiseparts_pipeline.warehouse.errors import map_database_errors

# An import does not end later than this for its mail; what is left is sent by the next one, or by Dagster.
_SECONDS_AFTER_AN_IMPORT = 20.0


def report(importer: ImporterSettings, result: ImportResult, warehouse: Warehouse) -> list[str]:
    """Writes the mail about a run that has been committed, and sends it and what else is due, within seconds.

    Returns what those who run the import should know: that mail is not set up, waits, or could not be written.
    """
    notify = importer.notify
    if notify is None or notify.when == "never":
        return []
    try:
        settings = mail_settings()
        if settings is None:
            return [_not_set_up(importer)] if result.files else []
        with _database(warehouse) as connection:
            _put_into_outbox(connection, importer, result, settings)
            return outbox.send_due(connection, settings, _SECONDS_AFTER_AN_IMPORT).notices
    except WisepartsError as error:
        return [f"{importer.name}: no mail was sent: {error}"]
    except (jinja2.TemplateError, OSError, ValueError, LookupError) as error:
        return [f"{importer.name}: the mail about its files could not be written: {type(error).__name__}: {error}"]


def send_waiting(warehouse: Warehouse, settings: MailSettings, seconds: float) -> Sent:
    """Sends the mails that are due, for so long. Raises WarehouseError."""
    with _database(warehouse) as connection:
        return outbox.send_due(connection, settings, seconds)


@contextmanager
def _database(warehouse: Warehouse) -> Iterator[Connection]:
    with map_database_errors(), warehouse.connect(autocommit=True) as connection:
        yield connection


def _put_into_outbox(
    connection: Connection, importer: ImporterSettings, result: ImportResult, settings: MailSettings
) -> None:
    """Unless its people do not want to hear of such a run, or were told: files that were only archived are no news."""
    assert importer.notify is not None
    told = outbox.reported(connection, [each.file["file_id"] for each in result.files])
    # As they are now: rows of one file that waited may have been loaded by the next.
    files = [
        replace(each, file=ledger.get(connection, each.file["file_id"]))
        for each in result.files
        if each.file["file_id"] not in told
    ]
    news = replace(result, files=files)
    if not news.files or (importer.notify.when == "problems" and not needs_a_look(news)):
        return
    with workspace() as folder:
        message = write_mail(connection, importer, news, settings.sender, folder)
    file_ids = [file.file["file_id"] for file in news.files]
    outbox.add(connection, importer.name, file_ids, message, importer.notify.to)


def _not_set_up(importer: ImporterSettings) -> str:
    return (
        f"{importer.name}: its `notify` asks for mail and no mail server is set up: set {SMTP_URL}, like"
        f" {SMTP_EXAMPLE}, and {MAIL_FROM}, the address that mails are from."
    )
