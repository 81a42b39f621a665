"""What is exported: a record in one version, as ops.exports has it, and the files that it becomes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from hashlib import sha1, sha256
from typing import Any
from uuid import UUID

from wiseparts_pipeline.entities.schema import Entity


class Status(StrEnum):
    """Where an export stands. Those that are due again by themselves are `waiting` and `held`."""

    WAITING = "waiting"
    HELD = "held"
    DELIVERED = "delivered"
    COLLECTED = "collected"
    GIVEN_UP = "given_up"
    CANCELLED = "cancelled"


class Code(StrEnum):
    """Why an export is not delivered, or is not all that the record is now."""

    # Held: what of the record is not as it has to be.
    INCOMPLETE = "incomplete"
    CUSTOMER_NOT_DELIVERED = "customer_not_delivered"
    MISSING_VALUE = "missing_value"
    DIFFERING_VALUES = "differing_values"
    UNENCODABLE = "unencodable"
    TOO_LARGE = "too_large"
    NOT_THERE = "not_there"
    NOT_ACCEPTED = "not_accepted"
    DIFFERS_THERE = "differs_there"
    # Waiting or given up: what of the server, or of this program, is not.
    UNREACHABLE = "unreachable"
    NOT_WRITABLE = "not_writable"
    TARGET_TAKEN = "target_taken"
    PROGRAM_FAULT = "program_fault"
    # Cancelled: why it need not go.
    NOT_WANTED = "not_wanted"
    BEFORE_START = "before_start"
    UNCHANGED = "unchanged"
    CANCELLED_THERE = "cancelled_there"
    # Delivered or collected: what the receiver does not have of it.
    CHANGED_AFTER_DELIVERY = "changed_after_delivery"
    AMOUNT_DIFFERS = "amount_differs"


@dataclass(frozen=True)
class Export:
    """A row of ops.exports.

    `path`: of the folder on the server, below the source's root. `external_id`: its number in the system that it was
    created in.
    `failing_since`: since when the server is why it is not delivered; `again`: it goes even if nothing has changed.
    """

    export_id: int
    exporter: str
    entity: str
    record_uuid: UUID
    record_key: str | None
    version: int
    status: Status
    code: str | None
    error: str | None
    attempts: int
    next_attempt_at: datetime
    noted_at: datetime
    delivered_at: datetime | None
    collected_at: datetime | None
    path: str | None
    files: list[dict[str, Any]]
    file_id: int | None
    told: str | None
    failing_since: datetime | None = None
    again: bool = False
    external_id: str | None = None

    @property
    def stem(self) -> str:
        """What its folder's name ends with: the UUID, and from the second version on the version's number."""
        return str(self.record_uuid) if self.version == 1 else f"{self.record_uuid}_{self.version}"


@dataclass(frozen=True)
class WrittenFile:
    """One file of an export. `rows`: without its header."""

    name: str
    rows: int
    content: bytes

    @cached_property
    def sha256(self) -> str:
        return sha256(self.content).hexdigest()

    def described(self) -> dict[str, Any]:
        """As ops.exports.files has it."""
        return {"name": self.name, "rows": self.rows, "bytes": len(self.content), "sha256": self.sha256}


@dataclass(frozen=True)
class Receipt:
    """Where a delivered record is. `server`: which one; `path`, `files`: what was put there.

    `external_id`: its number in a system; `warning`: what is to be known of it, with its code.
    """

    server: str
    path: str | None = None
    files: Sequence[WrittenFile] = ()
    external_id: str | None = None
    warning: tuple[Code, str] | None = None


class _Kept(Exception):
    """Why a record is not delivered, as a sentence for people. `external_id`: its number where it was created."""

    def __init__(self, code: Code, message: str, external_id: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.external_id = external_id


class HeldRecord(_Kept):
    """Something of the record has to change before it can be delivered."""


class UnwantedRecord(_Kept):
    """The record need not be delivered any more."""


class UndecidedRecord(Exception):
    """Nobody knows yet whether an attempt before has created the record: it is looked for again."""


def record_uuid(namespace: UUID, entity: Entity, key: str, system_id: UUID | None) -> UUID:
    """The UUID of a record for all time: of master data its system_id, else made of the installation's namespace.

    `key`: the record's key; that of an order is `order_id`.
    """
    if entity.master:
        assert system_id is not None
        return system_id
    # As uuid5 does, in half the time: an import may bring thousands.
    digest = sha1(namespace.bytes + key.encode(), usedforsecurity=False).digest()
    return UUID(bytes=digest[:16], version=5)
