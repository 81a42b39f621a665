"""The format of an importer's files: `file:` in its YAML."""

import re
from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, field_validator, model_validator

from wiseparts_pipeline.config.attributes import (
    DateFormat,
    Encoding,
    Escaped,
    RegularExpression,
    Settings,
    Text,
    one_or_more,
    repeated,
)

Format = Literal["csv", "xlsx", "jsonl", "xml", "fixed"]

# In place of the name of a sheet.
ALL_SHEETS = "*"

# The formats that an attribute applies to; attributes not listed apply to all.
_GOES_WITH: dict[str, tuple[Format, ...]] = {
    "encoding": ("csv", "fixed", "jsonl"),
    "delimiter": ("csv",),
    "quote": ("csv",),
    "escape": ("csv",),
    "row_end": ("csv", "fixed", "jsonl"),
    "header": ("csv", "xlsx", "fixed"),
    "names": ("csv", "xlsx", "fixed"),
    "skip_lines": ("csv", "xlsx", "fixed", "jsonl"),
    "ignore_lines": ("csv", "fixed"),
    "widths": ("fixed",),
    "widths_in": ("fixed",),
    "sheet": ("xlsx",),
    "row_element": ("xml",),
    "rows_in": ("jsonl", "csv"),
}


class FileFormat(Settings):
    """The format of a file: dialect, header, and how values are written."""

    format: Format = "csv"
    encoding: Encoding = "utf-8"
    delimiter: Escaped = Field(",", min_length=1)
    quote: str = Field('"', max_length=1)
    escape: str = Field("", max_length=1)
    row_end: Escaped = Field("auto", min_length=1)
    header: bool = True
    names: tuple[Text, ...] = ()
    widths: tuple[Annotated[int, Field(ge=1, le=10_000)], ...] = ()
    widths_in: Literal["characters", "bytes"] = "characters"
    sheet: Text | tuple[Text, ...] = ""
    row_element: str = ""
    member: Annotated[tuple[Text, ...], BeforeValidator(one_or_more)] = ()
    rows_in: Text = ""
    skip_lines: int = Field(0, ge=0)
    ignore_lines: RegularExpression = ""
    max_unpacked_mb: int = Field(4096, ge=1)
    decimal: str = Field(".", min_length=1, max_length=1)
    thousands: str = Field("", max_length=1)
    date_formats: tuple[DateFormat, ...] = ("%Y-%m-%d",)
    two_digit_years_from: int | None = Field(None, ge=1800, le=2100)
    null_values: tuple[Text, ...] = ("", "NULL")
    true_values: tuple[Text, ...] = ("1", "true", "yes", "Y")
    false_values: tuple[Text, ...] = ("0", "false", "no", "N")

    @field_validator("date_formats")
    @classmethod
    def _not_empty(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not value:
            raise ValueError("write at least one format, like %d/%m/%Y")
        return value

    @field_validator("member")
    @classmethod
    def _globs(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if any(not pattern or set(pattern) & set("{}") for pattern in value):
            raise ValueError("is the name of a file in a zip archive, or a glob such as customers*.csv, without braces")
        return value

    @model_validator(mode="after")
    def _goes_together(self) -> "FileFormat":
        for name, formats in _GOES_WITH.items():
            if self.format not in formats and getattr(self, name) != FileFormat.model_fields[name].default:
                raise ValueError(f"`{name}` does not go with format: {self.format}; it goes with {', '.join(formats)}")
        if self.format == "fixed":
            if not self.widths:
                raise ValueError("format: fixed needs `widths`, how many characters each column has, like [10, 30, 8]")
            if self.names and len(self.names) != len(self.widths):
                raise ValueError(f"`names` has {len(self.names)} columns and `widths` {len(self.widths)}")
        if self.format == "xml" and not re.fullmatch(r"[^/@]+(/[^/@]+)*", self.row_element):
            raise ValueError("format: xml needs `row_element`, the element that is a row, like Orders/Order/Line")
        return self

    @model_validator(mode="after")
    def _coherent(self) -> "FileFormat":
        if not self.header and not self.names:
            raise ValueError("header: false needs the columns named in `names`")
        if self.header and self.names:
            raise ValueError("`names` is for a file without a header; set header: false")
        twice = repeated(self.names)
        if twice:
            raise ValueError(f"`names` has {twice} more than once")
        if isinstance(self.sheet, tuple) and (repeated(self.sheet) or not all(self.sheet)):
            raise ValueError("`sheet` names a sheet more than once, or none; write a name, a list of names, or '*'")
        if self.decimal == self.thousands:
            raise ValueError("`decimal` and `thousands` are the same character")
        for name in ("decimal", "thousands"):
            if re.match(r"[\w+-]", getattr(self, name)):
                raise ValueError(f"`{name}` is {getattr(self, name)!r}, which is part of numbers")
        if self.quote and (not self.quote.isascii() or self.quote in "\r\n"):
            raise ValueError(f"`quote` is {self.quote!r}; it can be any ASCII character or '' for none")
        if self.quote and (self.quote in self.delimiter or self.quote in self.row_end):
            raise ValueError("`quote` is part of `delimiter` or `row_end`, so cells could not be separated")
        if self.escape and (self.escape.isalnum() or self.escape.isspace() or self.escape in self.delimiter):
            raise ValueError(f"`escape` is {self.escape!r}, which is text or part of `delimiter`; write it like '\\'")
        if self.escape and self.escape == self.quote:
            raise ValueError("`escape` is the same as `quote`: a doubled quote is read without it")
        if self.delimiter in "\r\n" or self.delimiter == self.row_end:
            raise ValueError("`delimiter` ends a row; it can be any other text")
        both = {text.lower() for text in self.true_values} & {text.lower() for text in self.false_values}
        if both:
            raise ValueError(f"`true_values` and `false_values` both have {', '.join(sorted(both))}")
        return self

    @property
    def sheets(self) -> tuple[str, ...]:
        """The names in `sheet`; none where it is not set."""
        return (self.sheet,) if isinstance(self.sheet, str) and self.sheet else tuple(self.sheet)

    def accepted_dates(self, formats: Sequence[str] = ()) -> Sequence[str]:
        """The formats of a column's dates, tried in order: its own or the file's. Typed cells are read as ISO 8601."""
        formats = formats or self.date_formats
        return ("%Y-%m-%d", *formats) if self.format == "xlsx" else formats

    @property
    def error_format(self) -> "FileFormat":
        """How an error file of such a file is written and read: as the file, or as the CSV that any program opens.

        Cells are the same text as the reader of the original gave, so what says how they are converted stays.
        """
        if self.format == "csv":
            return self
        conversion = ("decimal", "thousands", "two_digit_years_from", "null_values", "true_values", "false_values")
        return FileFormat(
            # Without a byte order mark, Excel reads a CSV in the encoding of its locale.
            encoding="utf-8-sig",
            date_formats=tuple(self.accepted_dates()),
            **{name: getattr(self, name) for name in conversion},
        )
