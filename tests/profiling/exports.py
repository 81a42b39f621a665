"""The exports of the sample as other systems would write them: in another language and dialect."""

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from io import StringIO
from pathlib import Path
from typing import Any

import yaml

from wiseparts_pipeline.entities.schema import Entity, Type
from wiseparts_pipeline.home import PACKAGE

BOOK: dict[str, Any] = yaml.load((PACKAGE / "profiling" / "terms.yaml").read_text("utf-8"), yaml.BaseLoader)


@dataclass(frozen=True)
class Dialect:
    """The format of a system in some country."""

    language: str
    encoding: str = "utf-8"
    delimiter: str = ";"
    row_end: str = "\n"
    decimal: str = "."
    thousands: str = ""
    day: str = "%Y-%m-%d"
    true: str = "true"
    false: str = "false"
    begin: str = ""

    def text(self, entity: Entity, names: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
        """A file with these columns of the entity."""
        header = translated(entity, names, self.language)
        cells = [[self._cell(entity[name].type, cell) for name, cell in zip(names, row, strict=True)] for row in rows]
        if len(self.delimiter) == 1:
            text = StringIO()
            writer = csv.writer(text, delimiter=self.delimiter, lineterminator=self.row_end)
            writer.writerows([header, *cells])
            return self.begin + text.getvalue()
        records = [self.delimiter.join(record) for record in [header, *cells]]
        return self.begin + self.row_end.join([*records, ""])

    def _cell(self, kind: Type, cell: str) -> str:
        if not cell:
            return cell
        match kind:
            case Type.MONEY | Type.NUMBER:
                whole, point, fraction = cell.lstrip("-").partition(".")
                grouped = f"{int(whole):,}".replace(",", self.thousands)
                return "-" * cell.startswith("-") + grouped + (self.decimal + fraction if point else "")
            case Type.DATE:
                return datetime.fromisoformat(cell).strftime(self.day)
            case Type.TIMESTAMP:
                return datetime.fromisoformat(cell).strftime(f"{self.day} %H:%M:%S")
            case Type.BOOL:
                return self.true if cell.lower() in ("true", "1", "yes", "y") else self.false
        return cell


def template_text(names: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A file in the format of the template of its entity."""
    text = StringIO()
    csv.writer(text, lineterminator="\n").writerows([names, *rows])
    return text.getvalue()


def translated(entity: Entity, names: Sequence[str], language: str) -> list[str]:
    """A distinct name in the language for each column of the entity."""
    found: list[str] = []
    for name in names:
        books = (BOOK["entities"].get(entity.name, {}).get(name, {}), BOOK["columns"].get(name, {}))
        terms = [term for book in books for term in book.get(language, []) if not term.startswith("~")]
        found.append(next(term for term in [*terms, name] if term not in found))
    return found


def sample_rows(folder: Path, entity: str) -> tuple[list[str], list[list[str]]]:
    """The header and rows of one file of the sample, in the format of templates."""
    attributes = yaml.safe_load((PACKAGE / "defs" / entity / "defs.yaml").read_text("utf-8"))["attributes"]
    dialect = attributes.get("file", {})
    path = min((folder / attributes["folder"]).iterdir(), key=lambda path: path.stat().st_size)
    with path.open(encoding=dialect.get("encoding", "utf-8"), newline="") as file:
        header, *rows = csv.reader(file, delimiter=dialect.get("delimiter", ","))
    whole = [row for row in rows if len(row) == len(header)]
    return header, [[_plain(cell, dialect) for cell in row] for row in whole]


def _plain(cell: str, dialect: dict[str, Any]) -> str:
    if dialect.get("decimal") == "," and cell.replace(".", "").replace(",", "").lstrip("-").isdigit() and "," in cell:
        return cell.replace(".", "").replace(",", ".")
    for form in dialect.get("date_formats", []):
        try:
            return datetime.strptime(cell, form).date().isoformat()
        except ValueError:
            pass
    return cell
