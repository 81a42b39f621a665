"""The attributes of an exporter: which records go where, when, and as which files."""

from datetime import date
from enum import StrEnum
from functools import cached_property
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, Field, model_validator

from wiseparts_pipeline.config.attributes import Folder, Settings, Text, TimeZone, one_or_more
from wiseparts_pipeline.config.exports.files import (
    ROWS_OF,
    ExportFile,
    ExportFormat,
    Rows,
    created_rows,
    default_files,
)
from wiseparts_pipeline.config.exports.purchasing import TEST_SUPPLIER, Buyer
from wiseparts_pipeline.config.operations.ages import Age
from wiseparts_pipeline.config.operations.notifications import NotifySettings
from wiseparts_pipeline.entities import ENTITIES
from wiseparts_pipeline.entities.schema import Entity, Type

# By exported entity, what its folders and the records themselves are called.
NOUNS = {"orders": "order", "customers": "customer", "purchase_requisitions": "requisition"}
# Those that can be written as files.
IN_FILES = ("orders", "customers")
_OneOrMore = BeforeValidator(one_or_more, json_schema_input_type=str | tuple[str, ...])
# The types of columns whose values can be in `when`: any other is written in several ways.
_COMPARED = (Type.TEXT, Type.INT)
_CONFIRMED = {"status": ["confirmed"]}
_DEFAULT_CONDITIONS = {"orders": _CONFIRMED, "purchase_requisitions": _CONFIRMED}
# The attributes that only exporters to a folder, or only those to a system have.
_OF_FOLDERS = ("changes", "publish", "collected", "collect_within", "file", "files")
_OF_SYSTEMS = ("confirm", "prices", "warnings")
# Those of exporters of purchase requisitions.
_OF_PURCHASING = ("test", "buyer", "accounts")


class Changes(StrEnum):
    """What becomes of a change after delivery."""

    IGNORE = "ignore"
    VERSION = "version"


class Publish(StrEnum):
    """What appears at once on the server: the whole folder of a record, or each of its files."""

    FOLDER = "folder"
    FILES = "files"


class Collected(StrEnum):
    """How the receiver shows that it has taken a record: it removes the folder, or it does not show it."""

    REMOVED = "removed"
    NEVER = "never"


def _start(value: object) -> object:
    if not isinstance(value, str) or value in ("now", "all"):
        return value
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise ValueError(f"{value!r} is no start; write now, all, or a day like 2026-01-31") from None


class Prices(StrEnum):
    """Whose prices the lines of an order get in the system that it is created in."""

    OURS = "ours"
    THEIRS = "theirs"


class Warnings(StrEnum):
    """What becomes of an order that the system warns of: it is left unconfirmed and held, or confirmed nevertheless."""

    HOLD = "hold"
    SKIP = "skip"


