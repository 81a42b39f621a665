"""A file's cells become an entity's columns by each form of `columns:`, or a row is reported with what is wrong."""

import unicodedata
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
import pyarrow as pa
import pytest

from wiseparts_pipeline.config.importer import ImporterSettings
from wiseparts_pipeline.entities import ENTITIES
from wiseparts_pipeline.importing.faults import Fault, RefusalCode, RefusedFile, RowCode
from wiseparts_pipeline.importing.reading import open_rows, sizes
from wiseparts_pipeline.importing.validation.rules import FaultMasks
from wiseparts_pipeline.importing.validation.validated import CORRECTS
from wiseparts_pipeline.importing.validation.validator import Validator


def importer(entity: str, **attributes: Any) -> ImporterSettings:
    return ImporterSettings.model_validate({"entity": entity, "source": "erp", "pattern": "*.csv"} | attributes)


class Read:
    """A text read as an importer says, in batches of two rows, so that state kept between batches is tested."""

    def __init__(
        self,
        tmp_path: Path,
        settings: ImporterSettings,
        text: str | bytes,
        *,
        corrects: bool = False,
        name: str = "file.csv",
    ) -> None:
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode(settings.file.encoding))
        self.faults: list[Fault] = []
        tables, self.read, self.rejected = [], 0, 0
        with patch.multiple(sizes, BLOCK=200, CHUNK=50, BATCH_ROWS=2):
            opened = open_rows(path, name, settings.file)
            validator = Validator(settings, opened.columns, corrects=corrects)
            self.warnings = validator.warnings
            self.columns = validator.columns
            self.gaps: list[tuple[int, str]] = []
            self.corrects: list[int | None] = []
            for batch in opened.batches():
                validated = validator.validate(batch)
                tables.append(validated.typed)
                self.faults += validated.faults
                self.gaps += validated.rejected_sequence_keys
                if corrects:
                    self.corrects += validated.literals[CORRECTS].to_pylist()
                self.warnings.update(validated.warnings)
                self.read += validated.rows_read
                self.rejected += validated.rows_rejected
        self.table = pa.concat_tables(tables) if tables else None

    def __getitem__(self, column: str) -> list[Any]:
        assert self.table is not None
        values: list[Any] = self.table[column].to_pylist()
        return values

    @property
    def codes(self) -> list[tuple[int, str | None, str]]:
        return [(fault.row_number, fault.column, fault.code.value) for fault in self.faults]


def quotes(columns: Mapping[str, Any], **attributes: Any) -> ImporterSettings:
    """An importer of quotes whose other required columns are constants."""
    given = {"line_no": {"constant": 1}, "quoted_on": {"constant": "2025-01-31"}, "currency": {"constant": "EUR"}}
    return importer("quotes", columns={"status": {"constant": "open"}} | given | dict(columns), **attributes)


