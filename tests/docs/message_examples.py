"""Files with one thing wrong each, and the importers that they are for; docs/messages.md shows what comes of them."""

import gzip
import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import openpyxl

Content = str | bytes


@dataclass(frozen=True)
class Sent:
    """A file as it is sent; `shown`: how the page shows one that is not text."""

    name: str
    content: Content
    shown: str = ""


@dataclass(frozen=True)
class Example:
    """What went wrong, the importer's entity and attributes, and the file; `before`: what came earlier, by entity."""

    title: str
    entity: str
    file: Sent
    attributes: dict[str, Any] = field(default_factory=dict)
    before: Sequence[tuple[str, Sent]] = ()


SALES = "invoice_id,line_no,invoice_date,quantity,unit_price,net_amount,currency"
ADDRESSES = "address_id,customer_id,kind,city,country_code"
STOCK = "sku,warehouse_id,quantity_available"
BY_BARCODE = "invoice_id,line_no,invoice_date,EAN,quantity,unit_price,net_amount,currency"
PRODUCT_OF_BARCODE = {
    "entity": "products",
    "on": {"EAN": "barcode"},
    "columns": {"product_id": "product_id"},
    "missing": "reject",
}
DISCS = ["1,D-1,Brake disc 280,4007", "2,D-2,Brake disc 300,4007"]
DATED = {"pattern": "*_{date}.csv", "date_format": "%d_%m_%Y"}


def _lines(*lines: str) -> str:
    return "".join(f"{line}\n" for line in lines)


def _sales(*lines: str, name: str = "SALES_31_01_2025.csv", header: str = SALES) -> Sent:
    return Sent(name, _lines(header, *lines))


def _workbook(*rows: list[str]) -> bytes:
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet()
    for row in rows:
        sheet.append(row)
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def _zip(**members: str) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        for name, text in members.items():
            archive.writestr(zipfile.ZipInfo(f"{name}.csv", (2025, 1, 31, 0, 0, 0)), text)
    return written.getvalue()


_PRODUCTS = Sent("PRODUCTS_01_01_2025.csv", _lines("product_id,sku,name", "P1,A-1,Disc", "P2,A-2,Pad", "P3,A-3,Hose"))
_STOCK_OF_TEN = Sent("STOCK_30_01_2025.csv", _lines(STOCK, *(f"A-1,W{n},5" for n in range(10))))
_TEN_CUSTOMERS = Sent("CUSTOMERS_30_01_2025.csv", _lines("customer_id,name", *(f"C{n},Garage {n}" for n in range(10))))

