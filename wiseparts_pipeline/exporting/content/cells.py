"""Values of records as the cells of a CSV file, and cells as its rows."""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from wiseparts_pipeline.config.exports.files import ExportFormat
from wiseparts_pipeline.entities.schema import Type

_BETWEEN_ITEMS = "|"
_DECIMALS_OF_MONEY = 2


@dataclass(frozen=True)
class Dialect:
    """How values are written, as `file:` and `timezone:` of an exporter say."""

    format: ExportFormat
    zone: ZoneInfo

    def text(self, value: Any, type_: Type) -> str:
        """A value as text. Raises ValueError, whose message says what is wrong with it, if it cannot be written."""
        match type_:
            case Type.MONEY:
                return self._number(value, _DECIMALS_OF_MONEY)
            case Type.NUMBER:
                return self._number(value, 0)
            case Type.DATE:
                return _written(value, self.format.date_format)
            case Type.TIMESTAMP:
                return _written(self._local(value), self.format.timestamp_format)
            case Type.BOOL:
                return self.format.true_text if value else self.format.false_text
            case Type.TEXT_LIST:
                if any(_BETWEEN_ITEMS in item for item in value):
                    raise ValueError(f"has an item with a {_BETWEEN_ITEMS}, which is what separates them")
                return _BETWEEN_ITEMS.join(value)
            case Type.JSON:
                return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
        return str(value)

    def _number(self, value: Decimal, decimals: int) -> str:
        """Plain, with at least so many decimals and no more zeros behind them than that."""
        whole, _, fraction = format(value, "f").partition(".")
        fraction = fraction.rstrip("0").ljust(decimals, "0")
        return f"{whole}{self.format.decimal}{fraction}" if fraction else whole

    def _local(self, value: datetime) -> datetime:
        try:
            return value.astimezone(self.zone)
        except OverflowError:
            raise ValueError(f"is a time that {self.zone.key} does not have") from None

    def row(self, cells: Iterable[str]) -> str:
        """One row of the file, with its end."""
        row = self.format.delimiter.join(map(self._quoted, cells))
        # Readers skip blank lines.
        return (row or self.format.quote * 2) + self.format.row_end

    def _quoted(self, cell: str) -> str:
        # Not by `csv`: until Python 3.13 it leaves a lone \r without quotes.
        quote = self.format.quote
        if not quote or self._special.isdisjoint(cell):
            return cell
        return quote + cell.replace(quote, quote * 2) + quote

    @cached_property
    def _special(self) -> frozenset[str]:
        return frozenset((self.format.delimiter, self.format.quote, "\r", "\n", *self.format.row_end))

    def encode(self, rows: Iterable[str]) -> bytes:
        """A file's rows as its content."""
        encoding = self.format.encoding
        # Some encodings begin with the mark by themselves.
        mark = "\ufeff" if self.format.bom and not "".encode(encoding) else ""
        return (mark + "".join(rows)).encode(encoding)


def _written(value: date, format_: str) -> str:
    # The C library leaves out the zeros of years before 1000.
    year = f"{value.year:04}"
    return value.strftime(re.sub("%.", lambda found: year if found[0] == "%Y" else found[0], format_))
