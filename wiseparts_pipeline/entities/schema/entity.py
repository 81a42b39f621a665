"""What an entity is: its columns, key, references and rules, stated once.

The table's DDL, the CSV template, the data dictionary, the dbt sources and the pandera schema are derived from it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING, LiteralString

import pyarrow

if TYPE_CHECKING:
    import pandera.pandas as pa


class Type(StrEnum):
    """The types of columns, named as in the data dictionary."""

    TEXT = "text"
    TEXT_LIST = "text list"
    INT = "int"
    MONEY = "money"
    NUMBER = "number"
    DATE = "date"
    TIMESTAMP = "timestamp"
    BOOL = "bool"
    JSON = "json"
    UUID = "uuid"

    @property
    def sql(self) -> LiteralString:
        """The PostgreSQL type of a column of this type, as PostgreSQL itself writes it."""
        return _SQL[self]

    @property
    def arrow(self) -> pyarrow.DataType:
        """The Arrow type that a converted column of this type has."""
        return _ARROW[self]


_SQL: dict[Type, LiteralString] = {
    Type.TEXT: "text",
    Type.TEXT_LIST: "text[]",
    Type.INT: "bigint",
    Type.MONEY: "numeric(20,6)",
    Type.NUMBER: "numeric(20,6)",
    Type.DATE: "date",
    Type.TIMESTAMP: "timestamp with time zone",
    Type.BOOL: "boolean",
    Type.JSON: "jsonb",
    Type.UUID: "uuid",
}

# Lists and JSON travel as PostgreSQL literals in text; the database casts them.
_ARROW = {
    Type.TEXT: pyarrow.string(),
    Type.TEXT_LIST: pyarrow.string(),
    Type.INT: pyarrow.int64(),
    Type.MONEY: pyarrow.decimal128(20, 6),
    Type.NUMBER: pyarrow.decimal128(20, 6),
    Type.DATE: pyarrow.date32(),
    Type.TIMESTAMP: pyarrow.timestamp("us", tz="UTC"),
    Type.BOOL: pyarrow.bool_(),
    Type.JSON: pyarrow.string(),
    Type.UUID: pyarrow.string(),
}


class Policy(StrEnum):
    """What happens to a row whose reference does not exist."""

    REJECT = "reject"
    WAIT = "wait"
    WARN = "warn"


@dataclass(frozen=True)
class Reference:
    """A column's value is that of `entity.column` in another record."""

    entity: str
    column: str
    policy: Policy


@dataclass(frozen=True)
class Column:
    """One column of an entity.

    `required`: needed in every row. `required_on_create`: needed in a row that creates a record.
    `default`: taken where the file has no such column or an empty cell. `allowed`: the closed set of values.
    `pattern`: a regular expression the whole text must match. `minimum`: the smallest number.
    """

    name: str
    type: Type
    description: str
    required: bool = False
    required_on_create: bool = False
    default: str | None = None
    allowed: tuple[str, ...] = ()
    pattern: str | None = None
    max_length: int | None = None
    minimum: int | None = None
    reference: Reference | None = None
    example: str = ""

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


SYSTEM_ID = Column("system_id", Type.UUID, "Our own key of the record, never reused.", required=True)
# The same in a file, which may give it to say which record it means.
GIVEN_SYSTEM_ID = replace(SYSTEM_ID, required=False, example="0b8f5c1e-9d3a-4c57-8f26-3f1f6f0f7a11")

LINEAGE = (
    Column("_source", Type.TEXT, "Name of the file source that last changed the row.", required=True),
    Column("_file_id", Type.INT, "File that last changed the row, see ops.import_files.", required=True),
    Column("_row_number", Type.INT, "Number of the record in that file from 1; 0 where it lacks it.", required=True),
    Column("_created_at", Type.TIMESTAMP, "When the row was first loaded.", required=True),
    Column("_updated_at", Type.TIMESTAMP, "When the row was last changed.", required=True),
    Column("_deleted_at", Type.TIMESTAMP, "When the row was last missing from a file that is the whole truth."),
    Column("_created_file_id", Type.INT, "File that made the row; empty until another file changes it."),
    Column("_created_row_number", Type.INT, "Number of the record in the file that made the row; empty as long."),
)

