"""Which records are to be exported: noted in ops.exports with the import that changes them, or when asked for."""

from wiseparts_pipeline.exporting.noting.asked import Asked, note_earlier, repeat
from wiseparts_pipeline.exporting.noting.changes import note, start

__all__ = ["Asked", "note", "note_earlier", "repeat", "start"]
