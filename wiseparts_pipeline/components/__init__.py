"""The components of `defs.yaml` files: source, importer, exporter, how long things are kept, who is alerted."""

from wiseparts_pipeline.components.files import Exporter, FileImporter, FileSource
from wiseparts_pipeline.components.operations import Alerts, Retention

__all__ = ["Alerts", "Exporter", "FileImporter", "FileSource", "Retention"]
