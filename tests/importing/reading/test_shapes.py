"""The shape of a file's rows before they are mapped: names of columns, added columns, filled cells, rows that count."""

import zipfile
from pathlib import Path
from typing import Any
from unittest.mock import patch

import openpyxl
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from wiseparts_pipeline.config.importer import ImporterSettings
from wiseparts_pipeline.importing.faults import Fault, RefusedFile, WarningCode
from wiseparts_pipeline.importing.reading import sizes
from wiseparts_pipeline.importing.reading.shapes import open_shaped_rows
from wiseparts_pipeline.importing.validation.validator import Validator

ORDER = {
    "order_id": "No",
    "line_no": "Line",
    "placed_at": "Date",
    "customer_id": "Customer",
    "sku": "Item",
    "quantity": "Qty",
    "unit_price": {"constant": "1"},
    "net_amount": {"expression": "quantity * unit_price"},
    "channel": {"constant": "rep"},
    "status": {"constant": "confirmed"},
    "currency": {"constant": "EUR"},
}
STOCK = {"warehouse_id": {"from_name": r"STOCK_(\w+?)_"}, "quantity_available": "qty"}
ABOVE = {"columns": ["order_id", "placed_at", "customer_id"], "from": "above"}


def importer(entity: str, **attributes: Any) -> ImporterSettings:
    return ImporterSettings.model_validate({"entity": entity, "source": "erp", "pattern": "*"} | attributes)


class Rows:
    """A file read as an importer says, two rows in a batch."""

    def __init__(self, path: Path, settings: ImporterSettings, name: str = "") -> None:
        self.values: list[dict[str, Any]] = []
        self.faults: list[Fault] = []
        self.read = 0
        with patch.multiple(sizes, BLOCK=200, CHUNK=50, BATCH_ROWS=2):
            opened = open_shaped_rows(path, name or path.name, settings)
            validator = Validator(settings, opened.columns)
            self.warnings = validator.warnings
            self.missing = validator.missing
            for batch in opened.batches():
                validated = validator.validate(batch)
                self.values += validated.typed.to_pylist()
                self.faults += validated.faults
                self.read += validated.rows_read
                self.warnings += validated.warnings

    def of(self, *columns: str) -> list[tuple[Any, ...]]:
        return [tuple(row[column] for column in columns) for row in self.values]


def written(tmp_path: Path, text: str, name: str = "file.csv") -> Path:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


class TestNames:
    @pytest.mark.parametrize("name", ["Paid Date", "paid_date"])
    def test_a_column_has_any_of_the_names_that_the_settings_list(self, tmp_path: Path, name: str) -> None:
        found = Rows(
            written(tmp_path, f"customer_id,name,{name}\nC1,Alpha,2025-01-31\n"),
            importer("customers", columns={"created_on": ["Paid Date", "paid_date"]}),
        )
        assert found.of("customer_id", "created_on")[0][1].isoformat() == "2025-01-31"

    def test_a_file_with_two_of_the_names_is_refused(self, tmp_path: Path) -> None:
        path = written(tmp_path, "customer_id,name,Firm\nC1,Alpha,Beta\n")
        with pytest.raises(RefusedFile, match=r"The file has name and Firm, which .* for the same column"):
            Rows(path, importer("customers", columns={"name": ["name", "Firm"]}))

    def test_a_missing_column_is_named_with_all_of_its_names(self, tmp_path: Path) -> None:
        found = Rows(
            written(tmp_path, "customer_id,name\nC1,Alpha\n"),
            importer("customers", columns={"created_on": ["Paid Date", "paid_date"], "phone": "Tel"}),
        )
        assert sorted(found.missing) == ["Paid Date or paid_date", "Tel"]
        assert found.warnings == {WarningCode.MISSING_COLUMN: 2}

    @pytest.mark.parametrize(
        ("ours", "theirs"), [("Stückzahl", "Stu\u0308ckzahl"), ("Stu\u0308ckzahl", "Stückzahl"), ("\u212bre", "Åre")]
    )
    def test_accents_may_be_composed_in_any_way(self, tmp_path: Path, ours: str, theirs: str) -> None:
        path = written(tmp_path, f"customer_id,name,{theirs}\nC1,Alpha,5\n")
        found = Rows(path, importer("customers", columns={"credit_limit": ours}))
        assert [float(value) for (value,) in found.of("credit_limit")] == [5]
        template = Rows(path, importer("customers", columns={"phone": {"template": f"+{{{ours}}}"}}))
        assert template.of("phone") == [("+5",)]

    @pytest.mark.parametrize("theirs", ["CREDIT LIMIT", "credit  limit", "CreditLimit", "Credit\u00a0Limit"])
    def test_case_and_blanks_make_no_difference_if_the_importer_says_so(self, tmp_path: Path, theirs: str) -> None:
        path = written(tmp_path, f"CUSTOMER_ID,Name,{theirs}\nC1,Alpha,5\n")
        loose = importer("customers", columns={"credit_limit": "Credit Limit"}, match_columns="loose")
        assert Rows(path, loose).of("customer_id", "name") == [("C1", "Alpha")]
        assert Rows(path, loose).missing == []
        with pytest.raises(RefusedFile, match="customer_id"):
            Rows(path, importer("customers", columns={"credit_limit": "Credit Limit"}))

    def test_two_columns_that_compare_equal_are_told_apart_by_an_exact_name_only(self, tmp_path: Path) -> None:
        path = written(tmp_path, "customer_id,NAME,Name\nC1,Alpha,Beta\n")
        exact = importer("customers", columns={"name": "Name"}, match_columns="loose")
        assert Rows(path, exact).of("name") == [("Beta",)]
        with pytest.raises(RefusedFile, match=r"'NAME' and 'Name' could both be the column 'name'"):
            Rows(path, importer("customers", match_columns="loose"))


