"""Feeds whose files are imported and change nothing, because what is stored counts as newer."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from psycopg import sql

from wiseparts_pipeline.config.importer import ImporterSettings
from wiseparts_pipeline.importing.ledger.history import stale_feeds
from wiseparts_pipeline.importing.ledger.order import future_files
from wiseparts_pipeline.warehouse import Connection

# How many files of an importer in succession have to be mostly stale before anybody is told.
_STALE_FILES = 3


def kept_back(connection: Connection, importers: Iterable[ImporterSettings], now: datetime) -> dict[str, str]:
    """By importer, what keeps its files from changing anything, and what to do about it; continues a sentence."""
    found: dict[str, str] = {}
    configured = {importer.name: importer for importer in importers}
    for feed in stale_feeds(connection, now):
        if feed.importer in configured and feed.files >= _STALE_FILES:
            found[feed.importer] = (
                f"most rows of its last {feed.files} files, up to {feed.last_file}, were kept back as older than what"
                " is stored (`stale`): look for an importer of the same data whose files have later dates, or"
                " import the last file with --force"
            )
    for file in future_files(connection, now + timedelta(days=1)):
        importer = configured.get(file.importer)
        if importer and _holds_records(connection, importer.entity, file.file_id):
            found[file.importer] = (
                f"{file.name} is dated {file.file_date}, and until then no other file changes the records that it"
                f" brought: `import {file.importer} --file {file.archived_name} --force` dates it by its arrival; then"
                " import the last file again"
            )
    return found


def _holds_records(connection: Connection, entity: str, file_id: int) -> bool:
    query = sql.SQL("select exists (select from {} where _file_id = {})")
    row = connection.execute(query.format(sql.Identifier("raw", entity), sql.Literal(file_id))).fetchone()
    return bool(row and row[0])