EXAMPLES = (
    Example("A date in another form", "sales", _sales("I1,1,31/01/2025,1,10.00,10.00,EUR")),
    Example("A day that does not exist", "sales", _sales("I1,1,2025-02-30,1,10.00,10.00,EUR")),
    Example("A decimal comma", "sales", _sales('I1,1,2025-01-31,1,"10,50","10,50",EUR')),
    Example(
        "A decimal point where points group thousands",
        "sales",
        _sales('I1,1,2025-01-31,1,"1.000,00",1.50,EUR'),
        {"file": {"decimal": ",", "thousands": "."}},
    ),
    Example("Text where a number belongs", "sales", _sales("I1,1,2025-01-31,two,10.00,20.00,EUR")),
    Example("A required cell is empty", "sales", _sales(",1,2025-01-31,1,10.00,10.00,EUR")),
    Example(
        "Neither yes nor no",
        "customer_branches",
        Sent("BRANCHES_31_01_2025.csv", _lines("branch_id,customer_id,name,is_active", "B1,C1,Patra,maybe")),
        before=[("customers", _TEN_CUSTOMERS)],
    ),
    Example(
        "A word that is not one of the allowed ones",
        "quotes",
        Sent(
            "QUOTES_31_01_2025.csv",
            _lines("quote_id,line_no,quoted_on,status,currency", "Q1,1,2025-01-31,perhaps,EUR"),
        ),
    ),
    Example(
        "A country that is not a two-letter code",
        "addresses",
        Sent("ADDRESSES_31_01_2025.csv", _lines(ADDRESSES, "A1,C1,billing,Patra,Greece")),
        before=[("customers", _TEN_CUSTOMERS)],
    ),
    Example("A comma inside a text that is not quoted", "sales", _sales("I1,1,2025-01-31,1,1,234.50,1234.50,EUR")),
    Example(
        "A quote that is never closed",
        "sales",
        _sales('I1,1,2025-01-31,1,10.00,10.00,"EUR', "I2,1,2025-01-31,1,1,1,EUR"),
    ),
    Example(
        "Letters of another encoding",
        "customers",
        Sent(
            "CUSTOMERS_31_01_2025.csv",
            _lines("customer_id,name", "C1,Müller").encode("cp1252"),
            _lines("customer_id,name", "C1,Müller"),
        ),
    ),
    Example(
        "The same key twice in a file",
        "customers",
        Sent("CUSTOMERS_31_01_2025.csv", _lines("customer_id,name", "C1,Garage Alfa", "C1,Garage Beta")),
    ),
    Example(
        "A column that every row needs has another name",
        "customers",
        Sent("CUSTOMERS_31_01_2025.csv", _lines("customer_no,name", "C1,Garage Alfa")),
    ),
    Example(
        "Two columns of the same name",
        "customers",
        Sent("CUSTOMERS_31_01_2025.csv", _lines("customer_id,name,name", "C1,Garage Alfa,Alfa")),
    ),
    Example("A file without a byte", "customers", Sent("CUSTOMERS_31_01_2025.csv", "", "(nothing)")),
    Example(
        "The wrong delimiter", "customers", Sent("CUSTOMERS_31_01_2025.csv", _lines("customer_id;name", "C1;Alfa"))
    ),
    Example(
        "An Excel workbook under the name of a CSV file",
        "customers",
        Sent("CUSTOMERS_31_01_2025.csv", _workbook(["customer_id", "name"], ["C1", "Alfa"]), "(an Excel workbook)"),
    ),
    Example(
        "An error in a cell of a workbook",
        "products",
        Sent(
            "PRODUCTS_31_01_2025.xlsx",
            _workbook(["product_id", "sku", "name"], ["P1", "A-1", "#N/A"]),
            _lines("product_id  sku  name", "P1          A-1  #N/A"),
        ),
        {"pattern": "*.xlsx", "file": {"format": "xlsx"}},
    ),
    Example(
        "A workbook that is none",
        "products",
        Sent("PRODUCTS_31_01_2025.xlsx", "<html><table><tr><td>sku</td></tr></table></html>"),
        {"pattern": "*.xlsx", "file": {"format": "xlsx"}},
    ),
    Example(
        "An archive with two files",
        "customers",
        Sent(
            "CUSTOMERS_31_01_2025.csv.zip",
            _zip(one="customer_id,name\nC1,Alfa\n", two="customer,label\nC2,Beta\n"),
            "(a zip archive with one.csv and two.csv, whose columns differ)",
        ),
    ),
    Example(
        "A compressed file that was cut off",
        "customers",
        Sent(
            "CUSTOMERS_31_01_2025.csv.gz",
            gzip.compress(b"customer_id,name\nC1,Alfa\n" * 20, mtime=0)[:-12],
            "(a gzip file without its end)",
        ),
    ),
    Example(
        "A line of JSON that is none",
        "customers",
        Sent(
            "CUSTOMERS_31_01_2025.jsonl", '{"customer_id": "C1", "name": "Alfa"}\n{"customer_id": "C2", name: "Beta"}\n'
        ),
        {"pattern": "*.jsonl", "file": {"format": "jsonl"}},
    ),
    Example(
        "Stock of a product that is not known yet",
        "inventory",
        Sent("STOCK_31_01_2025.csv", _lines(STOCK, "A-9,ATH,5")),
    ),
    Example(
        "A sale to a customer that is not known yet",
        "sales",
        _sales("I1,1,2025-01-31,1,10.00,10.00,EUR,C9", header=f"{SALES},customer_id"),
    ),
    Example(
        "A family that is its own ancestor",
        "brand_families",
        Sent("FAMILIES_31_01_2025.csv", _lines("family_id,name,parent_family_id", "F1,Brakes,F2", "F2,Discs,F1")),
    ),
    Example(
        "A list that is much shorter than the last one",
        "inventory",
        Sent("STOCK_31_01_2025.csv", _lines(STOCK, "A-1,W0,5", "A-1,W1,5")),
        DATED,
        [("products", _PRODUCTS), ("inventory", _STOCK_OF_TEN)],
    ),
    Example(
        "More than half of the rows are bad",
        "addresses",
        Sent(
            "ADDRESSES_31_01_2025.csv",
            _lines(ADDRESSES, *(f"A{n},C1,billing,Patra,{'GR' if n % 3 == 0 else 'Greece'}" for n in range(24))),
        ),
        before=[("customers", _TEN_CUSTOMERS)],
    ),
    Example(
        "An older list that arrives after a newer one",
        "customers",
        Sent("CUSTOMERS_29_01_2025.csv", _lines("customer_id,name", "C1,Old name")),
        DATED,
        [("customers", _TEN_CUSTOMERS)],
    ),
    Example(
        "The same file again",
        "customers",
        Sent("CUSTOMERS_31_01_2025.csv", str(_TEN_CUSTOMERS.content)),
        DATED,
        [("customers", _TEN_CUSTOMERS)],
    ),
    Example(
        "A column of the importer that the file lacks",
        "customers",
        Sent("CUSTOMERS_31_01_2025.csv", _lines("No,Name", "C1,Garage Alfa")),
        {"columns": {"customer_id": "No", "name": "Name", "email": "E-Mail"}},
    ),
    Example(
        "A barcode that no product has, and one that two have",
        "sales",
        _sales("I1,1,2025-01-31,4006,1,10.00,10.00,EUR", "I2,1,2025-01-31,4007,1,10.00,10.00,EUR", header=BY_BARCODE),
        {"lookup": [PRODUCT_OF_BARCODE]},
        [("products", Sent("PRODUCTS_31_01_2025.csv", _lines("product_id,sku,name,barcode", *DISCS)))],
    ),
    Example("More decimals than are kept", "sales", _sales("I1,1,2025-01-31,3,3.33333333,10.00,EUR")),
)
