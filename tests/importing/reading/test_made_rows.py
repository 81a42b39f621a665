"""Several rows made of one row of a file: of its columns (`unpivot`), or of the elements of a list (`rows_in`)."""

import json
from datetime import date
from pathlib import Path
from typing import Any
from unittest.mock import patch

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.importing.reading.test_shapes import Rows, importer, written
from wiseparts_pipeline.importing.faults import RefusedFile, RowCode, WarningCode
from wiseparts_pipeline.importing.reading import sizes
from wiseparts_pipeline.importing.reading.shapes import open_shaped_rows

STOCK = {"sku": "Item", "warehouse_id": "place", "quantity_available": "stock"}
WIDE = {"name": "place", "value": "stock"}


def stock(columns: Any, **attributes: Any) -> Any:
    return importer("inventory", columns=STOCK, unpivot=WIDE | {"columns": columns} | attributes)


class TestUnpivot:
    @pytest.mark.parametrize("columns", [["Athens", "Berlin"], "Athens|Berlin", "[AB].*"], ids=str)
    def test_each_column_makes_a_row(self, tmp_path: Path, columns: Any) -> None:
        path = written(tmp_path, "Item,Name,Athens,Berlin\nA-1,One,1,2\nA-2,Two,3,4\nA-3,Three,5,6\n")
        found = Rows(path, stock(columns))
        assert [(*row[:2], int(row[2])) for row in found.of(*STOCK)] == [
            ("A-1", "Athens", 1), ("A-1", "Berlin", 2),
            ("A-2", "Athens", 3), ("A-2", "Berlin", 4),
            ("A-3", "Athens", 5), ("A-3", "Berlin", 6),
        ]  # fmt: skip
        assert found.read == 6

    def test_an_empty_cell_makes_no_row_unless_it_is_asked_for(self, tmp_path: Path) -> None:
        path = written(tmp_path, "Item,Athens,Berlin\nA-1,0,\nA-2, ,NULL\nA-3,,6\n")
        found = Rows(path, stock("Athens|Berlin"))
        assert found.of("sku", "warehouse_id") == [("A-1", "Athens"), ("A-3", "Berlin")]
        assert found.warnings == {WarningCode.WITHOUT_ROWS: 1}
        kept = Rows(path, stock("Athens|Berlin", keep_empty=True))
        assert (kept.read, len(kept.faults), kept.warnings) == (6, 4, {})

    def test_the_group_of_a_pattern_is_the_part_of_the_name_that_counts(self, tmp_path: Path) -> None:
        path = written(tmp_path, "Item,Stock Athens,Stock Berlin,Sold Athens\nA-1,1,2,9\n")
        assert Rows(path, stock("Stock (.+)")).of("warehouse_id") == [("Athens",), ("Berlin",)]

    def test_several_columns_with_the_same_part_make_one_row(self, tmp_path: Path) -> None:
        path = written(tmp_path, "Item,Jan qty,Jan amount,Feb amount,Feb qty,Mar qty\nA-1,1,10.5,20.5,2,\nA-2,,,0,,3\n")
        sales = importer(
            "sales",
            columns={
                "invoice_id": {"template": "{Item} {month}"},
                "line_no": {"constant": "1"},
                "invoice_date": {"constant": "2026-01-01"},
                "document_type": {"constant": "invoice"},
                "product_id": "Item",
                "quantity": "pieces",
                "net_amount": {"from": "worth", "default": "0"},
                "unit_price": {"constant": "1"},
                "currency": {"constant": "EUR"},
            },
            unpivot={"name": "month", "values": {"pieces": "(.*) qty", "worth": "(.*) amount"}},
        )
        found = Rows(path, sales)
        assert [(row[0], int(row[1]), float(row[2])) for row in found.of("invoice_id", "quantity", "net_amount")] == [
            ("A-1 Jan", 1, 10.5), ("A-1 Feb", 2, 20.5), ("A-2 Mar", 3, 0),
        ]  # fmt: skip
        # A month with an amount, and without a quantity.
        assert [(fault.key, fault.code) for fault in found.faults] == [("A-2 Feb/1", RowCode.MISSING_REQUIRED)]
        with patch.multiple(sizes, BATCH_ROWS=2):
            assert open_shaped_rows(path, path.name, sales).missing == ["worth of Mar"]

    def test_headers_that_are_dates_of_a_workbook_are_dates(self, tmp_path: Path) -> None:
        workbook = openpyxl.Workbook()
        sheet = workbook.create_sheet("Goals", 0)
        sheet.append(["Rep", "Customer", date(2026, 1, 1), date(2026, 2, 1)])
        sheet.append(["R1", "C1", 5, 7])
        workbook.save(tmp_path / "goals.xlsx")
        columns = {
            "doc_id": {"template": "{Rep} {day}"},
            "doc_type": {"constant": "invoice"},
            "customer_id": "Customer",
            "issued_on": "day",
            "due_on": "day",
            "amount": "worth",
            "open_amount": "worth",
            "currency": {"constant": "EUR"},
        }
        for chosen in (["2026-01-01", "2026-02-01"], r"\d{4}-\d\d-\d\d.*"):
            found = Rows(
                tmp_path / "goals.xlsx",
                importer("due_docs", file={"format": "xlsx"}, columns=columns,
                         unpivot={"columns": chosen, "name": "day", "value": "worth"}),
            )  # fmt: skip
            assert found.of("issued_on") == [(date(2026, 1, 1),), (date(2026, 2, 1),)]

    def test_a_missing_column_is_told_and_a_new_one_that_fits_is_taken(self, tmp_path: Path) -> None:
        path = written(tmp_path, "Item,Athens,Corinth\nA-1,1,2\n")
        assert open_shaped_rows(path, path.name, stock(["Athens", "Berlin"])).missing == ["Berlin"]
        assert Rows(path, stock("[A-Z].{5,}")).of("warehouse_id") == [("Athens",), ("Corinth",)]

    @pytest.mark.parametrize(
        ("columns", "header", "message"),
        [
            ("Berlin", "Item,Athens", "of which the file has none. It has: Item, Athens"),
            (["Berlin", "Bonn"], "Item,Athens", "columns Berlin, Bonn .`unpivot`., of which the file has none"),
            (r"(\w{3}) \d+", "Item,Jan 2025,Jan 2026", "'Jan 2025' and 'Jan 2026' are both place 'Jan'"),
            ("Athens", "Item,Athens,stock", "The file has a column 'stock', and `unpivot` makes one of that name"),
        ],
    )
    def test_a_file_in_which_columns_are_missing_or_ambiguous_is_refused(
        self, tmp_path: Path, columns: Any, header: str, message: str
    ) -> None:
        path = written(tmp_path, f"{header}\nA-1,1,2\n")
        with pytest.raises(RefusedFile, match=message):
            Rows(path, stock(columns))

    def test_a_fault_names_the_column_and_the_row_as_it_came(self, tmp_path: Path) -> None:
        path = written(tmp_path, "Item,Athens,Berlin\nA-1,1,2\nA-2,3,many\nA-3,4\nA-4,5,6\n")
        found = Rows(path, stock("Athens|Berlin"))
        bad, short = sorted(found.faults, key=lambda fault: fault.row_number)
        assert bad.message.startswith("Column 'Berlin': quantity_available (from stock): 'many' is not a")
        assert (bad.row_number, bad.line_number) == (4, 3)
        assert bad.raw == {"Item": "A-2", "Athens": "3", "Berlin": "many", "_made_rows": "3-4"}
        assert (short.row_number, short.line_number, short.code) == (5, 4, RowCode.COLUMN_COUNT)
        assert short.raw == {"Item": "A-3", "Athens": "4", "Berlin": ""}
        assert found.read == 7  # of the row that cannot be read, one

    def test_rows_that_are_made_may_be_left_out(self, tmp_path: Path) -> None:
        path = written(tmp_path, "Item,Athens,Berlin\nA-1,0,2\nA-2,3,0\n")
        settings = stock("Athens|Berlin").model_copy(
            update={"where": importer("sales", where=[{"column": "stock", "not": 0}]).where}
        )
        found = Rows(path, settings)
        assert found.of("sku", "warehouse_id") == [("A-1", "Berlin"), ("A-2", "Athens")]
        assert found.warnings == {WarningCode.LEFT_OUT: 2}

    @settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40, deadline=None)
    @given(
        cells=st.lists(st.lists(st.sampled_from(["", "1", "x", "2"]), min_size=3, max_size=3), max_size=6),
        batch=st.integers(1, 4),
    )
    def test_rows_are_the_same_however_the_file_is_cut(
        self, tmp_path: Path, cells: list[list[str]], batch: int
    ) -> None:
        path = written(tmp_path, "Item,P1,P2,P3\n" + "".join(f"A-{n},{','.join(row)}\n" for n, row in enumerate(cells)))
        with patch.multiple(sizes, BATCH_ROWS=batch, BLOCK=200, CHUNK=20):
            batches = list(open_shaped_rows(path, path.name, stock(r"P\d")).batches())
        got = [
            row
            for each in batches
            for row in zip(
                each.row_numbers.tolist(), each.line_numbers.tolist(), each.columns["Item"].to_pylist(),
                each.columns["place"].to_pylist(), each.columns["stock"].to_pylist(), strict=True,
            )
        ]  # fmt: skip
        assert got == [
            (3 * n + place + 1, n + 2, f"A-{n}", f"P{place + 1}", cell)
            for n, row in enumerate(cells)
            for place, cell in enumerate(row)
            if cell
        ]
        assert sum(each.without_rows for each in batches) == sum(not any(row) for row in cells)
        assert all(len(each) <= batch for each in batches)


