"""What an importer's YAML may say, and what is wrong with it when it may not."""

import re
from collections.abc import Iterable
from datetime import tzinfo
from enum import StrEnum
from functools import cached_property
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from croniter import croniter
from pydantic import AfterValidator, BeforeValidator, Field, ValidationError, field_validator, model_validator

from wiseparts_pipeline.config.attributes import DateFormat, Settings, Text, plain_text
from wiseparts_pipeline.config.expression import Expression, ExpressionError
from wiseparts_pipeline.config.file_format import FileFormat
from wiseparts_pipeline.config.file_names import FileNamePattern
from wiseparts_pipeline.entities import ENTITIES
from wiseparts_pipeline.entities.schema import Entity, Policy, Type


def _strings(value: object) -> object:
    return [value] if isinstance(value, str) else value


class Mode(StrEnum):
    UPSERT = "upsert"
    SNAPSHOT = "snapshot"
    APPEND = "append"


class Duplicates(StrEnum):
    REJECT = "reject"
    FIRST = "first"
    LAST = "last"


class ColumnRule(Settings):
    """Where a canonical column comes from."""

    from_: Text | None = Field(None, alias="from")
    template: str | None = None
    constant: Text | None = None
    sequence_within: str | None = None
    expression: str | None = None
    extract: str | None = None
    map: dict[Text, Text] | None = None
    default: Text | None = None
    format: Annotated[tuple[DateFormat, ...], BeforeValidator(_strings)] = ()

    @model_validator(mode="before")
    @classmethod
    def _short_form(cls, value: object) -> object:
        value = plain_text(value)
        if not isinstance(value, str | dict | ColumnRule):
            raise ValueError("write the name of the file's column, or a form like {constant: EUR}")
        return {"from": value} if isinstance(value, str) else value

    @field_validator("map", mode="before")
    @classmethod
    def _text_keys(cls, value: object) -> object:
        if isinstance(value, dict) and any(isinstance(key, bool) for key in value):
            raise ValueError(
                "YAML reads a bare yes, no, on, off, true or false as a truth value; put the key in quotes"
            )
        return value

    @field_validator("extract")
    @classmethod
    def _one_group(cls, value: str | None) -> str | None:
        if value is not None:
            try:
                groups = re.compile(value).groups
            except re.error as error:
                raise ValueError(f"{value!r} is not a regular expression: {error}") from None
            if groups != 1:
                raise ValueError(f"{value!r} has {groups} groups; it needs exactly one, the part to keep")
        return value

    @field_validator("template")
    @classmethod
    def _has_columns(cls, value: str | None) -> str | None:
        if value is not None and not template_columns(value):
            raise ValueError(f"{value!r} names no column; write it like 'S{{ProductID}}', or use `constant`")
        return value

    @model_validator(mode="after")
    def _one_form(self) -> "ColumnRule":
        forms = ["from", "template", "constant", "sequence_within", "expression"]
        given = [form for form in forms if getattr(self, "from_" if form == "from" else form) is not None]
        if len(given) != 1:
            said = f"has {' and '.join(given)}" if given else "has none"
            raise ValueError(f"a column takes exactly one of {', '.join(forms)}; this one {said}")
        if given[0] in ("constant", "sequence_within", "expression"):
            steps = [step for step in ("extract", "map", "default") if getattr(self, step) is not None]
            if steps:
                raise ValueError(f"{steps[0]} goes with `from` or `template`, not with `{given[0]}`")
        return self

    @property
    def is_derived(self) -> bool:
        """Whether the column is computed from other canonical columns, after these are converted."""
        return self.sequence_within is not None or self.expression is not None

    @property
    def file_columns(self) -> tuple[str, ...]:
        """The file's columns that this column is made of."""
        if self.from_ is not None:
            return (self.from_,)
        return template_columns(self.template) if self.template is not None else ()


# The `stale_after` of an importer of which no file is expected at any time.
NEVER = "never"

TEMPLATE_CELL = re.compile(r"\{([^{}]+?)(\??)\}")


def template_columns(template: str) -> tuple[str, ...]:
    """The file's columns that a template names: `"{date} {time?}"` has `date` and `time`, which may be empty."""
    return tuple(name for name, _ in TEMPLATE_CELL.findall(template))


def _is_duration(format_: str) -> bool:
    directives = re.findall("%.", format_)
    return bool(directives) and {"%H", "%M", "%S"}.issuperset(directives)


class FillDown(Settings):
    """Cells that stand on the first row of a key only."""

    within: str
    columns: tuple[str, ...] = Field(min_length=1)


# How cells are converted, which is the same for all files of an importer.
_CONVERSION = ("decimal", "thousands", "date_formats", "true_values", "false_values")


