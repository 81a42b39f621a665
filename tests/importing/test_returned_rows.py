"""Rows of an error file that is sent back are loaded as they would have been in the file, whatever its shape."""

from typing import Any

import pytest

from tests.importing.drop import Drop, counts

INVENTORY = {"warehouse_id": {"from_name": r"STOCK_(\w+?)_"}}
ORDERS = {
    "order_id": "No",
    "line_no": {"sequence_within": "order_id"},
    "placed_at": "Date",
    "sku": "Item",
    "quantity": "Qty",
    "unit_price": {"constant": "1"},
    "net_amount": {"expression": "quantity * unit_price"},
    "channel": {"constant": "rep"},
    "status": {"constant": "confirmed"},
    "currency": {"constant": "EUR"},
}
LINES = "S1,2026-01-15,A-1,2\n,,A-2,many\nS2,2026-01-16,A-1,1\nS3,x\n,,A-9,1\nTotal,2026-01-16,,4\n"


def sent_back(drop: Drop, old: str, new: str) -> dict[str, int]:
    """The counts of the error file that is there, with a text replaced."""
    (name,) = drop.names("errors")
    content = (drop.folder / "errors" / name).read_text(encoding=drop.importer.file.error_format.encoding)
    assert old in content
    (drop.folder / "errors" / name).unlink()
    drop.put(name, content.replace(old, new))
    (result,) = drop.run().files
    return counts(result)


@pytest.mark.parametrize("file", [{}, {"header": False, "names": ["sku", "quantity_available"]}], ids=str)
def test_with_a_value_from_the_files_name(drop: Drop, file: dict[str, Any]) -> None:
    products = drop.of("products")
    products.imported("p.csv", "product_id,sku,name\n1,A-1,One\n2,A-2,Two\n")
    stock = drop.of("inventory", columns=INVENTORY, file=file)
    header = "" if file else "sku,quantity_available\n"
    assert counts(stock.imported("STOCK_ATH_1.csv", f"{header}A-1,5\nA-2,x\n")) == {
        "read": 2, "created": 1, "rejected": 1,
    }  # fmt: skip
    assert sent_back(stock, "A-2,x", "A-2,7") == {"read": 1, "created": 1}
    assert stock.stored("sku", "warehouse_id") == [("A-1", "ATH"), ("A-2", "ATH")]


def test_with_a_value_from_a_line_above_the_header(drop: Drop) -> None:
    drop.of("products").imported("p.csv", "product_id,sku,name\n1,A-1,One\n2,A-2,Two\n")
    columns = {"warehouse_id": {"from_head": {"line": 1, "pattern": r"(\w+)$"}}}
    stock = drop.of("inventory", columns=columns, file={"skip_lines": 2})
    stock.imported("STOCK.csv", "Stock of ATH\n\nsku,quantity_available\nA-1,5\nA-2,x\n")
    assert sent_back(stock, "A-2,x", "A-2,7") == {"read": 1, "created": 1}
    assert stock.stored("sku", "warehouse_id") == [("A-1", "ATH"), ("A-2", "ATH")]


def test_with_cells_filled_from_above_and_rows_left_out(drop: Drop) -> None:
    orders = drop.of(
        "orders",
        columns=ORDERS,
        fill_down={"columns": ["order_id", "placed_at"], "from": "above"},
        where=[{"column": "No", "not": "Total"}],
    )
    result = orders.imported("orders.csv", f"No,Date,Item,Qty\n{LINES}")
    assert counts(result) == {"read": 5, "created": 2, "rejected": 3}
    assert result.file.warnings["left_out"] == 1
    assert orders.rejects("row_number", "line_number", "key", "code") == [
        (2, 3, "S1", "not_a_number"),
        (4, 5, None, "column_count"),
        (5, 6, None, "missing_required"),
    ]
    # The row is complete, whatever stood above it, and keeps its place in the document.
    assert sent_back(orders, "S1,2026-01-15,A-2,many", "S1,2026-01-15,A-2,3")["created"] == 1
    assert orders.stored("order_id", "line_no", "sku") == [("S1", 1, "A-1"), ("S1", 2, "A-2"), ("S2", 1, "A-1")]


def test_a_row_that_only_the_database_rejects_is_complete_too(drop: Drop) -> None:
    orders = drop.of(
        "orders",
        columns=ORDERS | {"line_no": {"constant": "1"}},
        fill_down={"columns": ["order_id", "placed_at"], "from": "above"},
    )
    orders.imported("orders.csv", "No,Date,Item,Qty\nS1,2026-01-15,A-1,2\n,,A-2,1\n")
    assert [raw["No"] for (raw,) in orders.rejects("raw")] == ["S1", "S1"]


SCREWS = "product_id,sku,name\n1,A-1,Washer\n2,A-2,Screw, M4, zinc\n"


@pytest.mark.parametrize(
    "file",
    [{}, {"delimiter": ";"}, {"header": False, "names": ["product_id", "sku", "name"]}, {"quote": ""}],
    ids=str,
)
def test_a_row_with_more_cells_is_whole_and_rejected_again_until_it_is_corrected(
    drop: Drop, file: dict[str, Any]
) -> None:
    products = drop.of("products", file=file)
    delimiter = products.importer.file.delimiter
    content = SCREWS if products.importer.file.header else SCREWS.partition("\n")[2]
    products.imported("p.csv", content.replace(",", delimiter))
    row = ["2", "A-2", "Screw", "2", "3" if products.importer.file.header else "2"]
    start = delimiter.join(row)
    assert sent_back(products, start, start) == {"read": 1, "rejected": 1}
    (name,) = products.names("errors")
    path = products.folder / "errors" / name
    (line,) = (line for line in path.read_text(encoding="utf-8").splitlines() if line.startswith("2"))
    assert line.endswith(delimiter.join(["", " M4", " zinc"]))
    path.write_text(path.read_text(encoding="utf-8").replace(line, line.removesuffix(f" M4{delimiter} zinc")))
    # An empty cell that is left at the end is nothing.
    assert sent_back(products, f"A-2{delimiter}Screw{delimiter}", f"A-2{delimiter}Screw - M4 - zinc{delimiter}") == {
        "read": 1, "created": 1,
    }  # fmt: skip
    assert products.stored("sku", "name") == [("A-1", "Washer"), ("A-2", "Screw - M4 - zinc")]
