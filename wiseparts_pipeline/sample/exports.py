"""Writes tables as the ERP would: in the folder, and with the name and format, that the packaged importer expects."""

import csv
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from wiseparts_pipeline.entities import ENTITIES
from wiseparts_pipeline.entities.schema import Type
from wiseparts_pipeline.home import PACKAGE


class Export:
    """The files of one importer, as its defs.yaml describes them."""

    def __init__(self, importer: str) -> None:
        defs: dict[str, Any] = yaml.safe_load((PACKAGE / "defs" / importer / "defs.yaml").read_text("utf-8"))
        attributes = defs["attributes"]
        dialect = attributes.get("file", {})
        self._entity = ENTITIES[attributes["entity"]]
        self._folder: str = attributes["folder"]
        self._pattern: str = attributes["pattern"]
        self._date_format: str = attributes["date_format"]
        self._encoding: str = dialect.get("encoding", "utf-8")
        self._delimiter: str = dialect.get("delimiter", ",")
        self._decimal: str = dialect.get("decimal", ".")
        self._thousands: str = dialect.get("thousands", "")
        self._day_format: str = dialect.get("date_formats", ["%Y-%m-%d"])[0]

    def rows(self, table: pd.DataFrame) -> list[list[str]]:
        """The cells of the table, with numbers and dates in the format of this export."""
        return [list(row) for row in zip(*(self._cells(str(name), table[name]) for name in table), strict=True)]

    def write(
        self, root: Path, day: date, columns: list[str], rows: Iterable[list[str]], top: str | None = None
    ) -> Path:
        """Writes the file of a day, under a `.part` name until it is complete. `top`: the name of the first folder."""
        name = self._pattern.replace("{date}", day.strftime(self._date_format)).replace("*", "")
        first, _, below = self._folder.partition("/")
        path = root / (top or first) / below / name
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_name(f"{name}.part")
        with unfinished.open("w", encoding=self._encoding, newline="") as file:
            writer = csv.writer(file, delimiter=self._delimiter)
            writer.writerow(columns)
            writer.writerows(rows)
        return unfinished.rename(path)

    def _cells(self, name: str, cells: "pd.Series[str]") -> list[str]:
        kind = self._entity[name].type
        if kind in (Type.MONEY, Type.NUMBER) and self._decimal != ".":
            return [self._number(cell) for cell in cells]
        if kind is Type.DATE and self._day_format != "%Y-%m-%d":
            return [cell and date.fromisoformat(cell).strftime(self._day_format) for cell in cells]
        return cells.tolist()

    def _number(self, cell: str) -> str:
        whole, _, fraction = cell.partition(".")
        grouped = f"{int(whole):,}".replace(",", self._thousands)
        sign = "-" if whole == "-0" else ""
        return f"{sign}{grouped}{self._decimal}{fraction}"
