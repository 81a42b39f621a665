"""The rows of the ledger: a file that is to be imported or archived, and all that is known of a file."""

from dataclasses import dataclass, field
from datetime import date, datetime

from wiseparts_pipeline.importing.ledger.outcome import FINISHED, Status

# Where a file is archived to that is not there to be moved.
REPLACED = "(replaced by the sender)"
REMOVED = "(removed by the sender)"


@dataclass(frozen=True)
class LedgerFile:
    """An open row of the ledger: a file that is to be imported, or that was and is to be archived.

    `file_moment`: the date and time in a name that has both. `finished_at`: when its last import ended.
    `companions`: the files that are read with it, one for each `join` of its importer, in their order.
    """

    file_id: int
    importer: str
    source: str
    path: str
    name: str
    size_bytes: int
    modified_at: datetime
    file_date: date | None
    sha256: str | None
    status: Status
    attempts: int
    detected_at: datetime
    file_moment: datetime | None = None
    finished_at: datetime | None = None
    companions: "tuple[LedgerFile, ...]" = ()

    @property
    def is_finished(self) -> bool:
        """Imported or refused, and only to be archived."""
        return self.status in FINISHED

    @property
    def version(self) -> tuple[int, datetime]:
        """What tells it from another file that is sent in its place."""
        return self.size_bytes, self.modified_at

    @property
    def folder(self) -> str:
        return self.path.rpartition("/")[0]

    @property
    def is_local(self) -> bool:
        """Whether the file is one of this machine: paths on a source are relative to its root."""
        return self.path.startswith("/")


@dataclass(frozen=True)
class LedgerRow:
    """All columns of a row of the ledger, in the table's order. `file_id` is 0 in a dry run, which writes no row.

    `file_columns`: `missing`, the columns that the importer looked for and the file lacks, each with all of its names,
    `unused`, those of the file that nothing takes, `sheets`, the sheets with the same columns that were not read, and
    `members`, the files in an archive that no importer takes.
    """

    file_id: int
    importer: str
    entity: str
    source: str
    path: str
    name: str
    size_bytes: int
    modified_at: datetime
    sha256: str | None
    file_date: date | None
    status: Status
    attempts: int
    rows_read: int
    rows_created: int
    rows_updated: int
    rows_unchanged: int
    rows_superseded: int
    rows_rejected: int
    rows_waiting: int
    rows_deleted: int
    warnings: dict[str, int]
    error_code: str | None
    error: str | None
    run_id: str | None
    detected_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    archived_to: str | None
    error_file: str | None
    joined_to: int | None
    file_moment: datetime | None = None
    snapshot_values: list[str] | None = None
    file_columns: dict[str, list[str]] = field(default_factory=dict)

    def count(self, what: str) -> int:
        """How many rows were `read`, `created`, `updated` and so on."""
        return int(getattr(self, f"rows_{what}"))
