"""Files of every format are imported from end to end, and their error files come back corrected."""

import gzip
import io
import json
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any
from zipfile import ZipFile

import pytest
from openpyxl import Workbook

from tests.importing.drop import Drop, counts, csv
from wiseparts_pipeline.notify.wording import missing_columns

HEADER = ("invoice_id", "line_no", "invoice_date", "quantity", "unit_price", "net_amount", "currency")
ROWS = [
    ("00123", 1, date(2025, 1, 31), 2, 12.1, 24.2, "EUR"),
    ("00123", 2, date(2025, 1, 31), 1, 0.1, 0.1, "EUR"),
    ("00124", 1, date(2025, 2, 1), -1, 5, -5, "EUR"),
]


def texts(row: tuple[Any, ...]) -> list[str]:
    return [str(value) for value in row]


def sales_csv() -> bytes:
    return csv(",".join(HEADER), [",".join(texts(row)) for row in ROWS]).encode()


def sales_zip() -> bytes:
    written = io.BytesIO()
    with ZipFile(written, "w") as archive:
        for number, row in enumerate(ROWS):
            archive.writestr(f"part {number}.csv", csv(",".join(HEADER), [",".join(texts(row))]))
    return written.getvalue()


def sales_xlsx(*rows: tuple[Any, ...]) -> bytes:
    book = Workbook()
    assert book.active is not None
    for row in [HEADER, *(rows or ROWS)]:
        book.active.append(row)
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def sales_jsonl() -> bytes:
    lines = (
        {"invoice": {"id": row[0], "date": row[2].isoformat()}} | dict(zip(HEADER, row, strict=True)) for row in ROWS
    )
    return "".join(json.dumps(line, default=str) + "\n" for line in lines).encode()


def sales_xml() -> bytes:
    written = ""
    for id_, day in {row[0]: row[2] for row in ROWS}.items():
        lines = (
            f'<Line no="{no}"><Qty>{quantity}</Qty><Price currency="{currency}">{price}</Price><Net>{net}</Net></Line>'
            for invoice, no, _, quantity, price, net, currency in ROWS
            if invoice == id_
        )
        written += f'<Invoice id="{id_}"><Date>{day}</Date>{"".join(lines)}</Invoice>'
    return f"<Invoices>{written}</Invoices>".encode()


def sales_fixed() -> bytes:
    return "".join("".join(text.ljust(12) for text in texts(row)) + "\n" for row in ROWS).encode()


FORMATS: dict[str, tuple[Callable[[], bytes], dict[str, Any], dict[str, Any]]] = {
    "sales.csv.gz": (lambda: gzip.compress(sales_csv()), {}, {}),
    "sales.csv.zip": (sales_zip, {}, {}),
    "sales.xlsx": (sales_xlsx, {"format": "xlsx", "date_formats": ["%d/%m/%Y"], "decimal": ","}, {}),
    "sales.jsonl": (
        sales_jsonl,
        {"format": "jsonl"},
        {"invoice_id": "invoice.id", "invoice_date": "invoice.date"},
    ),
    "sales.xml": (
        sales_xml,
        {"format": "xml", "row_element": "Invoice/Line"},
        {
            "invoice_id": "../@id",
            "invoice_date": "../Date",
            "line_no": "@no",
            "quantity": "Qty",
            "unit_price": "Price",
            "net_amount": "Net",
            "currency": "Price/@currency",
        },
    ),
    "sales.txt": (sales_fixed, {"format": "fixed", "widths": [12] * 7, "names": list(HEADER), "header": False}, {}),
}


@pytest.mark.parametrize("name", FORMATS)
def test_a_file_of_any_format_becomes_the_same_rows(drop: Drop, name: str) -> None:
    write, file, columns = FORMATS[name]
    pattern = "*" + name.removeprefix("sales").removesuffix(".gz").removesuffix(".zip")
    sales = drop.of("sales", pattern=pattern, file=file, columns=columns)

    result = sales.imported(name, write())

    assert counts(result) == {"read": 3, "created": 3}
    assert sales.stored("invoice_id", "line_no", "invoice_date::date", "unit_price", "net_amount") == [
        ("00123", 1, date(2025, 1, 31), Decimal("12.1"), Decimal("24.2")),
        ("00123", 2, date(2025, 1, 31), Decimal("0.1"), Decimal("0.1")),
        ("00124", 1, date(2025, 2, 1), Decimal(5), Decimal(-5)),
    ]