@pytest.mark.parametrize(
    ("rule", "cells", "expected"),
    [
        ("x", ["a", "  a b\t", "", "NULL", "00123", "1E5"], ["a", "a b", None, None, "00123", "1E5"]),
        ({"from": "x"}, ["a"], ["a"]),
        ({"constant": "GBP"}, ["a", ""], ["GBP", "GBP"]),
        ({"from": "x", "default": "none"}, ["a", ""], ["a", "none"]),
        ({"from": "x", "extract": r"^(\d+)"}, ["12-b", "b", ""], ["12", None, None]),
        ({"from": "x", "extract": r"^(\d+)", "default": "0"}, ["12-b", "b", ""], ["12", "0", "0"]),
        ({"from": "x", "extract": r"a(b)?"}, ["ab", "a"], ["b", None]),
        ({"from": "x", "map": {"1": "one"}}, ["1", "2", ""], ["one", "2", None]),
        ({"from": "x", "map": {"1": "one", "": "nothing"}}, ["1", "2", ""], ["one", "2", "nothing"]),
        ({"from": "x", "map": {"1": "one"}, "default": "other"}, ["1", "2", ""], ["one", "other", "other"]),
        ({"from": "x", "map": {"1": ""}}, ["1", "2"], [None, "2"]),
        ({"from": "x", "extract": "^(C?)", "map": {"C": "credit", "": "invoice"}}, ["C7", "7", ""],
         ["credit", "invoice", "invoice"]),
        ({"template": "S{x}"}, ["1", "", " 2 "], ["S1", None, "S2"]),
        ({"template": "{x}-{y}"}, ["1"], ["1-y"]),
        ({"template": "{x?}-{y}"}, ["1", ""], ["1-y", "-y"]),
        ({"template": "{x?}"}, ["1", ""], ["1", None]),
        ({"template": "{x}/{empty}"}, ["1"], [None]),
        ({"template": "{x}/{empty}", "default": "none"}, ["1"], ["none"]),
        ({"template": "{x}-{y}", "extract": "-(.*)", "map": {"y": "why"}}, ["1"], ["why"]),
        ({"template": "{x} {empty?}"}, ["1"], ["1"]),
        ({"template": " {x?}{empty?} "}, ["1", ""], ["1", None]),
        ({"template": "{x}LL"}, ["NU"], [None]),
        ({"from": "x", "extract": "(.*)-"}, ["a -b", "NULL-b", " -b", "-b"], ["a", None, None, None]),
        ({"from": "x", "extract": "(.*)-", "map": {"a": "one", "": "none"}}, ["a -b", " -b"], ["one", "none"]),
    ],
)  # fmt: skip
def test_a_column_follows_its_rule(
    tmp_path: Path, rule: Any, cells: Sequence[str], expected: Sequence[str | None]
) -> None:
    lines = [f'{number},"{cell}",y,' for number, cell in enumerate(cells)]
    found = Read(tmp_path, quotes({"quote_id": "id", "lost_reason": rule}), "\n".join(["id,x,y,empty", *lines]))
    assert found["lost_reason"] == expected
    assert found.faults == []


def test_an_amount_in_another_currency_than_its_row_is_rejected(tmp_path: Path) -> None:
    columns = {"currency": "cur", "net_amount": "x"}
    rows = ["1,EUR,5 €", "2,EUR,5 USD", "3,eur,EUR 5", "4,USD,$5", "5,EUR,$5", "6,SEK,5 kr", "7,EUR,5"]
    found = Read(tmp_path, quotes(columns), "\n".join(["quote_id,cur,x", *rows]))
    assert {fault.row_number for fault in found.faults if fault.column == "net_amount"} == {2, 5}
    assert "The currency beside it is not that of the row." in found.faults[0].message


def test_a_fault_that_is_found_later_does_not_hide_those_of_other_rows(tmp_path: Path) -> None:
    """Amounts that are no number beside one in another currency, and ones that are too large beside one too small."""
    settings = importer("sales", columns={"line_no": {"constant": 1}}, file={"delimiter": ";"})
    head = "invoice_id;invoice_date;currency;quantity;unit_price;net_amount;tax_amount"
    rows = ["1;2025-01-31;EUR;1;1;1;abc", "2;2025-01-31;EUR;1;1;1;5 USD"]
    found = Read(tmp_path, settings, "\n".join([head, *rows]))
    assert found.codes == [(1, "tax_amount", "not_a_number"), (2, "tax_amount", "not_a_number")]
    assert "The currency" not in found.faults[0].message

    masks = FaultMasks(3)
    masks.add("a", RowCode.OUT_OF_RANGE, np.array([True, False, False]))
    masks.add_all("a", {RowCode.OUT_OF_RANGE: pa.array([False, True, False])})
    assert masks.faulty("a").tolist() == [True, True, False]


