"""The e-mails about exports that someone has to look at: whom the exporter's `notify` names is told of each once."""

import textwrap
from collections.abc import Iterator, Sequence
from itertools import groupby

from wiseparts_pipeline.config.exports.exporter import ExporterSettings
from wiseparts_pipeline.config.loader import Configuration
from wiseparts_pipeline.config.operations.ages import in_words
from wiseparts_pipeline.errors import WisepartsError
from wiseparts_pipeline.exporting import log
from wiseparts_pipeline.exporting.export import Export
from wiseparts_pipeline.notify import outbox
from wiseparts_pipeline.notify.message import new_message
from wiseparts_pipeline.notify.report import not_set_up
from wiseparts_pipeline.notify.settings import MailSettings, mail_settings
from wiseparts_pipeline.notify.wording import printable, shortened
from wiseparts_pipeline.warehouse import Connection, Warehouse
from wiseparts_pipeline.warehouse.connection import current_time
from wiseparts_pipeline.warehouse.errors import map_database_errors

# An e-mail shows so many records of each kind; `wiseparts exports` shows all.
RECORDS_SHOWN = 20
_SECONDS = 20.0
_COLUMNS = 100

# By the first word of what people are told: what it is called in a subject, its title and what to do.
_KINDS = {
    "held": (
        "held",
        "Held: not delivered until something of the record is changed",
        "Correct the record where it comes from and send it again: it is then delivered by itself.",
    ),
    "given_up": (
        "given up",
        "Given up: not tried any more",
        "When the cause is mended, deliver them with `wiseparts export {exporter}`.",
    ),
    "amount_differs": (
        "with another amount",
        "Delivered, and the system has another amount",
        "Correct the order there, or the price here.",
    ),
    "waiting": (
        "waiting for someone",
        "Not delivered, as the server does not let us or the program fails",
        "Someone has to mend what the message names; the delivery is tried again by itself.",
    ),
    "not_collected": (
        "not collected",
        "Delivered and not collected within {collect_within}",
        "Is the program that takes the folders away running? A folder that it cannot read stays where it is.",
    ),
}


def report_exports(warehouse: Warehouse, configuration: Configuration, seconds: float = _SECONDS) -> list[str]:
    """Queue e-mails about what nobody was told of, then send whatever is due, for some seconds at most.

    Returns messages for whoever runs the export: e-mail is not configured, or is delayed.
    """
    notifying = [each for each in configuration.exporters.values() if each.notify and each.notify.when != "never"]
    if not notifying:
        return []
    try:
        settings = mail_settings()
        with map_database_errors(), warehouse.connect(autocommit=True) as connection:
            told = [each for each in notifying if _queue_mail(connection, each, settings)]
            if settings is None:
                return [not_set_up(each.name) for each in told]
            return outbox.send_due(connection, settings, seconds).notices if told else []
    except WisepartsError as error:
        return [f"No e-mail about exports was sent: {error}"]


def _queue_mail(connection: Connection, exporter: ExporterSettings, settings: MailSettings | None) -> bool:
    """Whether there is something to tell. Without a mail server it remains to be told."""
    assert exporter.notify is not None
    with connection.transaction():
        untold = log.untold(connection, exporter, current_time(connection))
        if untold and settings is not None:
            message = new_message(settings.sender, exporter.notify.to, subject(exporter, untold))
            message.set_content(text(exporter, untold))
            outbox.add(connection, exporter.name, [], message, exporter.notify.to)
            log.note_told(connection, untold)
    return bool(untold)


def subject(exporter: ExporterSettings, exports: Sequence[Export]) -> str:
    """At a glance: `erp_orders: 2 records held, 1 given up (order 10012)`."""
    counts = [f"{len(alike):,} {_KINDS[kind][0]}" for kind, alike in _by_kind(exports)]
    first = f" ({exporter.noun} {shortened(_shown(exports[0]))})" if len(exports) == 1 else ""
    return f"{exporter.name}: {', '.join(counts)}{first}"


def text(exporter: ExporterSettings, exports: Sequence[Export]) -> str:
    """Why each is not delivered or collected, and what to do."""
    paragraphs = []
    for kind, alike in _by_kind(exports):
        _, title, advice = (
            each.format(exporter=exporter.name, collect_within=in_words(exporter.collect_within))
            for each in _KINDS[kind]
        )
        lines = list(_lines(exporter, alike))
        paragraphs.append("\n".join([f"{title}:", *lines, _wrapped(advice)]))
    paragraphs.append(
        _wrapped(
            f"They are to go to {exporter.destination}. `wiseparts exports {exporter.name}` shows all, and"
            " where each is. You are told once of each, because `notify` of the exporter names you."
        )
    )
    return "\n\n".join(paragraphs) + "\n"


def _lines(exporter: ExporterSettings, exports: Sequence[Export]) -> Iterator[str]:
    for export in exports[:RECORDS_SHOWN]:
        why = printable(export.error or "")
        if not why and export.delivered_at:
            why = f"delivered at {export.delivered_at:%Y-%m-%d %H:%M %Z} as {printable(export.path or '')}"
        yield textwrap.fill(f"- {exporter.noun} {_shown(export)}: {why}", _COLUMNS, subsequent_indent="  ")
    if exports[RECORDS_SHOWN:]:
        yield f"- and {len(exports) - RECORDS_SHOWN:,} more"


def _by_kind(exports: Sequence[Export]) -> list[tuple[str, list[Export]]]:
    """The exports by what is to be told, in the order of _KINDS."""

    def kind(export: Export) -> str:
        return (export.told or "").split()[0]

    order = list(_KINDS)
    ordered = sorted(exports, key=lambda export: order.index(kind(export)))
    return [(name, list(alike)) for name, alike in groupby(ordered, key=kind)]


def _shown(export: Export) -> str:
    key = export.record_key or str(export.record_uuid)
    return printable(key if export.version == 1 else f"{key}, version {export.version}")


def _wrapped(sentences: str) -> str:
    return textwrap.fill(sentences, _COLUMNS, break_on_hyphens=False, break_long_words=False)