class JoinedFile(Settings):
    """Another file that has more columns for the rows of an importer's file, found by the values of some columns.

    `pattern`: its name, in the same folder. `on`: this file's column: the other's. `file`: where its dialect differs.
    """

    pattern: str = Field(min_length=1)
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
    def _dialect_only(cls, value: dict[str, Any]) -> dict[str, Any]:
        for name in _CONVERSION:
            if name in value:
                raise ValueError(
                    f"{name} is the same for all files of an importer; a date that is written otherwise in this file"
                    " can have a `format` in `columns`"
                )
        return value

    def format(self, main: FileFormat) -> FileFormat:
        """How the other file is written, where the importer's own is written like `main`. Raises ValueError."""
        given = main.model_dump(exclude_unset=True)
        if self.file.get("format", main.format) != main.format:
            given = {name: given[name] for name in (*_CONVERSION, "null_values") if name in given}
        if self.file.get("header") is True:
            given.pop("names", None)
        try:
            merged = FileFormat.model_validate(given | self.file)
        except ValidationError as error:
            fault = error.errors()[0]
            said = str(fault["ctx"]["error"]) if fault["type"] == "value_error" else fault["msg"]
            if fault["type"] == "extra_forbidden":
                said = f"unknown attribute; allowed: {', '.join(FileFormat.model_fields)}"
            raise ValueError(f"{'.'.join(['file', *map(str, fault['loc'])])}: {said}") from None
        if not merged.header and merged.names == main.names:
            raise ValueError("file.names: say which columns this file has, or `header: true` if it says so itself")
        return merged


def email_address(value: str) -> str:
    """Raises ValueError for anything but a plain address; a domain with umlauts is written as xn--."""
    atom, label = r"[\w!#$%&'*+/=?^`{|}~-]+", "[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?"
    if not re.fullmatch(rf"{atom}(?:\.{atom})*@{label}(?:\.{label})*", value, re.ASCII):
        raise ValueError(f"{value!r} is not an e-mail address; write it like erp-team@example.com")
    return value


class NotifySettings(Settings):
    """Who is told by e-mail what became of an importer's files, and when.

    `problems`: of runs with rejected or waiting rows, warnings that need a look, refused or failed files.
    """

    to: Annotated[tuple[Annotated[str, AfterValidator(email_address)], ...], BeforeValidator(_strings)] = Field(
        min_length=1
    )
    when: Literal["always", "problems", "never"] = "problems"


