"""The components of `defs.yaml` files: sources and connections, what is imported, pulled and exported, operations."""

from wiseparts_pipeline.components.connections import Connection, Live, Pull
from wiseparts_pipeline.components.files import Exporter, FileImporter, FileSource
from wiseparts_pipeline.components.operations import Alerts, Retention

__all__ = ["Alerts", "Connection", "Exporter", "FileImporter", "FileSource", "Live", "Pull", "Retention"]
