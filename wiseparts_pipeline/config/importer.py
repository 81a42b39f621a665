"""The attributes of an importer, checked against each other and against its entity."""

from collections.abc import Iterable
from datetime import tzinfo
from enum import StrEnum
from functools import cached_property
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, Field, model_validator

from wiseparts_pipeline.config.attributes import Cron, TimeZone, one_or_more
from wiseparts_pipeline.config.column_problems import column_problems
from wiseparts_pipeline.config.columns import ColumnRule
from wiseparts_pipeline.config.file_format import ALL_SHEETS, FileFormat
from wiseparts_pipeline.config.file_names import FileNamePattern
from wiseparts_pipeline.config.files.importer_files import ImporterFiles
from wiseparts_pipeline.config.joins import JoinedFile, Lookup, check_joins, check_lookups
from wiseparts_pipeline.config.operations.ages import Age
from wiseparts_pipeline.config.operations.notifications import NotifySettings
from wiseparts_pipeline.config.records.duplicates import AnyDuplicates, Combine, Duplicates
from wiseparts_pipeline.config.records.protection import Protection, always_protected, protected_from
from wiseparts_pipeline.config.records.row_shapes import Condition, FillDown, SignBy, Unpivot
from wiseparts_pipeline.entities import ENTITIES
from wiseparts_pipeline.entities.schema import Entity, Policy

# The `snapshot_within` of an importer whose files contain all records of the source, whichever importer brought them.
WHOLE_SOURCE = "source"


class Mode(StrEnum):
    """What a file is to the table: changes, everything there is, or rows that are only ever added."""

    UPSERT = "upsert"
    SNAPSHOT = "snapshot"
    APPEND = "append"


class ColumnMatch(StrEnum):
    """How the names of columns in the settings are compared with those in a file."""

    EXACT = "exact"
    LOOSE = "loose"


