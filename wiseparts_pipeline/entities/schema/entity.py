"""What an entity is: its columns, key and place in a hierarchy, stated once.

The table's DDL, the CSV template, the data dictionary, the dbt sources and the pandera schema are derived from it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from wiseparts_pipeline.entities.schema.columns import (
    GIVEN_SYSTEM_ID,
    LINEAGE,
    SYSTEM_ID,
    VERSION_ID,
    Column,
    Reference,
)

if TYPE_CHECKING:
    import pandera.pandas as pa


@dataclass(frozen=True)
class Hierarchy:
    """The columns that place a record in a tree: `parent`, the parent's key, `path`, the names from the root."""

    parent: str
    path: str
    name: str


@dataclass(frozen=True)
class Signs:
    """The amounts that are negative in some kinds of documents: `columns`, where the column `kind` is in `negative`."""

    kind: str
    negative: tuple[str, ...]
    columns: tuple[str, ...]


@dataclass(frozen=True)
class Person:
    """Whom a record is about, and whose its personal columns are: the record of `entity` whose key is in `column`."""

    entity: str
    column: str


@dataclass(frozen=True)
class Entity:
    """One kind of record: one table `raw.<name>`, one pandera schema, one CSV template.

    `key`: the external key. `master`: the table has `system_id uuid` as its primary key and the external key is unique.
    `snapshot`: a file is a full snapshot, unless its importer says otherwise.
    `keeps_history`: earlier versions of its records are kept in `raw.<name>_history`.
    `unique`: further columns that are each unique on their own. `hierarchy`: its records form a tree.
    `day`: the date by whose months a large table is compared with its mart.
    `matched_by`: the column that identifies the record of a row with neither key.
    `person`: whom its records are about. `group`: the asset group in Dagster. `signs`: which documents have
    negative amounts. `recognised`: files of it are taken for such without being told; not so where they look like
    those of entities that more installations have. `found_by`: columns by which look-ups find its records.
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
    day: str | None = None
    matched_by: str | None = None
    signs: Signs | None = None
    person: Person | None = None
    recognised: bool = True
    found_by: tuple[str, ...] = ()
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
        """The columns that a file can have: `system_id` for master data, then the entity's own."""
        return (*((GIVEN_SYSTEM_ID,) if self.master else ()), *self.columns)

    @property
    def table_columns(self) -> tuple[Column, ...]:
        """The columns of the entity's table: `system_id` for master data, the entity's own, then the lineage."""
        return (*((SYSTEM_ID,) if self.master else ()), *self.columns, *LINEAGE)

    @property
    def personal_columns(self) -> tuple[Column, ...]:
        """The columns that are emptied when their person is forgotten."""
        return tuple(column for column in self.columns if column.personal)

    @property
    def history_name(self) -> str:
        """The table in schema `raw` that holds earlier versions of its records."""
        return f"{self.name}_history"

    @property
    def history_columns(self) -> tuple[Column, ...]:
        """The columns of that table: the order of versions, then the columns of the entity's table."""
        return (VERSION_ID, *self.table_columns)

    def key_text(self, values: Sequence[str]) -> str:
        """The external key, or its leading parts, as one text: joined by `/`, each `/` and `\\` in a part escaped."""
        if len(self.key) == 1:
            return values[0]
        return "/".join(value.replace("\\", "\\\\").replace("/", "\\/") for value in values)

    @property
    def references(self) -> dict[str, Reference]:
        """The references by column name."""
        return {column.name: column.reference for column in self.columns if column.reference}

    @cached_property
    def schema(self) -> "pa.DataFrameSchema":
        """The pandera schema of converted rows: Arrow-backed columns; a file need not have them all."""
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
