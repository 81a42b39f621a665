"""Header and lines in separate files: the columns of other files joined to an importer's own."""

from wiseparts_pipeline.importing.reading.joins.joined_files import JoinedFiles

__all__ = ["JoinedFiles"]