class ImporterSettings(ImporterFiles):
    """One importer: the files of one entity that arrive in one folder of a source."""

    schedule: Cron | None = None
    on_arrival: bool = True
    timezone: TimeZone = "UTC"
    stale_after: Age | None = None
    mode: Mode = Mode.UPSERT
    duplicates: AnyDuplicates = Duplicates.REJECT
    reject_limit_percent: float = Field(50, ge=0, le=100)
    reject_limit_rows: int = Field(100_000, ge=0)
    kept_of_refused: int = Field(1_000, ge=1)
    shrink_limit_percent: float = Field(30, ge=0, le=100)
    snapshot_within: Annotated[tuple[str, ...], BeforeValidator(one_or_more)] = ()
    protect: Protection = ()
    references: dict[str, Policy] = Field(default_factory=dict)
    file: FileFormat = Field(default_factory=FileFormat)
    match_columns: ColumnMatch = ColumnMatch.EXACT
    columns: dict[str, ColumnRule] = Field(default_factory=dict)
    unpivot: Unpivot | None = None
    where: tuple[Condition, ...] = ()
    join: tuple[JoinedFile, ...] = ()
    lookup: tuple[Lookup, ...] = ()
    fill_down: FillDown | None = None
    sign_by: SignBy | None = None
    notify: NotifySettings | None = None

    @model_validator(mode="before")
    @classmethod
    def _defaults_of_the_entity(cls, value: object) -> object:
        if not isinstance(value, dict) or value.get("entity") not in ENTITIES:
            return value
        entity = ENTITIES[value["entity"]]
        defaults = {"name": entity.name, "mode": Mode.SNAPSHOT if entity.snapshot else Mode.UPSERT}
        return defaults | {name: given for name, given in value.items() if given or name not in defaults}

    @model_validator(mode="after")
    def _fits_entity(self) -> "ImporterSettings":
        entity = self.entity_definition
        identity = ("system_id",) if entity.master else ()
        self._check_names("columns", self.columns, (*identity, *entity.column_names), "column")
        self._check_combining()
        self._check_names("references", self.references, tuple(entity.references), "reference")
        self._check_own_references()
        for column, rule in self.columns.items():
            for problem in column_problems(column, rule, entity, self.file, self._derived):
                raise ValueError(f"columns.{column}.{problem}")
        self._check_fill_down()
        if self.sign_by:
            self.sign_by.check(entity)
        if self.unpivot and self.file.rows_in:
            raise ValueError("unpivot: rows are made of the columns or of the list `file.rows_in`, not of both")
        if self.snapshot_within and self.mode is not Mode.SNAPSHOT:
            raise ValueError(
                f"snapshot_within: goes with `mode: snapshot`; with `mode: {self.mode}` nothing is deleted"
            )
        if self.snapshot_within != (WHOLE_SOURCE,):
            given = [name for name in entity.column_names if name not in self._derived]
            self._check_names("snapshot_within", self.snapshot_within, given, "column that is read from the file")
        sequences = [name for name, rule in self.columns.items() if rule.sequence_within is not None]
        if len(sequences) > 1:
            raise ValueError(
                f"columns.{sequences[1]}.sequence_within: {sequences[0]} is a sequence already; a file can have one"
            )
        self.check_names()
        present = check_joins(self.join, self.file, self.patterns, self.date_format)
        patterns = [*self.patterns, *(join.pattern for join in self.join)]
        check_lookups(self.lookup, present, self.file, patterns, self.date_format)
        return self

    def _check_own_references(self) -> None:
        for name, policy in self.references.items():
            if self.entity_definition.references[name].entity == self.entity and policy is not Policy.WARN:
                raise ValueError(
                    f"references.{name}: only `warn` is possible, as {name} refers to other {self.entity}, which may"
                    " come in any order"
                )

    def _check_fill_down(self) -> None:
        fill_down, entity = self.fill_down, self.entity_definition
        if fill_down is None:
            return
        read = [name for name in entity.column_names if name not in self._derived]
        self._check_names(
            "fill_down", (fill_down.number, *fill_down.columns), read, "column that is read from the file"
        )
        if fill_down.within:
            return
        for name in fill_down.columns:
            if name in self.columns and not self.columns[name].from_:
                raise ValueError(f"fill_down: with `from: above`, {name} must be `from` one column of the file")
        key = entity.key[0]
        if key in fill_down.columns and fill_down.number != key:
            raise ValueError(f"fill_down.columns: name {key} first; a row that has it begins a document")

    def _check_combining(self) -> None:
        entity = self.entity_definition
        other = [name for name in entity.column_names if name not in entity.key]
        self._check_names("protect", always_protected(self.protect), other, "column")
        for importer, names in protected_from(self.protect).items():
            self._check_names(f"protect.{importer}", names, other, "column")
        if isinstance(self.duplicates, Combine):
            for problem in self.duplicates.problems(entity):
                raise ValueError(f"duplicates{problem}")
            if self.mode is not Mode.UPSERT:
                raise ValueError(f"duplicates: rows are combined with `mode: upsert` only, not with {self.mode}")

    def _check_names(self, place: str, names: Iterable[str], allowed: Iterable[str], what: str) -> None:
        allowed = list(allowed)
        for name in names:
            if name not in allowed:
                raise ValueError(f"{place}: {name!r} is not a {what} of {self.entity}; allowed: {', '.join(allowed)}")

    @property
    def _derived(self) -> set[str]:
        return {name for name, rule in self.columns.items() if rule.is_derived}

    @property
    def entity_definition(self) -> Entity:
        return ENTITIES[self.entity]

    @property
    def zone(self) -> tzinfo:
        return ZoneInfo(self.timezone)

    @cached_property
    def joined_file_names(self) -> tuple[FileNamePattern, ...]:
        """The names of the files that are joined to the importer's own, in the order of `join`."""
        return tuple(FileNamePattern(join.pattern, self.date_format, self.name) for join in self.join)

    def takes_other_part(self, other: "ImporterSettings") -> bool:
        """Whether the two take different things of a file: other entities, or other files or sheets in it."""
        sheets, other_sheets = set(self.file.sheets), set(other.file.sheets)
        are_apart = sheets and other_sheets and ALL_SHEETS not in sheets | other_sheets and not sheets & other_sheets
        return self.entity != other.entity or self.file.member != other.file.member or bool(are_apart)

    @cached_property
    def kept_files(self) -> tuple[tuple[str | None, FileNamePattern], ...]:
        """The folder, None for the file's own, and the names of each kept file, in the order of `lookup`."""
        return tuple(
            (lookup.folder, FileNamePattern(lookup.pattern, self.date_format))
            for lookup in self.lookup
            if lookup.pattern is not None
        )

    def policy(self, column: str) -> Policy:
        """What happens to a row whose reference in `column` does not exist."""
        return self.references.get(column) or self.entity_definition.references[column].policy
