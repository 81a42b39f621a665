"""What is read together with an importer's own files: companions (`join:`), and what stands already (`lookup:`)."""

from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import Any

from pydantic import Field, ValidationError, field_validator, model_validator

from wiseparts_pipeline.config.attributes import Folder, Settings, Text
from wiseparts_pipeline.config.file_format import FileFormat
from wiseparts_pipeline.config.file_names import FileNamePattern
from wiseparts_pipeline.entities import ENTITIES
from wiseparts_pipeline.entities.schema import Type

# How cells are converted; the same for all files of an importer.
CONVERSION = ("decimal", "thousands", "date_formats", "two_digit_years_from", "true_values", "false_values")

# The types of columns whose values are looked up, and by which they are: each value has one text.
_KEYS = (Type.TEXT, Type.INT, Type.UUID)
_VALUES = (*_KEYS, Type.MONEY, Type.NUMBER)


class _OtherTable(Settings):
    """Another table with further columns for the rows of the importer's file.

    `pattern`: the name of a file. `on`: columns of the importer's file and their counterparts in the other. `file`:
    where the format of the other file differs.
    """

    pattern: str | None = Field(None, min_length=1)
    on: dict[Text, Text] = Field(min_length=1)
    file: dict[str, Any] = Field(default_factory=dict)

    @model_validator(mode="before")
    @classmethod
    def _bare_on(cls, value: object) -> object:
        # YAML 1.1 reads a bare `on` as true, also where it is a key.
        return (
            {"on" if key is True else key: given for key, given in value.items()} if isinstance(value, dict) else value
        )

    @field_validator("file")
    @classmethod
    def _without_conversion(cls, value: dict[str, Any]) -> dict[str, Any]:
        for name in CONVERSION:
            if name in value:
                raise ValueError(
                    f"{name} is the same for all files of an importer; a date that is written differently in this file"
                    " can have a `format` in `columns`"
                )
        return value

    def format(self, main: FileFormat) -> FileFormat:
        """The format of the other file, where `main` is that of the importer's own. Raises ValueError."""
        given = main.model_dump(exclude_unset=True, exclude={"member"})
        if self.file.get("format", main.format) != main.format:
            given = {name: given[name] for name in (*CONVERSION, "null_values") if name in given}
        if str(self.file.get("header")).lower() in ("true", "yes", "on"):
            given.pop("names", None)
        try:
            merged = FileFormat.model_validate(given | self.file)
        except ValidationError as error:
            fault = error.errors()[0]
            message = str(fault["ctx"]["error"]) if fault["type"] == "value_error" else fault["msg"]
            if fault["type"] == "extra_forbidden":
                message = f"unknown attribute; allowed: {', '.join(FileFormat.model_fields)}"
            raise ValueError(f"{'.'.join(['file', *map(str, fault['loc'])])}: {message}") from None
        if not merged.header and merged.names == main.names:
            raise ValueError("file.names: say which columns this file has, or set `header: true` if it has a header")
        return merged


class JoinedFile(_OtherTable):
    """A companion, which comes with the importer's file, in the same folder."""

    pattern: str = Field(min_length=1)


class Missing(StrEnum):
    """What happens to a row whose value is not found."""

    EMPTY = "empty"
    REJECT = "reject"


class Lookup(_OtherTable):
    """What stands already: the records of an `entity`, or the newest file that matches a `pattern`.

    `folder`: of the source, that the file is in or was archived from; the importer's own where it is not given.

    `columns`: the names that rows have the found values under, and the columns that they are from.
    """

    entity: str | None = None
    folder: Folder | None = None
    columns: dict[Text, Text] = Field(min_length=1)
    missing: Missing = Missing.EMPTY

    @model_validator(mode="after")
    def _one_table(self) -> "Lookup":
        if (self.entity is None) == (self.pattern is None):
            raise ValueError("write either `entity`, to look into its records, or `pattern`, into a file that is kept")
        if self.entity is not None:
            self._check_entity(self.entity)
        return self

    def _check_entity(self, name: str) -> None:
        if self.file or self.folder is not None:
            place = "file" if self.file else "folder"
            raise ValueError(f"{place}: goes with `pattern`; the records of {name} are not in a file")
        if name not in ENTITIES:
            raise ValueError(f"entity: {name!r} is not an entity; allowed: {', '.join(ENTITIES)}")
        for place, names, types in (("on", self.on, _KEYS), ("columns", self.columns, _VALUES)):
            known = [column.name for column in ENTITIES[name].given_columns if column.type in types]
            if absent := [column for column in names.values() if column not in known]:
                raise ValueError(f"{place}: {absent[0]!r} cannot be looked up in {name}; allowed: {', '.join(known)}")


def check_joins(joins: Sequence[JoinedFile], main: FileFormat, patterns: Sequence[str], date_format: str) -> list[str]:
    """The columns that rows have after these joins, as far as the settings say; empty where they do not.

    `main`: the format of the importer's own file, whose name matches one of `patterns`. Raises ValueError.
    """
    present = list(main.names)
    for number, join in enumerate(joins):
        place = f"join.{number}"
        try:
            other = join.format(main)
            FileNamePattern(join.pattern, date_format)
        except ValueError as error:
            raise ValueError(f"{place}.{error}") from None
        if join.pattern in (*patterns, *(earlier.pattern for earlier in joins[:number])):
            raise ValueError(f"{place}.pattern: {join.pattern!r} is taken already; each file needs its own pattern")
        if "{date}" in join.pattern and not all("{date}" in pattern for pattern in patterns):
            raise ValueError(f"{place}.pattern: has {{date}}, so the importer's `pattern` needs it as well")
        _check_on(place, join.on.values(), other.names, "that file")
        _check_on(place, join.on, present, "this file")
        # Without `names`, the columns are known only once the file is read.
        present = [*present, *other.names] if present and other.names else []
    return present


def check_lookups(
    lookups: Sequence[Lookup], present: Sequence[str], main: FileFormat, patterns: Sequence[str], date_format: str
) -> None:
    """Checks what is looked up for rows that have the columns `present`. Raises ValueError."""
    added: list[str] = []
    for number, lookup in enumerate(lookups):
        place = f"lookup.{number}"
        if lookup.pattern is not None:
            try:
                other = lookup.format(main)
                FileNamePattern(lookup.pattern, date_format)
            except ValueError as error:
                raise ValueError(f"{place}.{error}") from None
            if lookup.pattern in patterns:
                raise ValueError(
                    f"{place}.pattern: {lookup.pattern!r} is read by this importer already; with its own files, use"
                    " `join`"
                )
            _check_on(place, lookup.on.values(), other.names, "that file")
        _check_on(place, lookup.on, [*present, *added] if present else [], "this file")
        if taken := [name for name in lookup.columns if name in (*present, *added)]:
            raise ValueError(f"{place}.columns: there is a column {taken[0]!r} already; give this one another name")
        added += lookup.columns


def _check_on(place: str, names: Iterable[str], known: Sequence[str], whose: str) -> None:
    if absent := [name for name in names if known and name not in known]:
        raise ValueError(f"{place}.on: {whose} has no column {absent[0]!r}; it has: {', '.join(known)}")