class ImporterSettings(Settings):
    """One importer: the files of one entity that a source drops in one folder."""

    entity: str
    name: str = ""
    source: str
    folder: str = ""
    pattern: str = Field(min_length=1)
    date_format: str = "%Y-%m-%d"
    schedule: str | None = None
    on_arrival: bool = True
    timezone: str = "UTC"
    stale_after: str | None = None
    mode: Mode = Mode.UPSERT
    duplicates: Duplicates = Duplicates.REJECT
    reject_limit_percent: float = Field(50, ge=0, le=100)
    shrink_limit_percent: float = Field(30, ge=0, le=100)
    protect: tuple[str, ...] = ()
    references: dict[str, Policy] = Field(default_factory=dict)
    file: FileFormat = Field(default_factory=FileFormat)
    columns: dict[str, ColumnRule] = Field(default_factory=dict)
    join: tuple[JoinedFile, ...] = ()
    fill_down: FillDown | None = None
    notify: NotifySettings | None = None

    @model_validator(mode="before")
    @classmethod
    def _as_the_entity_says(cls, value: object) -> object:
        if not isinstance(value, dict) or value.get("entity") not in ENTITIES:
            return value
        entity = ENTITIES[value["entity"]]
        defaults = {"name": entity.name, "mode": Mode.SNAPSHOT if entity.snapshot else Mode.UPSERT}
        return defaults | {name: given for name, given in value.items() if given or name not in defaults}

    @field_validator("entity")
    @classmethod
    def _known(cls, value: str) -> str:
        if value not in ENTITIES:
            raise ValueError(f"{value!r} is not an entity; allowed: {', '.join(ENTITIES)}")
        return value

    @field_validator("name")
    @classmethod
    def _identifier(cls, value: str) -> str:
        if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", value):
            raise ValueError(f"{value!r} is not a name; use letters, digits and _, a letter first")
        return value

    @field_validator("folder")
    @classmethod
    def _inside_root(cls, value: str) -> str:
        if ".." in value.split("/"):
            raise ValueError("a folder lies below the source's root; '..' is not allowed")
        return value.strip("/")

    @field_validator("schedule")
    @classmethod
    def _cron(cls, value: str | None) -> str | None:
        if value is not None and (len(value.split()) != 5 or not croniter.is_valid(value)):
            raise ValueError(f"{value!r} is not a cron schedule; write minute hour day month weekday, like '0 6 * * *'")
        return value

    @field_validator("stale_after")
    @classmethod
    def _age(cls, value: str | None) -> str | None:
        if value is not None and value != NEVER and not re.fullmatch(r"[1-9]\d{0,3} ?[mhd]", value):
            raise ValueError(f"{value!r} is no age; write it like 90m, 26h, 3d or never")
        return value

    @field_validator("timezone")
    @classmethod
    def _zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError):
            raise ValueError(f"{value!r} is not a time zone; write it like Europe/Athens") from None
        return value

    @model_validator(mode="after")
    def _fits_entity(self) -> "ImporterSettings":
        entity = self.entity_definition
        identity = ("system_id",) if entity.master else ()
        self._check_names("columns", self.columns, (*identity, *entity.column_names), "column")
        self._check_names("protect", self.protect, (n for n in entity.column_names if n not in entity.key), "column")
        self._check_names("references", self.references, tuple(entity.references), "reference")
        for column, rule in self.columns.items():
            self._check_rule(column, rule)
        if self.fill_down:
            named = (self.fill_down.within, *self.fill_down.columns)
            read = [name for name in entity.column_names if name not in self._derived]
            self._check_names("fill_down", named, read, "column that is read from the file")
        sequences = [name for name, rule in self.columns.items() if rule.sequence_within is not None]
        if len(sequences) > 1:
            raise ValueError(
                f"columns.{sequences[1]}.sequence_within: {sequences[0]} is a sequence already; one a file"
            )
        FileNamePattern(self.pattern, self.date_format)
        self._check_joins()
        return self

    def _check_joins(self) -> None:
        present = list(self.file.names)
        for number, join in enumerate(self.join):
            place = f"join.{number}"
            try:
                other = join.format(self.file)
                FileNamePattern(join.pattern, self.date_format)
            except ValueError as error:
                raise ValueError(f"{place}.{error}") from None
            if join.pattern in (self.pattern, *(earlier.pattern for earlier in self.join[:number])):
                raise ValueError(
                    f"{place}.pattern: {join.pattern!r} is taken already; each file has a pattern of its own"
                )
            if "{date}" in join.pattern and "{date}" not in self.pattern:
                raise ValueError(f"{place}.pattern: has {{date}}, so the importer's `pattern` needs it as well")
            for names, known, whose in ((join.on.values(), other.names, "that file"), (join.on, present, "this file")):
                if absent := [name for name in names if known and name not in known]:
                    raise ValueError(f"{place}.on: {whose} has no column {absent[0]!r}; it has: {', '.join(known)}")
            # Without names it is the file itself that says what it has.
            present = [*present, *other.names] if present and other.names else []

    def _check_rule(self, column: str, rule: ColumnRule) -> None:
        entity = self.entity_definition
        place = f"columns.{column}"
        if rule.format and entity[column].type is Type.INT:
            if not all(map(_is_duration, rule.format)):
                raise ValueError(f"{place}.format: {column} is int; a duration is made of %H, %M and %S, like %H:%M:%S")
        elif rule.format and entity[column].type not in (Type.DATE, Type.TIMESTAMP):
            raise ValueError(
                f"{place}.format: {column} is {entity[column].type}, only a date or timestamp, or an int as a duration,"
                " has a format"
            )
        if rule.sequence_within is not None:
            whole = [c.name for c in entity.columns if c.type in (Type.TEXT, Type.INT, Type.DATE)]
            read = [name for name in whole if name not in self._derived]
            self._check_names(f"{place}.sequence_within", [rule.sequence_within], read, "text, int or date column")
            if entity[column].type is not Type.INT:
                raise ValueError(f"{place}.sequence_within: {column} is {entity[column].type}, a sequence needs an int")
        if rule.expression is not None:
            try:
                names = Expression(rule.expression).names
            except ExpressionError as error:
                raise ValueError(f"{place}.expression: {error}") from None
            numeric = [c.name for c in entity.columns if c.type in (Type.INT, Type.MONEY, Type.NUMBER)]
            self._check_names(f"{place}.expression", names, numeric, "number column")
            derived = [name for name in names if name in self._derived]
            if derived:
                raise ValueError(f"{place}.expression: {derived[0]} is itself an expression or a sequence")
            if entity[column].type not in (Type.MONEY, Type.NUMBER):
                raise ValueError(f"{place}.expression: {column} is {entity[column].type}, not a number")

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
    def file_names(self) -> FileNamePattern:
        return FileNamePattern(self.pattern, self.date_format)

    @cached_property
    def joined_file_names(self) -> tuple[FileNamePattern, ...]:
        """Which names the files have that are joined to the importer's own, in the order of `join`."""
        return tuple(FileNamePattern(join.pattern, self.date_format) for join in self.join)

    def policy(self, column: str) -> Policy:
        """What happens to a row whose reference in `column` does not exist."""
        return self.references.get(column) or self.entity_definition.references[column].policy