# In a table of earlier versions only.
VERSION_ID = Column("_version_id", Type.INT, "Order in which versions were replaced by the next one.", required=True)


@dataclass(frozen=True)
class Hierarchy:
    """Columns that say where a record stands in a tree: the key of the one above, or the names from the top down."""

    parent: str
    path: str
    name: str


@dataclass(frozen=True)
class Entity:
    """One kind of record: one table `raw.<name>`, one pandera schema, one CSV template.

    `key`: the external key. `master`: the table has `system_id uuid` as its primary key and the external key is unique.
    `snapshot`: a file has all records there are, unless its importer says otherwise.
    `keeps_history`: the earlier versions of its records are kept, in `raw.<name>_history`.
    `unique`: further columns that are each unique on their own. `hierarchy`: its records form a tree.
    `matched_by`: a column that finds the record of a row that gives neither of the keys.
    `group`: the asset group it is shown in.
    """

    name: str
    description: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    group: str
    master: bool = False
    snapshot: bool = False
    keeps_history: bool = False
    unique: tuple[str, ...] = ()
    hierarchy: Hierarchy | None = None
    matched_by: str | None = None
    _by_name: Mapping[str, Column] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_by_name", {column.name: column for column in self.given_columns})

    def __getitem__(self, column: str) -> Column:
        return self._by_name[column]

    def __contains__(self, column: object) -> bool:
        return column in self._by_name

    @property
    def column_names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)

    @property
    def given_columns(self) -> tuple[Column, ...]:
        """The columns that a file can give: the entity's own, before them our key of master data."""
        return (*((GIVEN_SYSTEM_ID,) if self.master else ()), *self.columns)

    @property
    def table_columns(self) -> tuple[Column, ...]:
        """The columns of the entity's table: its own, before them our key of master data, behind them the lineage."""
        return (*((SYSTEM_ID,) if self.master else ()), *self.columns, *LINEAGE)

    @property
    def history_name(self) -> str:
        """The name, in schema raw, of the table of earlier versions of its records."""
        return f"{self.name}_history"

    @property
    def history_columns(self) -> tuple[Column, ...]:
        """The columns of that table: those of the entity's own, before them the order of the versions."""
        return (VERSION_ID, *self.table_columns)

    def key_text(self, values: Sequence[str]) -> str:
        """The external key, or its first parts, as one text: a `/` between them, a backslash before one in a part."""
        if len(self.key) == 1:
            return values[0]
        return "/".join(value.replace("\\", "\\\\").replace("/", "\\/") for value in values)

    @property
    def references(self) -> dict[str, Reference]:
        """The references by column name."""
        return {column.name: column.reference for column in self.columns if column.reference}

    @cached_property
    def schema(self) -> "pa.DataFrameSchema":
        """The pandera schema of converted rows: Arrow-backed columns, those that a file lacks left out."""
        import pandas as pd
        import pandera.pandas as pa

        return pa.DataFrameSchema(
            {
                column.name: pa.Column(
                    pd.ArrowDtype(column.type.arrow),
                    checks=column.checks,
                    nullable=not column.required,
                    required=column.required,
                    coerce=False,
                    title=column.name,
                    description=column.description,
                )
                for column in self.columns
            },
            name=self.name,
            description=self.description,
            strict=False,
        )


def text(
    name: str,
    description: str,
    *,
    required: bool = False,
    on_create: bool = False,
    default: str | None = None,
    allowed: tuple[str, ...] = (),
    pattern: str | None = None,
    max_length: int | None = None,
    reference: Reference | None = None,
    example: str = "",
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
        pattern=pattern,
        max_length=max_length,
        reference=reference,
        example=example,
    )


def column(
    name: str,
    type_: Type,
    description: str,
    *,
    required: bool = False,
    minimum: int | None = None,
    example: str = "",
) -> Column:
    """A column of any other type."""
    return Column(name, type_, description, required=required, minimum=minimum, example=example)


def wait(entity: str, key: str) -> Reference:
    return Reference(entity, key, Policy.WAIT)


def warn(entity: str, key: str) -> Reference:
    return Reference(entity, key, Policy.WARN)
