"""The components of `defs.yaml` files: a source, an importer of its files, how long things are kept, who is alerted."""

from wiseparts_pipeline.components.files import FileImporter, FileSource
from wiseparts_pipeline.components.operations import Alerts, Retention

__all__ = ["Alerts", "FileImporter", "FileSource", "Retention"]