@pytest.mark.parametrize("character", ["\u200b", "\u00ad", "\u200e", "\ufeff", "\u2060"])
def test_characters_that_cannot_be_seen_are_no_part_of_an_identifier(tmp_path: Path, character: str) -> None:
    """Around a text they are like blanks; within one, they reject a key and a reference, and stay in other texts."""
    cells = [f"{character}A1 {character},,", f"A{character}2,,", f"A3,C{character}1,", f"A4,,co{character}op"]
    found = Read(tmp_path, quotes({}), "\n".join(["quote_id,customer_id,lost_reason", *cells]))
    assert found["quote_id"] == ["A1", "A4"]
    assert found["lost_reason"] == [None, f"co{character}op"]
    assert found.codes == [(2, "quote_id", "bad_format"), (3, "customer_id", "bad_format")]
    assert "<U+" in found.faults[0].message
    assert "Delete the characters that cannot be seen." in found.faults[0].message


@pytest.mark.parametrize(
    ("cell", "hint"),
    [
        ('="00123"', """`extract: '^="(.*)"$'` takes the text"""),
        ("A\x1d1", "cannot be seen"),
        ("A\x7f", "cannot be seen"),
        ("M\ufffdller", "a letter that was lost"),
    ],
)
def test_a_key_with_a_control_character_or_a_lost_letter_is_rejected(tmp_path: Path, cell: str, hint: str) -> None:
    found = Read(tmp_path, quotes({}), f"quote_id,lost_reason\n{cell},x\nB,{cell}\n")
    assert found.codes == [(1, "quote_id", "bad_format")]
    assert hint in found.faults[0].message
    assert found["lost_reason"] == [cell]


def test_several_values_are_no_identifier(tmp_path: Path) -> None:
    lines = ['{"quote_id": "A"}', '{"quote_id": ["B", "C"]}', '{"quote_id": "D", "customer_id": {"no": 1}}']
    found = Read(tmp_path, quotes({}, file={"format": "jsonl"}), "\n".join(lines), name="file.jsonl")
    assert found["quote_id"] == ["A"]
    assert found.codes == [(2, "quote_id", "bad_format"), (3, "customer_id", "bad_format")]
    assert "several values where one is expected" in found.faults[0].message


def test_words_of_a_map_may_have_their_accents_apart(tmp_path: Path) -> None:
    rule = {"from": "x", "map": {"gesperrt für": "lost"}, "default": "open"}
    apart = unicodedata.normalize("NFD", "gesperrt für")
    found = Read(tmp_path, quotes({"quote_id": "id", "status": rule}), f"id,x\n1,gesperrt für\n2,{apart}\n3,x\n")
    assert found["status"] == ["lost", "lost", "open"]


def test_a_columns_own_format_is_used_for_it_alone(tmp_path: Path) -> None:
    columns = {"quoted_on": {"from": "x", "format": ["%d/%m/%Y %H:%M", "%d/%m/%Y"]}}
    found = Read(tmp_path, quotes(columns), "quote_id,x,decided_on\n1,31/01/2025 10:00,2025-02-01\n2,1/2/2025,\n")
    assert found["quoted_on"] == [date(2025, 1, 31), date(2025, 2, 1)]
    assert found["decided_on"] == [date(2025, 2, 1), None]


def test_a_template_may_make_a_time(tmp_path: Path) -> None:
    rule = {"template": "{day} {time}", "format": "%y%m%d %H:%M:%S"}
    others = {"direction": {"constant": "inbound"}, "disposition": {"constant": "lost"}}
    settings = importer("calls", columns={"started_at": rule} | others, timezone="Asia/Jerusalem")
    found = Read(tmp_path, settings, "call_id,day,time\n1,990101,9:05:01\n")
    assert found["started_at"] == [datetime(1999, 1, 1, 7, 5, 1, tzinfo=UTC)]


def test_an_expression_is_computed_from_converted_columns(tmp_path: Path) -> None:
    settings = quotes({"net_amount": {"expression": "quantity * unit_price"}}, file={"decimal": ",", "delimiter": ";"})
    found = Read(tmp_path, settings, "quote_id;quantity;unit_price\n1;2;0,125\n2;;1\n3;x;1\n")
    assert found["net_amount"] == [Decimal("0.25"), None]
    assert found.codes == [(3, "quantity", "not_a_number")]


