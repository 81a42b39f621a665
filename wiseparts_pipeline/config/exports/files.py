"""The files of an exported record: `file:` and `files:` in an exporter's YAML."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from wiseparts_pipeline.config.attributes import Encoding, Escaped, Settings, Text
from wiseparts_pipeline.entities import ENTITIES
from wiseparts_pipeline.entities.schema import Entity

# Columns of a file that are not the entity's: the record's UUID, and how often it was exported under it.
UUID = "uuid"
VERSION = "version"
OF_THE_EXPORT = (UUID, VERSION)


class Rows(StrEnum):
    """What the rows of a file are: the record itself, the lines of an order, or what refers to a customer."""

    RECORD = "record"
    LINE = "line"
    ADDRESSES = "addresses"
    CONTACTS = "contacts"
    CUSTOMER_BRANCHES = "customer_branches"


# By exported entity, what the rows of its files can be.
ROWS_OF: Mapping[str, tuple[Rows, ...]] = {
    "orders": (Rows.RECORD, Rows.LINE),
    "customers": (Rows.RECORD, Rows.ADDRESSES, Rows.CONTACTS, Rows.CUSTOMER_BRANCHES),
    "purchase_requisitions": (Rows.RECORD, Rows.LINE),
}
# Of an order's columns, those of its lines; any other has the same value in all lines of an order.
LINE_COLUMNS = (
    "line_no",
    "sku",
    "product_id",
    "description",
    "quantity",
    "unit_price",
    "net_amount",
    "shipping_amount",
    "tax_amount",
)


def _written_format(value: str) -> str:
    try:
        written = datetime(2001, 2, 3, 4, 5, 6).astimezone().strftime(value)
    except ValueError as error:
        raise ValueError(f"{value!r} is not a date format ({error}); write it like %d/%m/%Y") from None
    if "%" not in value or not written:
        raise ValueError(f"{value!r} is not a date format; write it like %d/%m/%Y")
    return value


WrittenFormat = Annotated[str, AfterValidator(_written_format)]


class ExportFormat(Settings):
    """How files are written. A record with a value that cannot be written so is held."""

    encoding: Encoding = Field(default="utf-8", description="Encoding, such as utf-8, cp1253 or iso-8859-7.")
    delimiter: Escaped = Field(default=",", min_length=1, max_length=1, description="Character between cells.")
    quote: str = Field(default='"', max_length=1, description="Character around cells that need it; none if empty.")
    row_end: Escaped = Field(default="\r\n", min_length=1, description="What ends each row.")
    decimal: str = Field(default=".", min_length=1, max_length=1, description="Decimal sign.")
    date_format: WrittenFormat = Field(default="%Y-%m-%d", description="How dates are written.")
    timestamp_format: WrittenFormat = Field(
        default="%Y-%m-%dT%H:%M:%S%z", description="How times are written, in the exporter's `timezone`."
    )
    true_text: Text = Field(default="1", description="What is written for yes.")
    false_text: Text = Field(default="0", description="What is written for no.")
    null_text: Text = Field(default="", description="What is written for a value that there is not.")
    bom: bool = Field(default=False, description="Whether a file begins with a byte order mark.")

    @model_validator(mode="after")
    def _unambiguous(self) -> "ExportFormat":
        signs = {"delimiter": self.delimiter, "quote": self.quote, "row_end": self.row_end}
        for name, sign in signs.items():
            if name != "row_end" and sign and sign in "\r\n":
                raise ValueError(f"`{name}` is a line end")
        if self.delimiter in self.row_end or (
            self.quote and (self.quote == self.delimiter or self.quote in self.row_end)
        ):
            raise ValueError("`delimiter`, `quote` and `row_end` have a character in common")
        if self.decimal.isalnum() or self.decimal in "+-\r\n":
            raise ValueError(f"`decimal` is {self.decimal!r}, which is part of numbers")
        if not self.quote and self.decimal == self.delimiter:
            raise ValueError("`decimal` and `delimiter` are the same character, and there is no `quote`")
        if len({self.true_text, self.false_text, self.null_text}) < 3:
            raise ValueError("two of `true_text`, `false_text` and `null_text` are the same")
        if self.bom and not self.encoding.lower().replace("_", "-").startswith("utf"):
            raise ValueError(f"`bom`: {self.encoding} has no byte order mark")
        for name, text in ({name: value for name, value in self if isinstance(value, str)}).items():
            try:
                text.encode(self.encoding)
            except UnicodeEncodeError:
                raise ValueError(f"`{name}` has a character that is not in {self.encoding}") from None
        return self

    def unwritable(self, text: str) -> str | None:
        """What of a text keeps it from being a cell, as the end of a sentence: `has ...`; None if nothing does."""
        if not self._has(text):
            # Few encodings have a letter and not the same one in a text.
            letter = next((letter for letter in text if not self._has(letter)), text)
            code = f" (U+{ord(letter):04X})" if len(letter) == 1 else ""
            return f"has {letter!r}{code}, which the encoding {self.encoding} lacks"
        if not self.quote:
            if self.delimiter in text:
                return f"has the delimiter {self.delimiter!r} in it, and there is no `quote`"
            if "\r" in text or "\n" in text or (text + self.row_end).find(self.row_end) != len(text):
                return "has the end of a row in it, and there is no `quote`"
        return None

    def _has(self, text: str) -> bool:
        """Whether the encoding has all letters, and each is read as the same."""
        try:
            return text.encode(self.encoding).decode(self.encoding) == text
        except UnicodeError:
            return False


class ExportColumn(Settings):
    """Where a column of a file comes from: one of the record, or the same text in every row."""

    from_: Text | None = Field(
        default=None, alias="from", description="A column of the rows' entity, `uuid`, `version`."
    )
    constant: Text | None = Field(default=None, description="The same text in every row.")
    required: bool = Field(default=False, description="Whether a record without a value is held.")
    map: dict[Text, Text] = Field(default_factory=dict, description="What is written for some values.")

    @model_validator(mode="after")
    def _one_form(self) -> "ExportColumn":
        if (self.from_ is None) == (self.constant is None):
            raise ValueError("takes one of from, constant")
        if self.constant is not None and (self.required or self.map):
            raise ValueError("`constant` goes with neither `required` nor `map`")
        return self


def _column(value: Any) -> Any:
    return {"from": value} if isinstance(value, str) else value


class ExportFile(Settings):
    """One file of a record. `columns`: by the name in the file's header; none given: all that there are."""

    rows: Rows = Field(default=Rows.RECORD, description="What its rows are.")
    columns: dict[
        Text, Annotated[ExportColumn, BeforeValidator(_column, json_schema_input_type=str | ExportColumn)]
    ] = Field(default_factory=dict, description="By the name in the header, where the column comes from; default: all.")
    escape_formulas: bool = Field(
        default=False, description="Whether cells that a spreadsheet would run get an apostrophe in front."
    )

    def entity_of(self, exported: Entity) -> Entity:
        """The entity that its rows are records of."""
        return exported if self.rows in (Rows.RECORD, Rows.LINE) else ENTITIES[self.rows]

    def available(self, exported: Entity) -> tuple[str, ...]:
        """The columns that its rows have."""
        entity = self.entity_of(exported)
        names = entity.column_names
        if exported.name == "orders":
            own = entity.key[:1]
            of_lines = self.rows is Rows.LINE
            names = tuple(name for name in names if of_lines or name not in LINE_COLUMNS or name in own)
        return (*OF_THE_EXPORT, *(("system_id",) if entity.master else ()), *names)

    def texts(self) -> Iterator[tuple[str, str]]:
        """The texts that are written as they are, each after the attribute that has it."""
        for name, column in self.columns.items():
            yield f"columns.{name}", name
            if column.constant is not None:
                yield f"columns.{name}.constant", column.constant
            yield from ((f"columns.{name}.map.{value}", written) for value, written in column.map.items())

    def with_columns(self, exported: Entity) -> "ExportFile":
        """The same with all columns where none were given. Raises ValueError for one that there is not."""
        available = self.available(exported)
        for name, column in self.columns.items():
            if column.from_ is not None and column.from_ not in available:
                allowed = ", ".join(available)
                raise ValueError(f"columns.{name}: rows: {self.rows} has no {column.from_!r}; allowed: {allowed}")
        if self.columns:
            return self
        chosen = [UUID, *(name for name in available if name not in (*OF_THE_EXPORT, "system_id"))]
        if self.rows is Rows.LINE:
            chosen = [*exported.key[:1], *(name for name in chosen if name in LINE_COLUMNS)]
        given = {name: ExportColumn.model_validate({"from": name}) for name in chosen}
        return self.model_copy(update={"columns": given})


def default_files(entity: str) -> dict[str, dict[str, str]]:
    """The files of an exporter that names none."""
    if entity == "orders":
        return {"order_data": {"rows": Rows.RECORD}, "order_items": {"rows": Rows.LINE}}
    if entity == "customers":
        return {"customer_data": {"rows": Rows.RECORD}}
    return {"requisition_data": {"rows": Rows.RECORD}, "requisition_items": {"rows": Rows.LINE}}


def created_rows(entity: str) -> dict[str, dict[str, str]]:
    """The same of one that creates the records in a system: which rows it reads."""
    addresses: dict[str, dict[str, str]] = {"addresses": {"rows": Rows.ADDRESSES}}
    return default_files(entity) | (addresses if entity == "customers" else {})
