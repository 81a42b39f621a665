"""The proposed YAML imports its file: exports of the sample in the languages and dialects of other systems."""

import gzip
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import pytest
import yaml
from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from tests.importing.conftest import drop
from tests.importing.drop import Drop
from tests.profiling.exports import Dialect, sample_rows, template_text
from wiseparts_pipeline.config.documents import parse
from wiseparts_pipeline.config.importer import ImporterSettings
from wiseparts_pipeline.entities import ENTITIES
from wiseparts_pipeline.profiling.inspection import Inspection, inspect
from wiseparts_pipeline.sample import write_sample

__all__ = ["drop"]

DIALECTS = {
    "German ERP": Dialect("de", "cp1252", ";", "\r\n", ",", ".", "%d.%m.%Y", "Ja", "Nein"),
    "Greek ERP": Dialect("el", "cp1253", ";", ";<br>\n", ",", "", "%d/%m/%Y", "ΝΑΙ", "ΟΧΙ"),
    "French ERP": Dialect("fr", "iso-8859-15", "\t", "\n", ",", " ", "%d/%m/%Y", "Oui", "Non"),
    "Swedish ERP": Dialect("sv", "utf-8-sig", ";", "\n", ",", " ", "%Y-%m-%d", "J", "N", begin="# Export\n"),
    "Dutch ERP": Dialect("nl", "utf-16", "|", "\r\n", ",", ".", "%d-%m-%Y", "1", "0"),
    "American shop": Dialect("en", "utf-8", ",", "\n", ".", ",", "%m/%d/%Y", "Y", "N"),
    "old database": Dialect("en", "cp850", "+|", "&|\n", ".", "", "%Y%m%d", "T", "F"),
}


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sample")
    write_sample(folder)
    return folder


def proposed(inspection: Inspection) -> ImporterSettings:
    attributes = yaml.safe_load(inspection.yaml)["attributes"]
    references = dict.fromkeys(inspection.proposal.entity.references, "warn")
    return parse(ImporterSettings, inspection.path, attributes | {"source": "erp", "references": references})


# Every entity in two of the dialects, every dialect with several entities.
PAIRS = [
    (entity, list(DIALECTS)[(position + step) % len(DIALECTS)])
    for position, entity in enumerate(name for name, each in ENTITIES.items() if each.recognised)
    for step in (-1, 2)
]


@pytest.mark.parametrize(("entity", "dialect"), PAIRS)
def test_the_proposed_importer_imports_the_same_records(sample: Path, drop: Drop, entity: str, dialect: str) -> None:
    """After an import of the template, every record is unchanged when the other system sends it."""
    definition = ENTITIES[entity]
    warn = dict.fromkeys(definition.references, "warn")
    source = drop.of(entity, references=warn, reject_limit_percent=100)
    names, rows = sample_rows(sample, entity)
    other = DIALECTS[dialect]
    rows = [[cell.encode(other.encoding, "ignore").decode(other.encoding) for cell in row] for row in rows[:250]]
    source.imported("template.csv", template_text(names, rows))
    faulty = {number for (number,) in source.rejects("row_number")}
    sound = [row for number, row in enumerate(rows, 1) if number not in faulty]

    path = source.folder / "export.csv"
    path.write_bytes(other.text(definition, names, sound).encode(other.encoding))
    inspection = inspect(path)
    assert inspection.entity.value == entity
    assert (inspection.proposal.missing, inspection.rejected_rows) == ([], 0)

    again = drop.of(entity)
    again.importer = proposed(inspection).model_copy(update={"folder": entity, "pattern": "export.csv"})
    (result,) = again.run().files
    file = result.file
    assert (file.status, file.rows_read) == ("imported", len(sound))
    assert file.rows_unchanged == len(sound)


ITEMS = "Artikelnr.;Bezeichnung;Bestand;Lagerort\nA1;Bremse;12;HAUPT\nA2;Öl;3;HAUPT\nA3;Gruppe;1.200;HAUPT\n"


@pytest.mark.parametrize("suffix", ["", ".gz", ".zip"])
def test_a_packed_file_is_handled_like_the_file_in_it(drop: Drop, suffix: str) -> None:
    stock = drop.of("inventory")
    path = stock.folder / f"Lagerbestand_31_12_2025.csv{suffix}"
    path.write_bytes(_packed(ITEMS.encode("cp1252"), suffix))

    inspection = inspect(path)

    stock.importer = proposed(inspection).model_copy(update={"folder": "inventory"})
    assert stock.importer.pattern == "Lagerbestand_{date}.csv"
    assert stock.importer.date_format == "%d_%m_%Y"
    (result,) = stock.run().files
    assert str(result.file.file_date) == "2025-12-31"
    assert stock.stored("sku", "warehouse_id", "quantity_available") == [
        ("A1", "HAUPT", 12),
        ("A2", "HAUPT", 3),
        ("A3", "HAUPT", 1200),
    ]


def _packed(data: bytes, suffix: str) -> bytes:
    if suffix == ".gz":
        return gzip.compress(data)
    if suffix == ".zip":
        packed = BytesIO()
        with ZipFile(packed, "w") as archive:
            archive.writestr("Lagerbestand.csv", data)
        return packed.getvalue()
    return data


def _workbook() -> bytes:
    book = Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    sheet.append(["Stock of all warehouses"])
    sheet.append([])
    sheet.append(["Item No.", "Quantity on Hand", "Location Code"])
    sheet.append(["A1", 12.5, "MAIN"])
    sheet.append(["007", 3, "MAIN"])
    saved = BytesIO()
    book.save(saved)
    return saved.getvalue()


STOCK_IN = {
    "xlsx": _workbook(),
    "jsonl": b'{"sku": "A1", "qty": 12.5, "location": "MAIN"}\n{"sku": "007", "qty": 3, "location": "MAIN"}\n',
    "xml": (
        b"<?xml version='1.0'?><stock><item><sku>A1</sku><qty>12.5</qty><location>MAIN</location></item>"
        b"<item><sku>007</sku><qty>3</qty><location>MAIN</location></item></stock>"
    ),
    "txt": b"sku     qty   location\nA1      12.5  MAIN    \n007     3     MAIN    \nB1      0     MAIN    \n",
}


@pytest.mark.parametrize("suffix", STOCK_IN)
def test_other_formats_are_recognised_by_their_content(drop: Drop, suffix: str) -> None:
    stock = drop.of("inventory")
    path = stock.folder / f"stock.{suffix}"
    path.write_bytes(STOCK_IN[suffix])

    stock.importer = proposed(inspect(path)).model_copy(update={"folder": "inventory"})

    (result,) = stock.run().files
    assert result.file.status == "imported"
    stored = stock.stored("sku", "warehouse_id", "quantity_available")
    assert {("007", "MAIN", Decimal(3)), ("A1", "MAIN", Decimal("12.5"))} <= set(stored)
