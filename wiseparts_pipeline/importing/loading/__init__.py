"""Loads one file's good rows: COPY, match, reject what only the database can find, insert, update and delete.

All of it happens in the caller's transaction, under a lock on the entity's table. Rows go through a staging table;
into a table that is still empty they are copied directly, as there is nothing to compare them with.
"""

from wiseparts_pipeline.importing.loading.first_load import FirstLoad
from wiseparts_pipeline.importing.loading.other_files.snapshots import Deletion
from wiseparts_pipeline.importing.loading.rows import Rows
from wiseparts_pipeline.importing.loading.rules import LoadRules
from wiseparts_pipeline.importing.loading.sequences import assign_line_numbers, note_sequence_numbers
from wiseparts_pipeline.importing.loading.staging import Staging

__all__ = [
    "Deletion",
    "FirstLoad",
    "LoadRules",
    "Rows",
    "Staging",
    "assign_line_numbers",
    "note_sequence_numbers",
]