def test_a_required_result_is_not_reported_as_empty_where_one_of_its_operands_is_faulty(tmp_path: Path) -> None:
    constants = {"invoice_date": "2025-01-31", "currency": "EUR", "line_no": 1}
    columns = {name: {"constant": value} for name, value in constants.items()}
    settings = importer("sales", columns=columns | {"net_amount": {"expression": "quantity * unit_price"}})
    found = Read(tmp_path, settings, "invoice_id,quantity,unit_price\n1,x,1\n2,1,1\n")
    assert found.codes == [(1, "quantity", "not_a_number")]


def test_a_result_that_does_not_exist_rejects_its_row(tmp_path: Path) -> None:
    settings = quotes({"net_amount": {"expression": "quantity / unit_price"}})
    found = Read(tmp_path, settings, "quote_id,quantity,unit_price\n1,1,0\n2,99999999999999,0.000001\n3,1,4\n")
    assert found.codes == [(1, "net_amount", "out_of_range"), (2, "net_amount", "out_of_range")]
    assert found["net_amount"] == [Decimal("0.25")]


def test_cells_are_filled_down_within_a_key_and_over_batches(tmp_path: Path) -> None:
    settings = quotes(
        {"status": "status", "customer_id": "who"},
        fill_down={"within": "quote_id", "columns": ["status", "customer_id"]},
    )
    text = "quote_id,who,status\n" + "".join(
        f"{row}\n"
        for row in ["A,anna,won", "A,,", "A,,", "A,bert,", "A,,", "B,,open", "B,,", "C,,lost", ",x,", "A,,draft", "A,,"]
    )
    found = Read(tmp_path, settings, text)
    assert found["customer_id"] == ["anna", "anna", "anna", "bert", "anna", None, None, None, None, None]
    assert found["status"] == ["won"] * 5 + ["open"] * 2 + ["lost"] + ["draft"] * 2
    assert found.codes == [(9, "quote_id", "missing_required"), (9, "status", "missing_required")]


def test_rejected_rows_keep_their_place_in_a_sequence(tmp_path: Path) -> None:
    settings = quotes({"line_no": {"sequence_within": "quote_id"}, "status": "status"})
    found = Read(tmp_path, settings, "quote_id,status\nA,won\nA,bad\n,won\nA,won\nA,won,1\n")
    assert found.gaps == [(2, "A")]
    assert "line_no" not in found.columns


def test_an_error_file_of_no_known_file_is_refused_where_a_sequence_would_renumber_its_rows(tmp_path: Path) -> None:
    settings = quotes({"line_no": {"sequence_within": "quote_id"}, "status": "status"})
    with pytest.raises(RefusedFile, match="Give it back the name that it had in errors/") as refused:
        Read(tmp_path, settings, "quote_id,status,_row,_line,_errors\nA,won,2,3,not_in_set: ...\n")
    assert refused.value.code is RefusalCode.UNREADABLE


def test_a_row_of_an_error_file_names_the_row_that_it_corrects(tmp_path: Path) -> None:
    settings = quotes({"line_no": {"sequence_within": "quote_id"}, "status": "status"})
    text = "quote_id,status,_row,_line,_errors\nA,won,2,3,x\nA,won,,3,x\nA,won,two,3,x\n"
    found = Read(tmp_path, settings, text, corrects=True)
    assert found.corrects == [2, None, None]
    assert found.faults == []


def test_a_column_that_the_file_lacks_is_left_alone(tmp_path: Path) -> None:
    found = Read(tmp_path, quotes({"lost_reason": "why", "order_id": {"template": "{a}{b}"}}), "quote_id,a\n1,x\n")
    assert {"lost_reason", "order_id", "customer_id"}.isdisjoint(found.columns)
    assert found.warnings == {"missing_column": 2}


