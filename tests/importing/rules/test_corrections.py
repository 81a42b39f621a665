"""The error file comes back with corrected rows, and their old entries are resolved."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.importing.drop import counts
from tests.importing.rules.imports import Imports
from tests.importing.test_error_files import COLUMNS, DIALECTS, cells_of, written
from wiseparts_pipeline.importing.error_files import write_error_file
from wiseparts_pipeline.importing.results import FileResult

QUOTES: dict[str, Any] = {"columns": {"quoted_on": {"constant": "2025-01-31"}, "currency": {"constant": "EUR"}}}
NUMBERED: dict[str, Any] = {"columns": QUOTES["columns"] | {"line_no": {"sequence_within": "quote_id"}}}
HEADER = "quote_id,line_no,status,net_amount"
ERRORS = "2025-01-01.csv.errors.csv"


def stored(imports: Imports) -> list[tuple[Any, ...]]:
    return imports.stored("quotes", "quote_id", "line_no", "net_amount::int")


def returned(imports: Imports, text: str, name: str = ERRORS, **importer: Any) -> FileResult:
    """Imports a corrected error file."""
    return imports("quotes", 1, *text.splitlines(), name=name, **(importer or QUOTES))


def test_a_corrected_error_file_resolves_the_entries_of_its_rows(imports: Imports) -> None:
    imports("quotes", 1, HEADER, "A,1,won,1", "A,2,bad,2", "B,1,worse,x", **QUOTES)
    corrected = imports.error_file("quotes").replace("A,2,bad", "A,2,won").replace("worse,x", "lost,3")
    found = returned(imports, corrected)
    assert (counts(found), found.status) == ({"read": 2, "created": 2}, "imported")
    assert stored(imports) == [("A", 1, 1), ("A", 2, 2), ("B", 1, 3)]
    assert imports.entries("row_number", "code", "status", "resolved_by_file_id", "resolved_at is not null") == [
        (2, "not_in_set", "resolved", found.file.file_id, True),
        (3, "not_a_number", "resolved", found.file.file_id, True),
        (3, "not_in_set", "resolved", found.file.file_id, True),
    ]
    assert imports.counts()[0] == {"read": 3, "created": 1, "rejected": 2}


def test_a_row_that_is_still_wrong_is_reported_again_in_the_error_file_of_the_error_file(imports: Imports) -> None:
    imports("quotes", 1, HEADER, "A,1,bad,1", "A,2,bad,2", **QUOTES)
    again = returned(imports, imports.error_file("quotes").replace("A,1,bad", "A,1,won"))
    assert counts(again) == {"read": 2, "created": 1, "rejected": 1}
    assert imports.entries("file_id", "key", "status") == [
        (again.file.file_id - 1, "A/1", "resolved"),
        (again.file.file_id - 1, "A/2", "resolved"),
        (again.file.file_id, "A/2", "rejected"),
    ]
    text = imports.error_file("quotes", f"{ERRORS}.errors.csv")
    assert text.splitlines()[0].count("_row") == 1
    last = returned(imports, text.replace("A,2,bad", "A,2,won"), f"{ERRORS}.errors.csv")
    assert counts(last) == {"read": 1, "created": 1}
    assert imports.entries("status") == [("resolved",)] * 3


def test_a_row_that_is_not_sent_back_stays_rejected(imports: Imports) -> None:
    imports("quotes", 1, HEADER, "A,1,bad,1", "A,2,bad,2", **QUOTES)
    header, first, _ = imports.error_file("quotes").splitlines()
    returned(imports, f"{header}\n{first.replace('A,1,bad', 'A,1,won')}\n")
    assert imports.entries("key", "status") == [("A/1", "resolved"), ("A/2", "rejected")]


def test_a_row_is_identified_by_its_number_where_its_key_was_wrong(imports: Imports) -> None:
    imports("quotes", 1, HEADER, ",1,won,1", "A,one,won,2", "B,1", **QUOTES)
    corrected = imports.error_file("quotes").replace(",1,won,1,", "C,1,won,1,").replace("A,one", "A,1")
    found = returned(imports, corrected.replace("B,1,,,", "B,1,won,3,"))
    assert counts(found) == {"read": 3, "created": 3}
    assert set(imports.entries("status")) == {("resolved",)}


def test_the_same_rows_in_a_whole_file_are_resolved_as_well(imports: Imports) -> None:
    imports("quotes", 1, HEADER, "A,1,bad,1", "A,2,bad,2", "B,1,bad,3", **QUOTES)
    found = imports("quotes", 2, HEADER, "A,1,won,1", "A,2,bad,2", **QUOTES)
    assert imports.entries("key", "status", "resolved_by_file_id") == [
        ("A/1", "resolved", found.file.file_id),
        ("A/2", "rejected", None),
        ("B/1", "rejected", None),
        ("A/2", "rejected", None),
    ]


def test_an_older_file_resolves_nothing_of_a_newer_one(imports: Imports) -> None:
    imports("quotes", 2, HEADER, "A,1,bad,1", **QUOTES)
    imports("quotes", 1, HEADER, "A,1,won,1", **QUOTES)
    assert imports.entries("status") == [("rejected",)]


def test_a_correction_does_not_overwrite_changes_of_a_newer_file(imports: Imports) -> None:
    imports("quotes", 1, HEADER, "A,1,bad,1", **QUOTES)
    imports("quotes", 2, HEADER, "A,1,won,2", **QUOTES)
    found = returned(imports, imports.error_file("quotes", ERRORS).replace("bad", "won"))
    assert (counts(found), found.file.warnings) == ({"read": 1, "unchanged": 1}, {"stale": 1})
    assert stored(imports) == [("A", 1, 2)]


def test_a_corrected_row_may_be_deferred(imports: Imports) -> None:
    waits = QUOTES | {"references": {"customer_id": "wait"}}
    imports("quotes", 1, "quote_id,line_no,status,customer_id", "A,1,bad,C1", **waits)
    corrected = imports.error_file("quotes").replace("A,1,bad", "A,1,won")
    assert counts(returned(imports, corrected, **waits)) == {"read": 1, "waiting": 1}
    assert imports.entries("code", "status") == [("not_in_set", "resolved"), ("unknown_reference", "waiting")]
    imports("customers", 2, "customer_id,name", "C1,n")
    assert set(imports.entries("status")) == {("resolved",)}


def test_a_conflict_that_is_corrected_is_resolved(imports: Imports) -> None:
    header = "product_id,sku,name"
    imports("products", 1, header, "P1,S1,a")
    imports("products", 1, header, "P2,S1,b", "P3,S3,c", "P3,S4,d", name="2025-01-01_b.csv")
    text = imports.error_file("products").replace("P2,S1", "P2,S2").replace("P3,S4", "P4,S4")
    found = imports("products", 1, *text.splitlines(), name="2025-01-01_b.csv.errors.csv")
    assert counts(found) == {"read": 3, "created": 3}
    assert set(imports.entries("status")) == {("resolved",)}


def test_the_error_file_of_a_repeated_name_is_identified_by_its_id(imports: Imports) -> None:
    first = imports("quotes", 1, HEADER, "A,1,bad,1", **QUOTES)
    second = imports("quotes", 1, HEADER, "B,1,bad,1", **QUOTES)
    name = f"2025-01-01.{second.file.file_id}.csv.errors.csv"
    returned(imports, imports.error_file("quotes", name).replace("B,1,bad", "B,2,won"), name)
    assert imports.entries("file_id", "status") == [
        (first.file.file_id, "rejected"),
        (second.file.file_id, "resolved"),
    ]


def test_an_error_file_under_another_name_is_loaded_and_resolves_by_key(imports: Imports) -> None:
    imports("quotes", 1, HEADER, "A,1,bad,1", ",1,bad,2", **QUOTES)
    corrected = imports.error_file("quotes").replace("bad", "won").replace("\n,1", "\nB,1")
    assert counts(returned(imports, corrected, "2025-01-02_corrected.csv")) == {"read": 2, "created": 2}
    assert imports.entries("key", "status", where="key is not null") == [("A/1", "resolved")]


@pytest.mark.parametrize("corrections", [1, 2])
def test_a_row_keeps_its_number_in_a_sequence(imports: Imports, corrections: int) -> None:
    rows = ["A,won,1", "B,bad,2", "A,bad,3", "A,won,4", "A,won,4.x", "B,won,6"]
    imports("quotes", 1, "quote_id,status,net_amount", *rows, **NUMBERED)
    assert stored(imports) == [("A", 1, 1), ("A", 3, 4), ("B", 2, 6)]
    name = ERRORS
    if corrections == 2:
        returned(imports, imports.error_file("quotes", name), name, **NUMBERED)
        name += ".errors.csv"
    corrected = imports.error_file("quotes", name).replace("bad,", "lost,").replace("4.x", "5", 1)
    assert counts(returned(imports, corrected, name, **NUMBERED)) == {"read": 3, "created": 3}
    assert stored(imports) == [("A", 1, 1), ("A", 2, 3), ("A", 3, 4), ("A", 4, 5), ("B", 1, 2), ("B", 2, 6)]


def test_a_row_that_the_database_rejected_keeps_its_number_as_well(imports: Imports) -> None:
    importer = NUMBERED | {"references": {"customer_id": "reject"}}
    header = "quote_id,status,net_amount,customer_id"
    imports("quotes", 1, header, "A,won,1,", "A,won,2,C1", "A,won,3,", **importer)
    imports("customers", 1, "customer_id,name", "C1,n")
    returned(imports, imports.error_file("quotes"), **importer)
    assert stored(imports) == [("A", 1, 1), ("A", 2, 2), ("A", 3, 3)]


@pytest.mark.parametrize("becomes", ["A,won,4,1", "A,won,4,99", "A,won,4,", "B,won,4,4"])
def test_a_row_without_a_known_line_number_is_rejected_and_overwrites_nothing(imports: Imports, becomes: str) -> None:
    """Its `_row` is that of a row that was not rejected, or that belongs to another document."""
    imports("quotes", 1, "quote_id,status,net_amount", "B,won,1", "B,won,2", "A,won,3", "A,bad,4", **NUMBERED)
    before = stored(imports)
    text = imports.error_file("quotes")
    found = returned(imports, text.replace("A,bad,4,4", becomes), **NUMBERED)
    assert counts(found) == {"read": 1, "rejected": 1}
    assert imports.entries("column_name", "code", where=f"file_id = {found.file.file_id}") == [
        ("line_no", "missing_required")
    ]
    assert stored(imports) == before


def test_an_error_file_of_no_known_file_is_refused_where_a_sequence_would_number_its_rows(imports: Imports) -> None:
    imports("quotes", 1, "quote_id,status,net_amount", "A,won,1", "A,bad,2", **NUMBERED)
    found = returned(imports, imports.error_file("quotes").replace("bad", "won"), "2025-01-02.csv", **NUMBERED)
    assert (found.status, found.file.error_code) == ("refused", "unreadable")
    assert stored(imports) == [("A", 1, 1)]


def attachment(imports: Imports, file_id: int, path: Path) -> str:
    """The error file as people get it by e-mail."""
    with imports.drop.warehouse.connect() as connection:
        write_error_file(connection, file_id, path, imports.drop.of("quotes", **QUOTES).importer.file, for_people=True)
    return path.read_text()


def test_an_attachment_with_escaped_formulas_is_loaded_as_the_rows_came(imports: Imports, tmp_path: Path) -> None:
    first = imports("quotes", 1, f"{HEADER},lost_reason", "=A,1,bad,-1,@home", "'B,1,bad,2,'quoted'", **QUOTES)
    text = attachment(imports, first.file.file_id, tmp_path / "attachment.csv")
    assert "'=A,1" in text
    assert counts(returned(imports, text.replace("bad,", "won,"))) == {"read": 2, "created": 2}
    assert imports.stored("quotes", "quote_id", "net_amount::int", "lost_reason") == [
        ("'B", 2, "'quoted'"),
        ("=A", -1, "@home"),
    ]
    assert imports.entries("status") == [("resolved",)] * 2


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_corrected_error_file_of_any_dialect_leads_to_the_result_of_a_corrected_file(
    imports: Imports, dialect: str
) -> None:
    row = st.tuples(st.sampled_from("AB"), st.booleans(), cells_of(dialect).filter(lambda cell: "bad" not in cell))

    @settings(
        max_examples=4,
        deadline=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )
    @given(st.lists(row, min_size=1, max_size=6))
    def leads_to_the_same(rows: list[tuple[str, bool, str]]) -> None:
        file = DIALECTS[dialect] | ({"names": COLUMNS} if DIALECTS[dialect].get("header") is False else {})
        quotes = imports.drop.of("quotes", pattern="{date}*", file=file, reject_limit_percent=100, **NUMBERED)
        cells = [[quote, "", "won" if good else "bad", note] for quote, good, note in rows]
        imports.empty()
        whole = quotes.imported("2025-01-01.csv", written(quotes, [[*r[:2], "won", r[3]] for r in cells]))
        expected = imports.stored("quotes", "quote_id", "line_no", "lost_reason")
        assert counts(whole) == {"read": len(rows), "created": len(rows)}

        imports.empty()
        first = quotes.imported("2025-01-02.csv", written(quotes, cells))
        rejected = sum(not good for _, good, _ in rows)
        assert first.file.rows_rejected == rejected
        if rejected:
            path = quotes.root / str(first.file.error_file)
            corrected = path.read_bytes().decode(quotes.importer.file.encoding).replace("bad", "won")
            assert counts(quotes.imported(path.name, corrected)) == {"read": rejected, "created": rejected}
        assert imports.stored("quotes", "quote_id", "line_no", "lost_reason") == expected
        assert set(imports.entries("status")) <= {("resolved",)}

    leads_to_the_same()
