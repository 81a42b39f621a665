"""A row of which several are made is in the error file once, and is sent back as one."""

import csv
import json
from typing import Any

import pytest

from tests.importing.drop import Drop, counts
from tests.importing.test_returned_rows import sent_back

STOCK: dict[str, Any] = {
    "columns": {"sku": "Item", "warehouse_id": "place", "quantity_available": "stock"},
    "unpivot": {"columns": ["ATH", "BER", "CPH"], "name": "place", "value": "stock"},
    "reject_limit_percent": 100,
}
LINES = {
    "order_id": "no",
    "line_no": {"sequence_within": "order_id"},
    "placed_at": "at",
    "sku": "lines.sku",
    "quantity": "lines.qty",
    "unit_price": {"constant": "1"},
    "net_amount": {"expression": "quantity * unit_price"},
    "channel": {"constant": "rep"},
    "status": {"constant": "confirmed"},
    "currency": {"constant": "EUR"},
}


def errors(drop: Drop) -> list[dict[str, str]]:
    (name,) = drop.names("errors")
    text = (drop.folder / "errors" / name).read_text(encoding=drop.importer.file.error_format.encoding)
    return list(csv.DictReader(text.splitlines()))


@pytest.fixture
def stock(drop: Drop) -> Drop:
    drop.of("products").imported("p.csv", "product_id,sku,name\n1,A-1,One\n2,A-2,Two\n3,A-3,Three\n")
    return drop.of("inventory", mode="upsert", **STOCK)


def test_a_row_of_several_columns_comes_back_once(stock: Drop) -> None:
    result = stock.imported("stock.csv", "Item,ATH,BER,CPH\nA-1,1,,3\nA-2,many,5,some\nA-3,7,8,9\n")
    assert counts(result) == {"read": 8, "created": 6, "rejected": 2}
    (row,) = errors(stock)
    assert {name: row[name] for name in ("Item", "ATH", "BER", "CPH", "_row", "_line")} == {
        "Item": "A-2", "ATH": "many", "BER": "5", "CPH": "some", "_row": "4", "_line": "3",
    }  # fmt: skip
    assert "Column 'ATH': " in row["_errors"]
    assert "Column 'CPH': " in row["_errors"]
    assert sent_back(stock, "many", "4") == {"read": 3, "created": 1, "unchanged": 1, "rejected": 1}
    assert [(number, status) for number, status in stock.rejects("row_number", "status")] == [
        (4, "resolved"), (6, "resolved"), (3, "rejected"),
    ]  # fmt: skip
    assert sent_back(stock, "some", "6") == {"read": 3, "created": 1, "unchanged": 2}
    assert len(stock.stored("sku", "warehouse_id")) == 8


def test_what_only_the_database_rejects_comes_back_too(drop: Drop) -> None:
    stock = drop.of("inventory", mode="upsert", **STOCK, references={"sku": "reject"})
    stock.imported("stock.csv", "Item,ATH,BER,CPH\nA-1,1,2,3\n")
    (row,) = errors(stock)
    assert (row["Item"], row["_row"], row["CPH"]) == ("A-1", "1", "3")
    drop.of("products").imported("p.csv", "product_id,sku,name\n1,A-1,One\n")
    assert sent_back(stock, "A-1,1", "A-1,7") == {"read": 3, "created": 3}


def orders(drop: Drop) -> Drop:
    return drop.of(
        "orders",
        pattern="*.jsonl",
        columns=LINES,
        file={"format": "jsonl", "rows_in": "lines"},
        reject_limit_percent=100,
    )


def order(number: str, *quantities: Any) -> str:
    lines = [{"sku": f"A-{place}", "qty": quantity} for place, quantity in enumerate(quantities, 1)]
    return json.dumps({"no": number, "at": "2026-01-15", "lines": lines}) + "\n"


def test_a_record_with_a_list_comes_back_once_and_its_lines_keep_their_numbers(drop: Drop) -> None:
    target = orders(drop)
    result = target.imported("o.jsonl", order("S1", 1, "many", 3, "some") + order("S2") + order("S3", 1))
    assert counts(result) == {"read": 5, "created": 3, "rejected": 2}
    assert result.file.warnings["without_rows"] == 1
    (row,) = errors(target)
    assert (row["no"], row["_row"], row["_line"]) == ("S1", "1", "1")
    assert [line["qty"] for line in json.loads(row["lines"])] == [1, "many", 3, "some"]
    assert sent_back(target, '""many""', "2") == {"read": 4, "created": 1, "unchanged": 2, "rejected": 1}
    assert sent_back(target, '""some""', "4") == {"read": 4, "created": 1, "unchanged": 3}
    assert target.stored("order_id", "line_no", "sku", "quantity::int") == [
        ("S1", 1, "A-1", 1), ("S1", 2, "A-2", 2), ("S1", 3, "A-3", 3), ("S1", 4, "A-4", 4), ("S3", 1, "A-1", 1),
    ]  # fmt: skip


def test_lines_that_were_stored_before_keep_their_numbers(drop: Drop) -> None:
    target = orders(drop)
    target.imported("o1.jsonl", order("S1", 1, 2, 3))
    target.imported("o2.jsonl", order("S1", 1, "many", 3))
    assert sent_back(target, '""many""', "7") == {"read": 3, "updated": 1, "unchanged": 2}
    assert target.stored("line_no", "quantity::int") == [(1, 1), (2, 7), (3, 3)]


def test_a_line_that_was_added_to_a_record_that_comes_back_has_no_number(drop: Drop) -> None:
    target = orders(drop)
    target.imported("o.jsonl", order("S1", "many") + order("S1", 5))
    assert sent_back(target, '""many""}', '1}, {""sku"": ""A-9"", ""qty"": 9}') == {
        "read": 2, "created": 1, "rejected": 1,
    }  # fmt: skip
    assert target.stored("line_no", "sku", "quantity::int") == [(1, "A-1", 1), (2, "A-1", 5)]


def test_a_column_that_is_called_like_what_is_kept_of_made_rows_does_no_harm(drop: Drop) -> None:
    target = drop.of("customers", reject_limit_percent=100)
    target.imported("c.csv", "customer_id,name,_made_rows\nC1,,1 to 2\n")
    assert [row["_row"] for row in errors(target)] == ["1"]
