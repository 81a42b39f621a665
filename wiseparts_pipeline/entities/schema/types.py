"""The types of columns. A new type is one line in each of the tables below."""

from enum import StrEnum
from typing import LiteralString

import pyarrow


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
        """The PostgreSQL type of a column of this type, spelled as PostgreSQL's catalogue does."""
        return _SQL[self]

    @property
    def arrow(self) -> pyarrow.DataType:
        """The Arrow type of a converted column of this type."""
        return _ARROW[self]

    @property
    def description(self) -> str:
        """What a value of this type is, for the data dictionary."""
        return _DESCRIPTIONS[self]


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

_DESCRIPTIONS = {
    Type.TEXT: "kept exactly as received, apart from surrounding white space: `00123` stays `00123`",
    Type.TEXT_LIST: "several texts, separated by `|`, `;` or `,`",
    Type.INT: "a whole number",
    Type.MONEY: "an exact decimal with 14 digits before the decimal point and 6 after it",
    Type.NUMBER: "as money, for quantities and percentages",
    Type.DATE: "a calendar date",
    Type.TIMESTAMP: "a date and time with its time zone; one without is read in the importer's time zone",
    Type.BOOL: "yes or no",
    Type.JSON: "a JSON value",
    Type.UUID: "a UUID",
}
