"""The limits that hold a file back as a whole: too many rejected rows, too many missing records."""

from wiseparts_pipeline.config.importer import ImporterSettings
from wiseparts_pipeline.importing.faults import RefusalCode, RefusedFile
from wiseparts_pipeline.importing.ledger.outcome import Counts
from wiseparts_pipeline.importing.loading import Deletion

_MIN_ROWS_FOR_LIMIT = 20


class HeldBackFile(RefusedFile):
    """A file that was read to its end and refused by a guard: its rejected rows are reported, no row is loaded."""


def check_rejects(importer: ImporterSettings, counts: Counts) -> None:
    """Raises HeldBackFile when more than `reject_limit_percent` of the rows were rejected."""
    limit = importer.reject_limit_percent
    if counts.read >= _MIN_ROWS_FOR_LIMIT and counts.rejected * 100 > limit * counts.read:
        raise HeldBackFile(RefusalCode.TOO_MANY_REJECTS, rejected=counts.rejected, read=counts.read, limit=limit)


def check_shrinkage(importer: ImporterSettings, deletion: Deletion) -> None:
    """Raises HeldBackFile when a full snapshot lacks more than `shrink_limit_percent` of the stored records."""
    limit = importer.shrink_limit_percent
    if not deletion.held_back and deletion.missing * 100 > limit * deletion.stored:
        raise HeldBackFile(
            RefusalCode.SHRINK_GUARD,
            missing=deletion.missing,
            stored=deletion.stored,
            source=importer.source,
            limit=limit,
        )
