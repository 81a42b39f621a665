"""What is written of an order or a customer."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.exporting.records import CUSTOMER, NOW, RECORD_UUID, export, exporter, insert, line, lines_with, order, texts
from wiseparts_pipeline.exporting.content import headers, prepare, write_to
from wiseparts_pipeline.warehouse import Connection


def test_the_lines_of_an_order_come_first_and_then_its_header(connection: Connection) -> None:
    line(connection, line_no=10, sku="X")
    line(connection, line_no=2, note="Ring twice")
    lines, header = prepare(connection, exporter(), export())
    assert (lines.name, header.name) == (f"order_items_{RECORD_UUID}.csv", f"order_data_{RECORD_UUID}.csv")
    assert (lines.rows, header.rows) == (2, 1)
    assert texts([lines, header]) == {
        "order_items": [
            "order_id,line_no,sku,product_id,description,quantity,unit_price,net_amount,shipping_amount,tax_amount",
            "WEB-1,2,00123,,,2,48.90,97.80,,",
            "WEB-1,10,X,,,2,48.90,97.80,,",
        ],
        "order_data": [
            "uuid,order_id,placed_at,channel,status,customer_id,currency,ship_to_address_id,email,note",
            f"{RECORD_UUID},WEB-1,2026-03-01T22:30:05+0000,web,confirmed,C1,EUR,,,Ring twice",
        ],
    }


def test_a_later_version_has_its_number_in_the_names_and_where_a_column_asks_for_it(connection: Connection) -> None:
    line(connection)
    chosen = exporter(files={"order_data": {"columns": {"Ref": "uuid", "Version": "version"}}})
    (file,) = prepare(connection, chosen, replace(export(), version=2))
    assert file.name == f"order_data_{RECORD_UUID}_2.csv"
    assert file.content.decode() == f"Ref,Version\r\n{RECORD_UUID},2\r\n"


def test_columns_have_the_names_the_order_and_the_texts_that_the_exporter_gives_them(connection: Connection) -> None:
    line(connection)
    rows = order(
        connection,
        timezone="Europe/Athens",
        file={"delimiter": ";", "decimal": ",", "timestamp_format": "%d/%m/%Y %H:%M", "null_text": "-"},
        files={
            "head": {
                "columns": {
                    "Σημείωση": "note",
                    "State": {"from": "status", "map": {"confirmed": "C"}},
                    "Date": "placed_at",
                    "Unit": {"constant": "a;b"},
                }
            },
            "lines": {"rows": "line", "columns": {"Net": "net_amount", "No": "order_id"}},
        },
    )
    assert rows == {
        "head": ["Σημείωση;State;Date;Unit", '-;C;02/03/2026 00:30;"a;b"'],
        "lines": ["Net;No", "97,80;WEB-1"],
    }


def test_the_same_record_gives_the_same_bytes(connection: Connection) -> None:
    for number in (3, 1, 2):
        line(connection, line_no=number)
    once, again = (prepare(connection, exporter(), export()) for _ in range(2))
    assert [file.sha256 for file in once] == [file.sha256 for file in again]


def test_a_cell_that_a_spreadsheet_would_run_gets_an_apostrophe_where_that_is_asked_for(connection: Connection) -> None:
    line(connection, description="=1+1", net_amount="-97.8")
    columns = {"Text": "description", "Net": "net_amount"}
    assert order(connection, **lines_with(**columns))["lines"][1] == "=1+1,-97.80"
    escaped = {"rows": "line", "columns": columns, "escape_formulas": True}
    files = {"head": {"columns": {"Ref": "uuid"}}, "lines": escaped}
    assert order(connection, files=files)["lines"][1] == "'=1+1,-97.80"


def test_a_customer_goes_with_what_belongs_to_it(connection: Connection) -> None:
    insert(connection, "raw.customers", **CUSTOMER)
    for number, key in (("2", "C1"), ("10", "C1"), ("3", "C2")):
        insert(connection, "raw.addresses", address_id=number, customer_id=key, kind="billing", is_default=True)
    insert(connection, "raw.addresses", address_id="4", customer_id="C1", kind="billing", _deleted_at=NOW)
    insert(connection, "raw.contacts", contact_id="K1", customer_id="C1", system_id=RECORD_UUID)
    chosen = exporter(
        "customers",
        files={
            "customer_data": {"columns": {"Ref": "uuid", "Name": "name", "Own": "system_id"}},
            "addresses": {
                "rows": "addresses",
                "columns": {"Ref": "uuid", "No": "address_id", "Main": "is_default"},
            },
            "contacts": {"rows": "contacts", "columns": {"No": "contact_id", "Own": "system_id"}},
            "branches": {"rows": "customer_branches", "columns": {"No": "branch_id"}},
        },
    )
    files = prepare(connection, chosen, export("customers", "C1"))
    assert files[-1].name == f"customer_data_{RECORD_UUID}.csv"
    assert texts(files) == {
        "customer_data": ["Ref,Name,Own", f"{RECORD_UUID},Garage Alfa,{RECORD_UUID}"],
        "addresses": ["Ref,No,Main", f"{RECORD_UUID},10,1", f"{RECORD_UUID},2,1"],
        "contacts": ["No,Own", f"K1,{RECORD_UUID}"],
        "branches": ["No"],
    }


def test_a_customer_without_a_key_has_no_addresses(connection: Connection) -> None:
    insert(connection, "raw.customers", **CUSTOMER | {"customer_id": None})
    chosen = exporter("customers", files={"customer_data": {}, "addresses": {"rows": "addresses"}})
    addresses, customer = prepare(connection, chosen, export("customers", None))
    assert (addresses.rows, customer.rows) == (0, 1)


def test_files_are_written_to_a_folder_and_overwrite_nothing(connection: Connection, tmp_path: Path) -> None:
    line(connection)
    files = prepare(connection, exporter(), export())
    folder = tmp_path / "new" / "folder"
    write_to(folder, files)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == {file.name: file.content for file in files}
    with pytest.raises(FileExistsError):
        write_to(folder, files)


def test_the_headers_of_an_exporter_are_those_of_its_files() -> None:
    chosen = exporter(
        file={"delimiter": ";"},
        files={"data": {"columns": {"No": "order_id", "a;b": "note"}}, "rows": {"rows": "line"}},
    )
    assert list(headers(chosen)) == ["rows_<uuid>.csv", "data_<uuid>.csv"]
    assert headers(chosen)["data_<uuid>.csv"] == 'No;"a;b"'