def test_a_default_is_used_for_an_empty_cell_and_for_a_missing_column_that_every_row_needs(tmp_path: Path) -> None:
    found = Read(tmp_path, importer("inventory"), "sku,quantity_available\nA,1\n")
    assert found["warehouse_id"] == ["MAIN"]
    found = Read(tmp_path, importer("inventory"), "sku,warehouse_id,quantity_available\nA,,1\nA,W,1\n")
    assert found["warehouse_id"] == ["MAIN", "W"]


def test_columns_that_begin_with_an_underscore_are_ignored(tmp_path: Path) -> None:
    found = Read(tmp_path, quotes({}), "quote_id,_row,_line,_errors,_source\n1,2,3,x,y\n")
    assert found.faults == []
    assert not [name for name in found.columns if name.startswith("_")]


def test_an_empty_cell_is_null_whatever_the_null_values_are(tmp_path: Path) -> None:
    settings = quotes({}, file={"null_values": ["-"]})
    found = Read(tmp_path, settings, "quote_id,customer_id,quantity\n1,,\n2,-,-\n3,NULL,3\n")
    assert found["customer_id"] == [None, None, "NULL"]
    assert found["quantity"] == [None, None, Decimal(3)]


@pytest.mark.parametrize(
    ("cells", "column", "code", "message"),
    [
        ("1,2025-02-31,1,1,won", "quoted_on", "not_a_date", "quoted_on (from day): '2025-02-31' is not a date"),
        ("1,2025-02-01,x,1,won", "quantity", "not_a_number", "'x' is not a number. Write it like 1234.50"),
        ("1,2025-02-01,1,1e20,won", "unit_price", "out_of_range", "'1e20' is out of range"),
        ("1,2025-02-01,1,1,Won", "status", "not_in_set", "Allowed: draft, open, won, lost, expired"),
        (",2025-02-01,1,1,won", "quote_id", "missing_required", "quote_id is empty"),
        ("K" * 256 + ",2025-02-01,1,1,won", "quote_id", "too_long", "At most 255 characters"),
        ("1,2025-02-01,1,1", None, "column_count", "The row has 4 cells, the file has 5 columns"),
        ("1,2025-02-01,1,1,won,x", None, "column_count", "The row has 6 cells, the file has 5 columns"),
    ],
)
def test_a_faults_message_says_what_is_wrong_and_what_is_expected(
    tmp_path: Path, cells: str, column: str | None, code: str, message: str
) -> None:
    settings = quotes({"quoted_on": "day", "status": "status"})
    with patch.object(sizes, "BLOCK", 1000):
        found = Read(tmp_path, settings, f"quote_id,day,quantity,unit_price,status\n{cells}\n0,2025-01-01,1,1,won\n")
    assert found.codes == [(1, column, code)]
    assert message in found.faults[0].message
    assert found.faults[0].line_number == 2
    assert found["quote_id"] == ["0"]
    assert (found.read, found.rejected) == (2, 1)


@pytest.mark.parametrize(
    ("entity", "row", "message"),
    [
        ("contacts", {"is_primary": "maybe"}, "is_primary: 'maybe' is neither yes nor no. Allowed: "),
        (
            "customers",
            {"country_code": "Greece"},
            "country_code: 'Greece' is not in the right form. It must look like GR.",
        ),
        ("calls", {"talk_seconds": "-1"}, "talk_seconds: '-1' is out of range. The smallest allowed value is 0."),
        ("calls", {"talk_seconds": "1.5"}, "talk_seconds: '1.5' is not a whole number. Write it like 1234."),
    ],
)
def test_the_message_of_a_rule_states_what_the_entity_allows(
    tmp_path: Path, entity: str, row: dict[str, str], message: str
) -> None:
    definition = ENTITIES[entity]
    needed = [column for column in definition.columns if column.required or column.name in definition.key]
    cells = {column.name: str(column.example) for column in needed} | row
    found = Read(tmp_path, importer(entity), f"{','.join(cells)}\n{','.join(cells.values())}\n")
    (fault,) = found.faults
    assert fault.message.startswith(message)


