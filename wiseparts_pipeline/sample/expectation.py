"""The counts that importing the sample must give."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from wiseparts_pipeline.entities.schema import Entity
from wiseparts_pipeline.sample.dirt import DirtyFile, Outcome


@dataclass(frozen=True)
class EntitySummary:
    """What was written for an entity, and the counts once all files are imported into an empty database.

    rows = created + updated + unchanged + superseded + waiting + the sum of `rejected`; `rejected` and `warnings` are
    rows by code. `deleted`: records that are missing from a later full snapshot. `superseded`: deferred rows that were
    dropped when a later full snapshot arrived.
    """

    files: int
    rows: int
    created: int
    updated: int
    unchanged: int
    superseded: int
    waiting: int
    deleted: int
    rejected: Mapping[str, int]
    warnings: Mapping[str, int]


def expected(entity: Entity, columns: Sequence[str], files: Sequence[DirtyFile]) -> EntitySummary:
    """The summary of an entity's files, which are in the order of their dates."""
    counts = Counter[str]()
    key = [columns.index(name) for name in entity.key]
    # The cells of each record; empty for a deleted one.
    stored: dict[tuple[str, ...], list[str]] = {}
    for file in files:
        if entity.snapshot:
            counts["superseded"] += counts.pop("waiting", 0)
        listed = set()
        for row, outcome in zip(file.rows, file.outcomes, strict=True):
            cells = [cell.strip() for cell in row]
            if outcome is Outcome.WAITING:
                counts["waiting"] += 1
            elif outcome is not Outcome.REJECTED:
                record = tuple(cells[index] for index in key)
                before = stored.get(record)
                counts["created" if before is None else "unchanged" if before == cells else "updated"] += 1
                stored[record] = cells
                listed.add(record)
        for record in stored.keys() - listed if entity.snapshot else ():
            counts["deleted"] += stored[record] != []
            stored[record] = []
    return EntitySummary(
        files=len(files),
        rows=sum(len(file.rows) for file in files),
        created=counts["created"],
        updated=counts["updated"],
        unchanged=counts["unchanged"],
        superseded=counts["superseded"],
        waiting=counts["waiting"],
        deleted=counts["deleted"],
        rejected=sum((file.rejected for file in files), Counter[str]()),
        warnings=sum((file.warnings for file in files), Counter[str]()),
    )