class TestAddedColumns:
    def test_a_part_of_the_files_name_is_a_value(self, tmp_path: Path) -> None:
        path = written(tmp_path, "sku,qty\nA-1,5\nA-2,7\nA-3,7\n", "STOCK_ATH_20260131.csv")
        found = Rows(path, importer("inventory", columns=STOCK))
        assert found.of("sku", "warehouse_id") == [("A-1", "ATH"), ("A-2", "ATH"), ("A-3", "ATH")]

    def test_it_can_be_mapped(self, tmp_path: Path) -> None:
        columns = {"warehouse_id": {"from_name": r"STOCK_(\w+?)_", "map": {"ATH": "Athens"}}}
        path = written(tmp_path, "sku,quantity_available\nA-1,5\n", "STOCK_ATH_20260131.csv")
        assert Rows(path, importer("inventory", columns=columns)).of("warehouse_id") == [("Athens",)]

    def test_it_can_be_a_date(self, tmp_path: Path) -> None:
        columns = {"created_on": {"from_name": r"_(\d+)\.", "format": "%Y%m%d"}}
        path = written(tmp_path, "customer_id,name\nC1,Alpha\n", "NEW_20260131.csv")
        ((created_on,),) = Rows(path, importer("customers", columns=columns)).of("created_on")
        assert created_on.isoformat() == "2026-01-31"

    def test_a_sheets_name_and_a_row_above_its_header_are_values(self, tmp_path: Path) -> None:
        workbook = openpyxl.Workbook(write_only=True)
        sheet = workbook.create_sheet("Store SKG")
        sheet.append(["Stock list", None, "of"])
        sheet.append([])
        sheet.append(["counted by", "Anna"])
        sheet.append(["sku", "quantity_available"])
        sheet.append(["A-1", 5])
        workbook.save(tmp_path / "stock.xlsx")
        settings = importer(
            "inventory",
            file={"format": "xlsx", "skip_lines": 3},
            columns={
                "warehouse_id": {"from_sheet": "Store (.*)"},
                "sku": {"from_head": {"line": 3, "pattern": "by (.*)"}},
            },
        )
        assert Rows(tmp_path / "stock.xlsx", settings).of("warehouse_id", "sku") == [("SKG", "Anna")]

    @pytest.mark.parametrize(
        ("file", "text"),
        [
            ({"format": "fixed", "widths": [4, 20], "skip_lines": 1}, "List ATH\nsku quantity_available\nA-1 5\n"),
            ({"format": "jsonl", "skip_lines": 1}, 'List ATH\n{"sku": "A-1", "quantity_available": 5}\n'),
            ({"delimiter": "+|", "skip_lines": 1}, "+|List ATH\nsku+|quantity_available\nA-1+|5\n"),
        ],
    )
    def test_any_format_of_text_may_have_lines_above(self, tmp_path: Path, file: dict[str, Any], text: str) -> None:
        columns = {"warehouse_id": {"from_head": {"line": 1, "pattern": r"List (\w+)"}}}
        found = Rows(written(tmp_path, text), importer("inventory", file=file, columns=columns))
        assert found.of("sku", "warehouse_id") == [("A-1", "ATH")]

    def test_a_file_whose_name_does_not_have_it_is_refused(self, tmp_path: Path) -> None:
        path = written(tmp_path, "sku,qty\nA-1,5\n", "20260131.csv")
        with pytest.raises(RefusedFile, match=r"Column warehouse_id is taken from the file's name by .*'20260131.csv'"):
            Rows(path, importer("inventory", columns=STOCK))

    @pytest.mark.parametrize(
        ("archive", "members", "expected"),
        [
            ("all.csv.zip", ["STOCK_ATH_1.csv", "STOCK_SKG_1.csv"], ["ATH", "SKG"]),
            ("all.csv.zip", ["STOCK_ATH_1.csv"], ["ATH"]),
            ("STOCK_ATH_1.csv.zip", ["in/export.csv"], ["ATH"]),
            ("STOCK_ATH_1.csv.zip", ["STOCK_SKG_1.csv"], ["SKG"]),
        ],
    )
    def test_in_an_archive_it_is_the_members_name_or_else_the_archives(
        self, tmp_path: Path, archive: str, members: list[str], expected: list[str]
    ) -> None:
        with zipfile.ZipFile(tmp_path / archive, "w") as packed:
            for member in members:
                packed.writestr(member, "sku,qty\nA-1,5\n")
        found = Rows(tmp_path / archive, importer("inventory", columns=STOCK))
        assert found.of("warehouse_id") == [(name,) for name in expected]

    def test_a_malformed_row_shows_the_cells_that_the_file_has(self, tmp_path: Path) -> None:
        path = written(tmp_path, "sku,qty\nA-1,5,9\nA-2\n", "STOCK_ATH_1.csv")
        surplus, short = Rows(path, importer("inventory", columns=STOCK)).faults
        assert "The row has 3 cells, the file has 2 columns" in surplus.message
        assert surplus.raw == {"sku": "A-1", "qty": "5", "_file_name": "STOCK_ATH_1.csv", "_surplus": ["9"]}
        assert short.raw == {"sku": "A-2", "qty": "", "_file_name": "STOCK_ATH_1.csv"}

    @pytest.mark.parametrize("name", ["STOCK_ATH_1.csv.errors.csv", "STOCK_ATH_1.csv.errors.csv.errors.csv"])
    @pytest.mark.parametrize("added", ["", ",_file_name"])
    def test_an_error_file_has_the_name_of_its_original(self, tmp_path: Path, name: str, added: str) -> None:
        cell = ",STOCK_ATH_1.csv" if added else ""
        text = f"sku,qty{added},_row,_line,_errors\nA-1,5{cell},1,2,not_a_number: ...\n"
        found = Rows(written(tmp_path, text, name), importer("inventory", columns=STOCK))
        assert found.of("sku", "warehouse_id") == [("A-1", "ATH")]

    def test_a_part_of_a_line_above_the_header_is_a_value(self, tmp_path: Path) -> None:
        settings = importer(
            "inventory",
            file={"skip_lines": 3},
            columns={"warehouse_id": {"from_head": {"line": 2, "pattern": r"Warehouse: (\w+)"}}},
        )
        text = '"Stock list"\nWarehouse: ATH;;\n\nsku,quantity_available\nA-1,5\nA-2,7\nA-3,9\n'
        assert Rows(written(tmp_path, text), settings).of("warehouse_id") == [("ATH",)] * 3
        with pytest.raises(RefusedFile, match=r"warehouse_id is taken from line 2 of the file by .* not found in 'x'"):
            Rows(written(tmp_path, text.replace("Warehouse: ATH;;", "x")), settings)

    def test_an_error_file_without_the_line_is_refused(self, tmp_path: Path) -> None:
        settings = importer(
            "inventory",
            file={"format": "fixed", "widths": [3, 18], "skip_lines": 1},
            columns={"warehouse_id": {"from_head": {"line": 1, "pattern": r"(\w+)$"}}},
        )
        text = "sku,quantity_available,_row,_line,_errors\nA-1,5,1,2,not_a_number: ...\n"
        with pytest.raises(RefusedFile, match="line 1 of the file, which this file does not have"):
            Rows(written(tmp_path, text, "a.txt.errors.csv"), settings)