LINES = {
    "order_id": "no",
    "line_no": {"sequence_within": "order_id"},
    "placed_at": "at",
    "sku": "lines.sku",
    "quantity": "lines.qty",
    "unit_price": "lines.price.net",
    "net_amount": {"expression": "quantity * unit_price"},
    "channel": {"constant": "rep"},
    "status": {"constant": "confirmed"},
    "currency": {"constant": "EUR"},
}


LINE = '[{""sku"": ""A-2"", ""qty"": 1, ""price"": {""net"": 1}}]'


def order(number: str, lines: Any, **more: Any) -> dict[str, Any]:
    return {"no": number, "at": "2026-01-15", "sku": "the order's", "lines": lines} | more


def line(sku: str, quantity: Any = 1) -> dict[str, Any]:
    return {"sku": sku, "qty": quantity, "price": {"net": 1.50}}


def orders(rows_in: str = "lines", **attributes: Any) -> Any:
    return importer("orders", columns=LINES, file={"format": "jsonl", "rows_in": rows_in} | attributes)


def jsonl(tmp_path: Path, *objects: Any) -> Path:
    return written(tmp_path, "".join(json.dumps(each) + "\n" for each in objects), "orders.jsonl")


class TestLists:
    def test_each_element_makes_a_row_with_the_values_of_its_record(self, tmp_path: Path) -> None:
        path = jsonl(tmp_path, order("S1", [line("A-1"), line("A-2", 2)]), order("S2", [line("A-3")]))
        found = Rows(path, orders())
        assert found.of("order_id", "sku") == [("S1", "A-1"), ("S1", "A-2"), ("S2", "A-3")]
        assert [float(value) for (value,) in found.of("net_amount")] == [1.5, 3, 1.5]
        assert (found.read, found.faults) == (3, [])

    def test_a_column_of_the_same_name_is_the_records_without_the_lists_name(self, tmp_path: Path) -> None:
        path = jsonl(tmp_path, order("S1", [line("A-1")]))
        both = importer("orders", columns=LINES | {"customer_id": "sku"}, file={"format": "jsonl", "rows_in": "lines"})
        assert Rows(path, both).of("customer_id", "sku") == [("the order's", "A-1")]

    @pytest.mark.parametrize("lines", [[], None, {"items": []}, {"items": None}, {}], ids=str)
    def test_a_record_without_elements_makes_no_row_and_is_counted(self, tmp_path: Path, lines: Any) -> None:
        nested = isinstance(lines, dict)
        first = order("S1", {"items": [line("A-1")]} if nested else [line("A-1")])
        path = jsonl(tmp_path, order("S0", lines), first, order("S2", lines))
        columns = {name: rule.replace("lines.", "lines.items.") if nested and isinstance(rule, str) else rule
                   for name, rule in LINES.items()}  # fmt: skip
        settings = importer(
            "orders", columns=columns, file={"format": "jsonl", "rows_in": "lines.items" if nested else "lines"}
        )
        found = Rows(path, settings)
        assert found.of("order_id", "sku") == [("S1", "A-1")]
        assert found.warnings == {WarningCode.WITHOUT_ROWS: 2}
        assert found.read == 1

    def test_a_file_in_which_no_record_has_elements_is_one_without_rows(self, tmp_path: Path) -> None:
        columns = LINES | {"net_amount": {"expression": "[lines.qty] * 2"}, "sku": ["lines.sku", "lines.item"]}
        settings = importer("orders", columns=columns, file={"format": "jsonl", "rows_in": "lines"})
        found = Rows(jsonl(tmp_path, order("S1", []), order("S2", None)), settings)
        assert (found.read, found.faults, found.warnings) == (0, [], {WarningCode.WITHOUT_ROWS: 2})

    def test_an_object_in_the_place_of_a_list_is_its_only_element(self, tmp_path: Path) -> None:
        path = jsonl(tmp_path, order("S1", line("A-1")), order("S2", [line("A-2"), line("A-3")]))
        assert Rows(path, orders()).of("order_id", "sku") == [("S1", "A-1"), ("S2", "A-2"), ("S2", "A-3")]

    def test_numbers_and_truth_values_are_those_of_the_settings(self, tmp_path: Path) -> None:
        path = jsonl(tmp_path, order("S1", [line("A-1", 2.5)]))
        found = Rows(path, orders(decimal=","))
        assert (str(found.values[0]["quantity"]), found.faults) == ("2.500000", [])

    @pytest.mark.parametrize("text", ['"A-1"', "5", '[{"sku": "A-1"', "{]"])
    def test_what_is_no_list_rejects_its_row(self, tmp_path: Path, text: str) -> None:
        quoted = text.replace('"', '""')
        path = written(tmp_path, f'no,at,lines\nS1,2026-01-15,"{quoted}"\nS2,2026-01-15,"{LINE}"\n')
        found = Rows(path, importer("orders", columns=LINES, file={"rows_in": "lines"}))
        assert [fault.line_number for fault in found.faults if fault.code is RowCode.BAD_FORMAT] == [2]
        assert found.read == 2

    def test_a_fault_names_the_element_and_the_record_as_it_came(self, tmp_path: Path) -> None:
        path = jsonl(tmp_path, order("S1", [line("A-1"), line("A-2", "many")]), order("S2", [None]))
        many, *_ = found = Rows(path, orders()).faults
        assert many.message.startswith("lines, no. 2: quantity (from lines.qty): 'many' is not a number")
        assert (many.row_number, many.line_number) == (2, 1)
        assert json.loads(str(many.raw["lines"]))[1]["qty"] == "many"
        assert not any(name.startswith("lines.") for name in many.raw)
        assert {fault.line_number for fault in found[1:]} == {2}

    def test_a_file_without_the_list_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(
            RefusedFile, match=r"list items \(`rows_in`\), which the file does not have. It has: no, at"
        ):
            Rows(jsonl(tmp_path, order("S1", [line("A-1")])), orders("items"))

    @settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30, deadline=None)
    @given(widths=st.lists(st.integers(0, 5), min_size=1, max_size=6), batch=st.integers(1, 4))
    def test_rows_are_numbered_without_gaps_however_the_file_is_cut(
        self, tmp_path: Path, widths: list[int], batch: int
    ) -> None:
        path = jsonl(tmp_path, *(order(f"S{n}", [line(f"A-{k}") for k in range(w)]) for n, w in enumerate(widths)))
        with patch.multiple(sizes, BATCH_ROWS=batch, BATCH_BYTES_OF_LINES=300):
            batches = list(open_shaped_rows(path, path.name, orders()).batches())
        numbers = [number for each in batches for number in each.row_numbers.tolist()]
        assert numbers == list(range(1, sum(widths) + 1))
        lines = [number for each in batches for number in each.line_numbers.tolist()]
        assert lines == [n + 1 for n, width in enumerate(widths) for _ in range(width)]
        assert all(len(each) <= batch for each in batches)
