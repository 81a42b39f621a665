"""A column of an entity: its type, the rules for its values, its reference to another entity; and the columns that
every table has."""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from wiseparts_pipeline.entities.schema.types import Type

if TYPE_CHECKING:
    import pandera.pandas as pa


# In the place of a personal value that a record needs.
FORGOTTEN = "(forgotten)"


class Policy(StrEnum):
    """What happens to a row whose reference does not exist."""

    REJECT = "reject"
    WAIT = "wait"
    WARN = "warn"


class Personal(StrEnum):
    """Why a column is personal, and is emptied when its person is forgotten."""

    # The value leads to the person: a record without the person's key that has it is the person's too.
    IDENTITY = "identity"
    DETAIL = "detail"


@dataclass(frozen=True)
class Reference:
    """A column's value is that of `entity.column` in another record.

    `optional`: many sources have the keys of such records without the records, so unless the importer says otherwise,
    the reference is only looked at once there is any record of the entity.
    """

    entity: str
    column: str
    policy: Policy
    optional: bool = False


@dataclass(frozen=True)
class Column:
    """One column of an entity.

    `required`: needed in every row. `required_on_create`: needed in a row that creates a record.
    `default`: used if the file has no such column, or the cell is empty. `allowed`: the closed set of values.
    `known`: the codes that are known; a row with another one is loaded as it is, with a warning.
    `pattern`: a regular expression that the whole text must match. `minimum`: the smallest number. `looks_ahead`: a day
    that may be years ahead, such as one that is agreed or expected. `personal`: what it says of a person.
    """

    name: str
    type: Type
    description: str
    required: bool = False
    required_on_create: bool = False
    default: str | None = None
    allowed: tuple[str, ...] = ()
    known: tuple[str, ...] = ()
    pattern: str | None = None
    max_length: int | None = None
    minimum: int | None = None
    reference: Reference | None = None
    example: str = ""
    looks_ahead: bool = False
    personal: Personal | None = None

    @property
    def forgotten(self) -> str | None:
        """What the column has of a person who was forgotten: nothing, unless a record needs something."""
        return FORGOTTEN if self.required or self.required_on_create else None

    @property
    def is_percentage(self) -> bool:
        """Whether the number is one of per cent."""
        return self.name.endswith("_percent")

    @property
    def checks(self) -> "list[pa.Check]":
        """The pandera checks of a converted value; each is named after the code that it rejects a row with."""
        import pandera.pandas as pa

        checks = []
        if self.allowed:
            checks.append(pa.Check.isin(self.allowed, name="not_in_set", error="not_in_set"))
        if self.minimum is not None:
            checks.append(pa.Check.ge(self.minimum, name="out_of_range", error="out_of_range"))
        if self.max_length is not None:
            checks.append(pa.Check.str_length(max_value=self.max_length, name="too_long", error="too_long"))
        if self.pattern is not None:
            checks.append(pa.Check.str_matches(f"^(?:{self.pattern})$", name="bad_format", error="bad_format"))
        return checks


def text(
    name: str,
    description: str,
    *,
    required: bool = False,
    on_create: bool = False,
    default: str | None = None,
    allowed: tuple[str, ...] = (),
    known: tuple[str, ...] = (),
    pattern: str | None = None,
    max_length: int | None = None,
    reference: Reference | None = None,
    example: str = "",
    personal: Personal | None = None,
) -> Column:
    """A text column."""
    return Column(
        name,
        Type.TEXT,
        description,
        required=required,
        required_on_create=on_create,
        default=default,
        allowed=allowed,
        known=known,
        pattern=pattern,
        max_length=max_length,
        reference=reference,
        example=example,
        personal=personal,
    )


def column(
    name: str,
    type_: Type,
    description: str,
    *,
    required: bool = False,
    minimum: int | None = None,
    example: str = "",
    looks_ahead: bool = False,
) -> Column:
    """A column of any other type."""
    return Column(
        name, type_, description, required=required, minimum=minimum, example=example, looks_ahead=looks_ahead
    )


def wait(entity: str, key: str) -> Reference:
    """A reference whose row is deferred until the record exists."""
    return Reference(entity, key, Policy.WAIT)


def warn(entity: str, key: str, *, optional: bool = False) -> Reference:
    """A reference whose row is loaded with a warning if the record does not exist."""
    return Reference(entity, key, Policy.WARN, optional)


SYSTEM_ID = Column("system_id", Type.UUID, "Our own key of the record, never reused.", required=True)
# The same column in a file, which may give it to identify the record.
GIVEN_SYSTEM_ID = replace(SYSTEM_ID, required=False, example="0b8f5c1e-9d3a-4c57-8f26-3f1f6f0f7a11")

LINEAGE = (
    Column("_source", Type.TEXT, "Name of the file source that last changed the row.", required=True),
    Column("_file_id", Type.INT, "File that last changed the row, see ops.import_files.", required=True),
    Column(
        "_row_number", Type.INT, "Number of the record in that file, from 1; 0 if it is not in the file.", required=True
    ),
    Column("_created_at", Type.TIMESTAMP, "When the row was first loaded.", required=True),
    Column("_updated_at", Type.TIMESTAMP, "When the row was last changed.", required=True),
    Column("_deleted_at", Type.TIMESTAMP, "When the row was last missing from a full snapshot."),
    Column("_created_file_id", Type.INT, "File that created the row; null until another file changes it."),
    Column(
        "_created_row_number",
        Type.INT,
        "Number of the record in the file that created the row; null until another file changes it.",
    ),
    Column(
        "_fingerprint",
        Type.UUID,
        "What the record of the file said, by which it is known when it comes again unchanged; null where it is not"
        " sure that the row is still what came.",
    ),
)

# In tables of earlier versions only.
VERSION_ID = Column("_version_id", Type.INT, "Order in which versions were replaced by the next one.", required=True)