class TestWhere:
    TEXT = "sku,quantity_available,state\nA-1,5,ok\nTotal,5,\nA-2,,ok\nA-3,7, old \nbroken\nTotal,12,ok\n"

    @pytest.mark.parametrize(
        ("where", "kept"),
        [
            ([{"column": "sku", "not": "Total"}], ["A-1", "A-2", "A-3"]),
            ([{"column": "sku", "not": ["Total", "A-3"]}], ["A-1", "A-2"]),
            ([{"column": "sku", "in": ["A-1", "A-3"]}], ["A-1", "A-3"]),
            ([{"column": "state", "in": "old"}], ["A-3"]),
            ([{"column": "state", "in": ["", "old"]}], ["Total", "A-3"]),
            ([{"column": "sku", "matches": r"^A-\d"}], ["A-1", "A-2", "A-3"]),
            ([{"column": "sku", "not_matches": r"^A-[12]"}], ["Total", "A-3", "Total"]),
            ([{"column": "state", "empty": True}], ["Total"]),
            ([{"column": "quantity_available", "empty": False}, {"column": "sku", "not": "Total"}], ["A-1", "A-3"]),
        ],
    )
    def test_only_rows_that_meet_all_conditions_count(
        self, tmp_path: Path, where: list[dict[str, Any]], kept: list[str]
    ) -> None:
        settings = importer("inventory", where=where, columns={"warehouse_id": {"constant": "ATH"}})
        found = Rows(written(tmp_path, self.TEXT), settings)
        rejected = [fault.key for fault in found.faults if fault.key]
        loaded = {row["sku"] for row in found.values}
        assert loaded | {str(key).partition("/")[0] for key in rejected} == set(kept)
        assert found.warnings[WarningCode.LEFT_OUT] == 5 - len(kept)
        # A row that cannot be read is rejected, as nobody knows whether it counts.
        assert found.read == len(kept) + 1
        assert [(fault.row_number, fault.line_number) for fault in found.faults if fault.code == "column_count"] == [
            (5, 6)
        ]

    def test_a_column_that_the_file_does_not_have_refuses_it(self, tmp_path: Path) -> None:
        settings = importer("inventory", where=[{"column": "Item", "not": "Total"}])
        with pytest.raises(RefusedFile, match=r"Rows are chosen by Item \(`where`\), which the file does not have"):
            Rows(written(tmp_path, self.TEXT), settings)


