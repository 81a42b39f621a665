"""The CSV template of an entity, for senders to fill in."""

import csv
from io import StringIO

from wiseparts_pipeline.entities.schema import Entity


def template(entity: Entity) -> str:
    """A header and one example row, comma-separated."""
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(entity.column_names)
    writer.writerow(column.example for column in entity.columns)
    return text.getvalue()
