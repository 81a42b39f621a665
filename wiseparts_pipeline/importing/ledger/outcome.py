"""How the import of a file ends: what became of its rows, and which status follows from that."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from wiseparts_pipeline.importing.faults import FailureCode, RefusedFile


class Status(StrEnum):
    DETECTED = "detected"
    IMPORTING = "importing"
    IMPORTED = "imported"
    IMPORTED_WITH_ERRORS = "imported_with_errors"
    REFUSED = "refused"
    FAILED = "failed"


FINISHED = (Status.IMPORTED, Status.IMPORTED_WITH_ERRORS, Status.REFUSED)


@dataclass
class Counts:
    """What became of a file's rows; read = created + updated + unchanged + superseded + rejected + waiting."""

    read: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    superseded: int = 0
    rejected: int = 0
    waiting: int = 0
    deleted: int = 0
    warnings: dict[str, int] = field(default_factory=dict)

    @property
    def changed(self) -> int:
        """How many records are not as they were."""
        return self.created + self.updated + self.deleted

    def assert_all_accounted_for(self, *, reported: int, refused: bool) -> None:
        """Raises AssertionError when a row is neither loaded nor deferred nor reported, or more than one of these.

        `reported`: the rejected rows with a reported fault. Of a refused file no row is loaded.
        """
        parts = self.created + self.updated + self.unchanged + self.superseded + self.rejected + self.waiting
        if self.rejected != reported or self.unchanged < 0 or (self.read != parts and not refused):
            raise AssertionError(f"{self.read} rows were read, {parts} accounted for, {reported} reported: {self}")


@dataclass(frozen=True)
class Outcome:
    """A status with the counts and the error that it follows from; the constructors are the only place that does so.

    `file_columns`: see LedgerRow.
    """

    status: Status
    counts: Counts
    error_code: str | None = None
    error: str | None = None
    file_columns: Mapping[str, list[str]] = field(default_factory=dict)

    @classmethod
    def loaded(cls, counts: Counts, file_columns: Mapping[str, list[str]] | None = None) -> "Outcome":
        status = Status.IMPORTED_WITH_ERRORS if counts.rejected or counts.waiting else Status.IMPORTED
        return cls(status, counts, file_columns=file_columns or {})

    @classmethod
    def refused(cls, refusal: RefusedFile, counts: Counts | None = None) -> "Outcome":
        return cls(Status.REFUSED, counts or Counts(), refusal.code, str(refusal))

    @classmethod
    def failed(cls, error: str, code: FailureCode | None = None) -> "Outcome":
        return cls(Status.FAILED, Counts(), code, error)

    def of_companion(self, name: str) -> "Outcome":
        """The outcome of a file that was read together with the one of this name and outcome."""
        if self.status is Status.REFUSED:
            error = f"It was read together with {name}, which was refused."
            return Outcome(Status.REFUSED, Counts(), self.error_code, error)
        return Outcome.loaded(Counts())