class TestFillDown:
    def test_the_number_of_a_document_is_filled_in_for_its_other_rows(self, tmp_path: Path) -> None:
        text = (
            "No,Date,Customer,Line,Item,Qty\nS1,2026-01-15,C1,1,A-1,2\n,,,2,A-2,1\n,,,3,A-3,1\n"
            "S2,2026-01-16,,1,A-1,5\n,,,2,A-3,1\nS2,,C9,3,A-4,1\n"
        )
        found = Rows(written(tmp_path, text), importer("orders", columns=ORDER, fill_down=ABOVE))
        assert found.of("order_id", "line_no", "customer_id") == [
            ("S1", 1, "C1"),
            ("S1", 2, "C1"),
            ("S1", 3, "C1"),
            ("S2", 1, None),
            ("S2", 2, None),
            ("S2", 3, "C9"),
        ]
        assert [moment.day for (moment,) in found.of("placed_at")] == [15, 15, 15, 16, 16, 16]

    def test_a_cell_that_a_documents_first_row_lacks_is_not_taken_from_another_document(self, tmp_path: Path) -> None:
        text = "No,Date,Customer,Line,Item,Qty\nS1,2026-01-15,C1,1,A-1,2\nS2,,C1,1,A-1,2\n"
        found = Rows(written(tmp_path, text), importer("orders", columns=ORDER, fill_down=ABOVE))
        assert [(fault.row_number, fault.column, fault.code) for fault in found.faults] == [
            (2, "placed_at", "missing_required")
        ]

    def test_a_row_after_one_that_cannot_be_read_has_no_document(self, tmp_path: Path) -> None:
        text = (
            "No,Date,Customer,Line,Item,Qty\n,,,1,A-0,1\nS1,2026-01-15,C1,1,A-1,2\nS2,2026-01-15,C1,1,A-1,2,surplus\n"
            ",,,2,A-2,1\n,,,3,A-3,1\nS3,2026-01-15,C1,1,A-1,2\n,,,2,A-1,2\n"
        )
        found = Rows(written(tmp_path, text), importer("orders", columns=ORDER, fill_down=ABOVE))
        assert found.of("order_id", "line_no") == [("S1", 1), ("S3", 1), ("S3", 2)]
        faults = {fault.row_number: fault for fault in found.faults}
        assert len(faults) == len(found.faults)
        assert "order_id (from No) is empty, and no row above it has one" in faults[1].message
        assert faults[3].code == "column_count"
        assert "order_id (from No) is empty, and a row above it could not be read" in faults[4].message
        assert faults[5].column == "order_id"

    def test_a_rejected_row_still_gives_its_number_to_those_below(self, tmp_path: Path) -> None:
        text = "No,Date,Customer,Line,Item,Qty\nS1,2026-01-15,C1,1,A-1,many\n,,,2,A-2,1\n"
        found = Rows(written(tmp_path, text), importer("orders", columns=ORDER, fill_down=ABOVE))
        assert found.of("order_id", "line_no") == [("S1", 2)]

    def test_rejected_rows_are_reported_with_the_cells_that_were_filled(self, tmp_path: Path) -> None:
        text = "No,Date,Customer,Line,Item,Qty\nS1,2026-01-15,C1,1,A-1,1\n,,,2,A-2,many\n"
        (fault,) = Rows(written(tmp_path, text), importer("orders", columns=ORDER, fill_down=ABOVE)).faults
        assert fault.raw == {
            "No": "S1",
            "Date": "2026-01-15",
            "Customer": "C1",
            "Line": "2",
            "Item": "A-2",
            "Qty": "many",
        }

    def test_a_document_left_out_by_its_first_row_goes_whole(self, tmp_path: Path) -> None:
        text = "No,Date,Customer,Line,Item,Qty\nS1,2026-01-15,C1,1,A-1,1\n,,,2,A-2,1\nS2,2026-01-15,C2,1,A-2,1\n"
        where = [{"column": "Customer", "not": "C1"}]
        found = Rows(written(tmp_path, text), importer("orders", columns=ORDER, fill_down=ABOVE, where=where))
        assert found.of("order_id") == [("S2",)]
        assert found.warnings[WarningCode.LEFT_OUT] == 2

    def test_a_row_of_an_unknown_document_is_rejected_and_not_left_out(self, tmp_path: Path) -> None:
        text = "No,Date,Customer,Line,Item,Qty\nS1\n,,,2,A-2,1\n"
        where = [{"column": "Customer", "in": "C1"}]
        found = Rows(written(tmp_path, text), importer("orders", columns=ORDER, fill_down=ABOVE, where=where))
        assert sorted(fault.code for fault in found.faults) == ["column_count", "missing_required"]
        assert WarningCode.LEFT_OUT not in found.warnings

    def test_blank_rows_take_nothing(self, tmp_path: Path) -> None:
        text = "No,Date,Customer,Line,Item,Qty\nS1,2026-01-15,C1,1,A-1,1\n,,,,,\n,,,2,A-2,1\n"
        found = Rows(written(tmp_path, text), importer("orders", columns=ORDER, fill_down=ABOVE))
        assert found.of("order_id", "line_no") == [("S1", 1), ("S1", 2)]

    @settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
    @given(
        documents=st.lists(
            st.tuples(st.integers(1, 5), st.sets(st.integers(0, 4)), st.booleans()), min_size=1, max_size=6
        )
    )
    def test_no_row_gets_another_documents_number(
        self, tmp_path: Path, documents: list[tuple[int, set[int], bool]]
    ) -> None:
        """`documents`: how many rows each has, which of them are broken, and whether its number is on all of them."""
        lines, expected = ["No,Date,Customer,Line,Item,Qty"], []
        lost = True
        for position, (rows, broken, repeated) in enumerate(documents):
            for row in range(rows):
                has_number = row == 0 or repeated
                lost = not has_number and lost
                head = f"S{position},2026-01-15,C{position}" if has_number else ",,"
                if row in broken:
                    lost = True
                    lines.append(f"{head},{row + 1}")
                    continue
                lines.append(f"{head},{row + 1},A-1,1")
                if not lost:
                    expected.append((f"S{position}", row + 1, f"C{position}"))
        # A file of broken rows alone is refused.
        assume(any("A-1" in line for line in lines))
        found = Rows(written(tmp_path, "\n".join(lines) + "\n"), importer("orders", columns=ORDER, fill_down=ABOVE))
        assert found.of("order_id", "line_no", "customer_id") == expected
        assert found.read == len(lines) - 1


@pytest.mark.parametrize(("written", "asked"), [("Für", "Fu\u0308r"), ("Fu\u0308r", "Für"), ("\u200bFür ", "Für")])
def test_words_in_where_may_have_their_accents_apart(tmp_path: Path, written: str, asked: str) -> None:
    path = tmp_path / "STOCK_ATH_1.csv"
    path.write_text(f"sku,qty,state\nA,1,{written}\nB,2,x\n", encoding="utf-8")
    for condition, expected in (({"in": asked}, "A"), ({"not": asked}, "B")):
        rows = Rows(path, importer("inventory", columns=STOCK, where=[{"column": "state"} | condition]))
        assert rows.of("sku") == [(expected,)]