def test_the_corrected_error_file_of_an_excel_file_is_imported(drop: Drop) -> None:
    file = {"format": "xlsx", "decimal": ",", "date_formats": ["%d/%m/%Y"]}
    sales = drop.of("sales", pattern="SALES_{date}.xlsx", date_format="%d_%m_%Y", file=file)
    bad = ("00125", 1, date(2025, 2, 1), "many", 1.5, 3.25, "EUR")
    sales.imported("SALES_01_02_2025.xlsx", sales_xlsx(*ROWS, bad))
    assert sales.rejects() == [(4, "quantity", "not_a_number")]

    errors = (sales.folder / "errors" / "SALES_01_02_2025.xlsx.errors.csv").read_text(encoding="utf-8-sig")
    assert '00125,1,2025-02-01,many,"1,5","3,25",EUR' in errors
    result = sales.imported("SALES_01_02_2025.xlsx.errors.csv", errors.replace("many", "2").encode())

    assert counts(result) == {"read": 1, "created": 1}
    assert result.file.file_date == date(2025, 2, 1)
    assert sales.stored("quantity", "net_amount", where="invoice_id = '00125'") == [(Decimal(2), Decimal("3.25"))]


def test_a_line_that_is_not_a_record_is_a_rejected_row(drop: Drop) -> None:
    sales = drop.of("sales", pattern="*.jsonl", file={"format": "jsonl"})
    good = json.dumps(dict(zip(HEADER, ROWS[0], strict=True)), default=str)
    result = sales.imported("sales.jsonl", f'{good}\n{{"invoice_id":\n'.encode())
    assert counts(result) == {"read": 2, "created": 1, "rejected": 1}
    assert sales.rejects("row_number", "line_number", "code", "value") == [(2, 2, "column_count", '{"invoice_id":')]


def test_an_archive_that_unpacks_to_too_much_is_refused_and_loads_nothing(drop: Drop) -> None:
    sales = drop.of("sales", pattern="*.csv", file={"max_unpacked_mb": 1})
    line = ",".join(texts(ROWS[0]))
    result = sales.imported("sales.csv.gz", gzip.compress(csv(",".join(HEADER), [line] * 40_000).encode()))
    assert (result.file.status, result.file.error_code) == ("refused", "archive_limit")
    assert sales.names("refused") == ["sales.csv.gz"]
    assert sales.stored("invoice_id") == []


def test_the_sheets_of_a_workbook_are_imported_as_one_file_whose_messages_name_them(drop: Drop) -> None:
    book = Workbook()
    assert book.active is not None
    book.active.title = "January"
    bad = ("00125", 1, date(2025, 2, 1), "many", 1.5, 3.25, "EUR")
    for sheet, rows in ((book.active, ROWS[:2]), (book.create_sheet("February"), [ROWS[2], bad])):
        for row in (HEADER, *rows):
            sheet.append(list(row))
    written = io.BytesIO()
    book.save(written)
    file = {"format": "xlsx", "sheet": "*"}
    sales = drop.of("sales", pattern="*.xlsx", file=file, columns={"invoice_id": "invoice_id"})

    result = sales.imported("sales.xlsx", written.getvalue())

    assert counts(result) == {"read": 4, "created": 3, "rejected": 1}
    assert sales.rejects("row_number", "line_number", "raw ->> '_sheet'") == [(4, 3, "February")]
    assert [reject.message[:40] for reject in result.rejected] == ["Sheet 'February': quantity: 'many' is no"]
    errors = (sales.folder / "errors" / "sales.xlsx.errors.csv").read_text(encoding="utf-8-sig")
    assert counts(sales.imported("sales.xlsx.errors.csv", errors.replace("many", "2").encode())) == {
        "read": 1,
        "created": 1,
    }


def test_sheets_that_are_left_are_a_warning(drop: Drop) -> None:
    book = Workbook()
    assert book.active is not None
    for sheet in (book.active, book.create_sheet("February"), book.create_sheet("March")):
        for row in (HEADER, *ROWS):
            sheet.append(list(row))
    written = io.BytesIO()
    book.save(written)
    sales = drop.of("sales", pattern="*.xlsx", file={"format": "xlsx"})
    file = sales.imported("sales.xlsx", written.getvalue()).file
    assert file.warnings == {"sheets_not_read": 2}
    assert "Its sheets February, March have the same columns and were not read" in missing_columns(file.file_columns)