class ExporterSettings(Settings):
    """One exporter: records that some sources created go to a folder of another, or are created in a system."""

    entity: Literal["orders", "customers", "purchase_requisitions"] = Field(description="What is exported.")
    name: str = Field(default="", pattern=r"^([A-Za-z][A-Za-z0-9_]*)?$", description="Name; default: the entity.")
    formerly: str | None = Field(default=None, description="The name that it had before, whose records are its own.")
    to: str = Field(
        description="The FileSource on whose server the files are put, or the Connection in whose system the records"
        " are created."
    )
    folder: Folder = Field(
        default="", description="The folder below the source's root that they are put in; none with a Connection."
    )
    sources: Annotated[tuple[str, ...], _OneOrMore] = Field(
        min_length=1, description="The sources whose records are exported: those that created them."
    )
    echo: bool = Field(default=False, description="Whether records that `to` itself created are exported to it too.")
    when: dict[str, Annotated[tuple[Text, ...], _OneOrMore]] = Field(
        default_factory=dict, description="By column, the values with which a record is exported; all have to hold."
    )
    start: Annotated[Literal["now", "all"] | date, BeforeValidator(_start)] = Field(
        default="now", description="Which records that are there already are exported: now: none; all; from a day on."
    )
    changes: Changes = Field(default=Changes.IGNORE, description="What becomes of a change after delivery.")
    after: str | None = Field(
        default=None, description="The exporter of customers that has to have delivered an order's new customer."
    )
    publish: Publish = Field(default=Publish.FOLDER, description="What appears at once: the folder, or each file.")
    collected: Collected = Field(
        default=Collected.REMOVED, description="Whether the receiver removes a folder that it has taken."
    )
    collect_within: Age = Field(default="2h", description="How long the receiver may take to collect a record.")
    give_up_after: Age = Field(default="3d", description="How long a delivery is tried.")
    file: ExportFormat = Field(default_factory=ExportFormat, description="How the files are written.")
    confirm: bool = Field(default=False, description="Whether an order is confirmed in the system, or only quoted.")
    prices: Prices = Field(default=Prices.THEIRS, description="Whose prices an order has in the system.")
    warnings: Warnings = Field(
        default=Warnings.HOLD, description="What becomes of an order that the system warns of: hold, or skip them."
    )
    test: bool = Field(default=True, description=f"Whether only the test supplier {TEST_SUPPLIER} gets orders.")
    buyer: Buyer | None = Field(default=None, description="Who orders from suppliers, with the address for deliveries.")
    accounts: dict[Text, Text] = Field(
        default_factory=dict, description="By supplier, our customer number there, if `suppliers` does not have it."
    )
    timezone: TimeZone = Field(default="UTC", description="Time zone in which times are written.")
    files: dict[str, ExportFile] = Field(
        default_factory=dict, description="The files of a record by the first part of their names."
    )
    notify: NotifySettings | None = Field(default=None, description="Who is told by e-mail.")

    @model_validator(mode="before")
    @classmethod
    def _defaults_of_the_entity(cls, value: object) -> object:
        if not isinstance(value, dict) or value.get("entity") not in ROWS_OF:
            return value
        entity = value["entity"]
        defaults: dict[str, Any] = {"name": entity, "when": _DEFAULT_CONDITIONS.get(entity, {})}
        if value.get("folder"):
            defaults["files"] = default_files(entity)
        else:
            if given := [name for name in _OF_FOLDERS if name in value]:
                raise ValueError(f"{given[0]}: goes with `folder`, on the server of a FileSource, only")
            defaults |= {"files": created_rows(entity), "collected": Collected.NEVER}
        # An empty `when` is one that always holds.
        return defaults | {
            name: given for name, given in value.items() if name == "when" or given or name not in defaults
        }

    @model_validator(mode="after")
    def _fits_entity(self) -> "ExporterSettings":
        if self.folder and (given := [name for name in _OF_SYSTEMS if name in self.model_fields_set]):
            raise ValueError(f"{given[0]}: goes with a Connection, without a `folder`, only")
        if self.entity != "orders" and (given := [name for name in _OF_SYSTEMS if name in self.model_fields_set]):
            raise ValueError(f"{given[0]}: goes with `entity: orders`")
        for column, values in self.when.items():
            if column not in self.entity_definition.column_names:
                allowed = ", ".join(self.entity_definition.column_names)
                raise ValueError(f"when.{column}: there is no such column in {self.entity}; allowed: {allowed}")
            if self.entity_definition[column].type not in _COMPARED:
                type_ = self.entity_definition[column].type
                raise ValueError(f"when.{column}: is of the type {type_}; texts and whole numbers are compared only")
            if not values:
                raise ValueError(f"when.{column}: names no value")
            known = self.entity_definition[column].allowed
            for value in values if known else ():
                if value not in known:
                    raise ValueError(f"when.{column}: {value!r} is not a value of it; allowed: {', '.join(known)}")
        if self.to in self.sources and not self.echo:
            raise ValueError(f"sources: {self.to!r} would get back what it has sent; set `echo: true` if that is meant")
        if self.after is not None and self.entity != "orders":
            raise ValueError("after: goes with `entity: orders`")
        self._check_purchasing()
        self._check_files()
        return self

    def _check_purchasing(self) -> None:
        if self.entity in IN_FILES:
            if given := [name for name in _OF_PURCHASING if name in self.model_fields_set]:
                raise ValueError(f"{given[0]}: goes with `entity: purchase_requisitions`")
            return
        if self.folder:
            raise ValueError(f"folder: {self.entity} go to a Connection, without a `folder`, only")
        if self.buyer is None:
            raise ValueError("buyer: is needed, as each order says who orders: name, street, postal_code, city, ...")

    def _check_files(self) -> None:
        allowed = ROWS_OF[self.entity]
        for name, file in self.files.items():
            if not name.isascii() or not name.replace("_", "").isalnum():
                raise ValueError(f"files: {name!r} is not a name for a file; it has letters, digits and _ only")
            if file.rows not in allowed:
                raise ValueError(
                    f"files.{name}.rows: {file.rows} is not of {self.entity}; allowed: {', '.join(allowed)}"
                )
            try:
                file.with_columns(self.entity_definition)
            except ValueError as error:
                raise ValueError(f"files.{name}.{error}") from None
            for attribute, text in file.texts():
                if problem := self.file.unwritable(text):
                    raise ValueError(f"files.{name}.{attribute}: {text!r} {problem}")
            if len(file.with_columns(self.entity_definition).columns) == 1 and not self.file.quote:
                raise ValueError(f"files.{name}.columns: one column without a value is a blank line: set `file.quote`")
        if sum(file.rows is Rows.RECORD for file in self.files.values()) != 1:
            raise ValueError("files: exactly one file has `rows: record`: it says that the record is there")

    @property
    def entity_definition(self) -> Entity:
        return ENTITIES[self.entity]

    @cached_property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    @property
    def is_creating(self) -> bool:
        """Whether the records are created in a system, not written as files."""
        return not self.folder

    @property
    def destination(self) -> str:
        """Where its records go, for people."""
        return self.to if self.is_creating else f"{self.folder}/ of {self.to}"

    @property
    def noun(self) -> str:
        """What one record is called: `order`, `customer`."""
        return NOUNS[self.entity]

    @cached_property
    def written_files(self) -> dict[str, ExportFile]:
        """The files with their columns, in the order in which they are written: that of the record itself is last."""
        files = {name: file.with_columns(self.entity_definition) for name, file in self.files.items()}
        return dict(sorted(files.items(), key=lambda item: item[1].rows is Rows.RECORD))