def test_a_row_with_several_faults_has_one_for_each(tmp_path: Path) -> None:
    settings = quotes({"status": "status"})
    found = Read(tmp_path, settings, "quote_id,quantity,unit_price,status\n,x,y,z\n1,1,1,won\n")
    assert sorted(found.codes, key=str) == [
        (1, "quantity", "not_a_number"),
        (1, "quote_id", "missing_required"),
        (1, "status", "not_in_set"),
        (1, "unit_price", "not_a_number"),
    ]
    assert (found.read, found.rejected) == (2, 1)


def test_bytes_that_are_not_text_reject_a_row_only_in_columns_that_are_used(tmp_path: Path) -> None:
    text = b"quote_id,lost_reason,unused\n1,caf\xe9,x\n2,ok,caf\xe9\n3,a\x00b,x\n"
    found = Read(tmp_path, quotes({}), text)
    assert found.codes == [(1, "lost_reason", "bad_encoding"), (3, "lost_reason", "bad_encoding")]
    assert found.faults[0].value == "caf\\xe9"
    assert found["quote_id"] == ["2"]


def test_a_row_of_the_wrong_length_is_kept_whole(tmp_path: Path) -> None:
    settings = quotes({}, file={"delimiter": "||"})
    found = Read(tmp_path, settings, 'quote_id||a||b\n1||"x||y"||z||"more"\n2||x\n')
    assert [fault.raw for fault in found.faults] == [
        {"quote_id": "1", "a": "x||y", "b": "z", "_surplus": ["more"]},
        {"quote_id": "2", "a": "x", "b": ""},
    ]


@pytest.mark.parametrize(
    ("settings", "header", "message"),
    [
        (importer("quotes"), "quote_id,line_no", "quoted_on, currency, status"),
        (quotes({"status": "state"}), "quote_id", "Column status is made of state"),
        (quotes({"net_amount": {"expression": "quantity * unit_price"}}), "quote_id,quantity", "unit_price"),
        (quotes({"line_no": {"sequence_within": "order_id"}}), "quote_id", "order_id"),
        (quotes({}, fill_down={"within": "order_id", "columns": ["currency"]}), "quote_id", "order_id"),
        (importer("customers"), "phone", "customer_id"),
        (importer("products"), "sku,name", "product_id"),
    ],
)
def test_a_file_without_a_column_that_every_row_needs_is_refused(
    tmp_path: Path, settings: ImporterSettings, header: str, message: str
) -> None:
    with pytest.raises(RefusedFile, match=message) as raised:
        Read(tmp_path, settings, f"{header}\n")
    assert raised.value.code is RefusalCode.MISSING_COLUMN
    assert f"It has: {', '.join(header.split(','))}." in str(raised.value)


@pytest.mark.parametrize(("entity", "header"), [("customers", "name"), ("products", "system_id,sku,name")])
def test_a_file_may_identify_records_without_the_external_key(tmp_path: Path, entity: str, header: str) -> None:
    found = Read(tmp_path, importer(entity), f"{header}\n")
    assert set(header.split(",")) <= set(found.columns)


def test_a_system_id_is_a_uuid(tmp_path: Path) -> None:
    given = "0B8F5C1E-9D3A-4C57-8F26-3F1F6F0F7A11"
    found = Read(tmp_path, importer("customers"), f"system_id,customer_id\n{given},C1\n,C2\n17,C3\n")
    assert found["customer_id"] == ["C1", "C2"]
    assert [value and value.lower() for value in found["system_id"]] == [given.lower(), None]
    assert found.codes == [(3, "system_id", "bad_format")]


def test_entities_other_than_master_data_have_no_system_id(tmp_path: Path) -> None:
    found = Read(tmp_path, quotes({}), "quote_id,system_id\n1,x\n")
    assert "system_id" not in found.columns
    assert found.faults == []


