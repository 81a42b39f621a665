"""The components of `defs.yaml` files: a file source, an importer of its files, and how long things are kept."""

from wiseparts_pipeline.components.files import FileImporter, FileSource
from wiseparts_pipeline.components.retention import Retention

__all__ = ["FileImporter", "FileSource", "Retention"]
