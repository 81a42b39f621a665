"""A server on which each record becomes a folder of files."""

from contextlib import ExitStack

from wiseparts_pipeline.config.exports.exporter import ExporterSettings
from wiseparts_pipeline.config.source import SourceSettings
from wiseparts_pipeline.exporting import queue
from wiseparts_pipeline.exporting.content import prepare
from wiseparts_pipeline.exporting.export import Code, Export, Receipt, UnwantedRecord
from wiseparts_pipeline.exporting.publishing import path_of, publish
from wiseparts_pipeline.transport import Transport, connect
from wiseparts_pipeline.warehouse import Connection


def check_database(connection: Connection) -> None:
    """Raises psycopg.Error if the connection is lost, and with it the lock on the export."""
    connection.execute("select")


class Folders:
    """See `targets.Target`."""

    def __init__(self, source: SourceSettings) -> None:
        self._source = source
        self._stack = ExitStack()
        self._transport: Transport | None = None

    @property
    def place(self) -> str:
        return self._source.place

    @property
    def is_connected(self) -> bool:
        return self._transport is not None

    def deliver(self, connection: Connection, exporter: ExporterSettings, export: Export) -> Receipt:
        """Publish the record's files."""
        files = prepare(connection, exporter, export)
        if export.version > 1 and not export.again and queue.was_delivered_so(connection, export, files):
            raise UnwantedRecord(Code.UNCHANGED, "The files are the same as those delivered before.")
        publish(self.connected(), exporter, export, files, lambda: check_database(connection))
        return Receipt(self.place, path_of(exporter, export), files)

    def connected(self) -> Transport:
        """The server's files. Raises TransportError."""
        if self._transport is None:
            self._transport = self._stack.enter_context(connect(self._source))
        return self._transport

    def disconnect(self) -> None:
        self._transport = None
        self._stack.close()