OWN = {"quote_id": "No", "net_amount": {"expression": "Menge * [Unit Price]"}, "currency": {"constant": "EUR"}}


def test_an_expression_is_computed_from_the_files_own_columns(tmp_path: Path) -> None:
    settings = quotes(OWN, file={"decimal": ",", "thousands": ".", "delimiter": ";"})
    found = Read(tmp_path, settings, "No;Menge;Unit Price\n1;3;1.000,50\n2;2;5,00 EUR\n3;;1\n4;1;-1\n")
    assert found["net_amount"] == [Decimal("3001.5"), Decimal(10), None, Decimal(-1)]
    assert found.faults == []


def test_what_is_no_number_in_the_files_own_columns_names_them_and_the_column(tmp_path: Path) -> None:
    text = "No,Menge,Unit Price\n1,many,2\n2,1,5 USD\n3,2,2\n4,1,#N/A\n"
    found = Read(tmp_path, quotes(OWN), text)
    assert found["quote_id"] == ["3"]
    assert found.codes == [
        (1, "net_amount", "not_a_number"), (2, "net_amount", "not_a_number"), (4, "net_amount", "spreadsheet_error"),
    ]  # fmt: skip
    assert found.faults[0].message.startswith("net_amount (from Menge): 'many' is not a number")
    assert found.faults[1].message.startswith("net_amount (from Unit Price): '5 USD'")


def test_an_empty_cell_that_a_required_column_is_computed_from_names_the_files_columns(tmp_path: Path) -> None:
    columns = {"line_no": {"constant": 1}, "net_amount": {"expression": "Menge * Preis"}, "quantity": "Menge"}
    settings = importer("sales", columns=columns | {"unit_price": "Preis"})
    head = "invoice_id,invoice_date,currency,Menge,Preis"
    found = Read(tmp_path, settings, f"{head}\n1,2025-01-31,EUR,2,\n")
    assert found.faults[0].message == "unit_price (from Preis) is empty. Every row needs it."


@pytest.mark.parametrize(
    ("expression", "amount"),
    [("quantity * 2", 6), ("[quantity] * 2", 10), ("quantity * [quantity]", 15), ("`QTY` + quantity", 6)],
)
def test_a_canonical_column_comes_before_one_of_the_file_unless_it_is_in_brackets(
    tmp_path: Path, expression: str, amount: int
) -> None:
    columns = {"quantity": "QTY", "net_amount": {"expression": expression}}
    found = Read(tmp_path, quotes(columns), "quote_id,QTY,quantity\n1,3,5\n")
    assert found["net_amount"] == [Decimal(amount)]


def test_a_name_in_an_expression_that_nothing_has_is_refused_with_what_there_is(tmp_path: Path) -> None:
    expected = "Column net_amount is computed from Mnge, Unit Price, which the file does not have. It has: No, Menge"
    with pytest.raises(RefusedFile, match=expected):
        Read(tmp_path, quotes(OWN | {"net_amount": {"expression": "Mnge * [Unit Price]"}}), "No,Menge\n1,2\n")


def test_names_in_an_expression_are_compared_as_those_of_other_columns(tmp_path: Path) -> None:
    found = Read(tmp_path, quotes(OWN, match_columns="loose"), "NO,menge,UNIT  PRICE\n1,2,3\n")
    assert found["net_amount"] == [Decimal(6)]


def test_a_code_that_is_not_known_is_loaded_as_it_is_and_warned_of(tmp_path: Path) -> None:
    settings = importer("supplier_offers", columns={})
    text = "supplier_item_id,supplier_id,condition_id,availability_code\n1,S,1,6\n2,S,99,\n3,S,12,five\n4,S,,99\n"
    found = Read(tmp_path, settings, text)
    assert found.warnings == {"unknown_code": 3}
    assert found.faults == []
    assert found["condition_id"] == ["1", "99", "12", None]
