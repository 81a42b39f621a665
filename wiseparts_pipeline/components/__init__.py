"""The components of `defs.yaml` files: a file source, and an importer of its files."""

from wiseparts_pipeline.components.files import FileImporter, FileSource

__all__ = ["FileImporter", "FileSource"]
