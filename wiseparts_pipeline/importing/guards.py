"""What holds a file back as a whole: a date that cannot be, too many rejected rows, too many missing records."""

from datetime import datetime, timedelta

from wiseparts_pipeline.config.importer import ImporterSettings
from wiseparts_pipeline.importing.faults import RefusalCode, RefusedFile
from wiseparts_pipeline.importing.ledger.outcome import Counts
from wiseparts_pipeline.importing.ledger.rows import LedgerFile
from wiseparts_pipeline.importing.loading import Deletion
from wiseparts_pipeline.importing.loading.other_files.snapshots import is_other_list
from wiseparts_pipeline.importing.rejects import RejectSpool

_MIN_ROWS_FOR_LIMIT = 20


class HeldBackFile(RefusedFile):
    """A file that was read to its end and refused by a guard: its rejected rows are reported, no row is loaded."""

    def with_rejects(self, *, kept: int, rejected: int) -> "HeldBackFile":
        """The same, saying so where not all of the rejected rows are kept."""
        if kept == rejected:
            return self
        return HeldBackFile(self.code, f"{self} The first {kept:,} of the {rejected:,} rejected rows are kept.")


def check_date(importer: ImporterSettings, file: LedgerFile, now: datetime) -> None:
    """Raises RefusedFile when the file's name is dated after tomorrow, as it is in the importer's time zone."""
    if file.file_date is None or file.file_date <= now.astimezone(importer.zone).date() + timedelta(days=1):
        return
    texts = [names.date_text(file.name) for names in (importer.file_names, *importer.joined_file_names)]
    for text in (*texts, importer.folder_names.date_text(importer.home_folder(file.path))):
        if text:
            raise RefusedFile(
                RefusalCode.FUTURE_DATE, date=file.file_date, text=repr(text), date_format=importer.date_format
            )


def check_rejects(importer: ImporterSettings, counts: Counts, spool: RejectSpool) -> None:
    """Raises HeldBackFile when more rows were rejected than `reject_limit_percent` or `reject_limit_rows` allow.

    `spool` has these rows.
    """
    limit = None
    if counts.read >= _MIN_ROWS_FOR_LIMIT and counts.rejected * 100 > importer.reject_limit_percent * counts.read:
        limit = f"{importer.reject_limit_percent:g} %"
    elif counts.rejected > importer.reject_limit_rows:
        limit = f"{importer.reject_limit_rows:,}"
    if limit is not None:
        example, times = spool.most_frequent()
        raise HeldBackFile(
            RefusalCode.TOO_MANY_REJECTS,
            rejected=counts.rejected,
            read=counts.read,
            limit=limit,
            times=f"{times} rows" if times > 1 else "one row",
            line=example.line_number,
            example=example.message,
        )


def check_shrinkage(importer: ImporterSettings, deletion: Deletion) -> None:
    """Raises HeldBackFile when a full snapshot lacks more than `shrink_limit_percent` of the records it speaks for."""
    limit = importer.shrink_limit_percent
    if not deletion.held_back and deletion.missing * 100 > limit * deletion.stored:
        lacks = RefusalCode.SHRINK_GUARD.message(
            missing=deletion.missing, stored=deletion.stored, source=deletion.records, limit=limit
        )
        raise HeldBackFile(RefusalCode.SHRINK_GUARD, f"{lacks} {_advice(importer, deletion)}")


def _advice(importer: ImporterSettings, deletion: Deletion) -> str:
    """What to do about missing records: never to delete by force what other lists have brought."""
    others = [
        by
        for by in deletion.brought_by
        if by.importer != importer.name or is_other_list(importer, deletion.file, by.path)
    ]
    if not others:
        return "If it is complete, import it with --force; if not, send it whole."
    other = others[0]
    how_many = "Most" if other is deletion.brought_by[0] else "Some"
    candidates = [name for name in importer.entity_definition.key[1:] if name not in importer.snapshot_within]
    such_as = f", such as {' and '.join(candidates)}" if candidates else ""
    return (
        f"{how_many} of them came with {other.name} (importer {other.importer}), another list. If each list has a part"
        f" of the records, name in `snapshot_within` the columns that tell the parts apart{such_as}; --force would"
        " delete what the others have brought. If this one should have them all, send it whole."
    )
