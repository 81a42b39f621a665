"""Where records are delivered to: a server with folders, or a system that creates them."""

from typing import Protocol

from wiseparts_pipeline.config.exports.exporter import ExporterSettings
from wiseparts_pipeline.config.loader import Configuration
from wiseparts_pipeline.exporting.export import Export, Receipt
from wiseparts_pipeline.exporting.targets.folders import Folders
from wiseparts_pipeline.exporting.targets.systems import System
from wiseparts_pipeline.warehouse import Connection, Warehouse


class Target(Protocol):
    """It is connected to when something is to be done."""

    @property
    def place(self) -> str:
        """Which one it is, without how to log in."""

    @property
    def is_connected(self) -> bool: ...

    def deliver(self, connection: Connection, exporter: ExporterSettings, export: Export) -> Receipt:
        """Deliver an export, which the connection has locked; fine if it is there already.

        Raises HeldRecord, UnwantedRecord, UndecidedRecord, TargetTaken, TransportError.
        """

    def disconnect(self) -> None:
        """The next delivery connects anew."""


def target_of(name: str, configuration: Configuration, warehouse: Warehouse) -> Folders | System:
    """That of the exporters whose `to` is this."""
    if name in configuration.connections:
        return System(configuration.connections[name], warehouse)
    return Folders(configuration.sources[name])
