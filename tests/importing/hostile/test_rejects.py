"""What is stored of the rejected rows of a file is bounded, and their number is exact."""

import gzip
from pathlib import Path

import pytest

from tests.importing.drop import Drop, counts, csv
from wiseparts_pipeline.importing import rejects
from wiseparts_pipeline.importing.ledger.outcome import Status

COLUMNS = {"quoted_on": {"constant": "2025-01-31"}, "currency": {"constant": "EUR"}}


@pytest.fixture
def quotes(drop: Drop) -> Drop:
    return drop.of("quotes", columns=COLUMNS)


def rows(good: int, bad: int) -> str:
    lines = [f"G{number},1,won" for number in range(good)] + [f"B{number},1,bad" for number in range(bad)]
    return csv("quote_id,line_no,status", lines)


def error_rows(quotes: Drop, name: str) -> list[str]:
    return (quotes.folder / "errors" / f"{name}.errors.csv").read_text().splitlines()[1:]


def test_of_a_refused_file_the_first_thousand_are_kept_and_all_are_counted(quotes: Drop) -> None:
    """Sixty kilobytes that would be a hundred megabytes of rejected rows."""
    result = quotes.imported("a.csv.gz", gzip.compress(rows(10, 30_000).encode()))
    assert (result.status, result.file.error_code) == (Status.REFUSED, "too_many_rejects")
    assert counts(result) == {"read": 30_010, "rejected": 30_000}
    assert quotes.rows("select count(*), min(row_number), max(row_number) from ops.rejected_rows") == [(1000, 11, 1010)]
    assert len(error_rows(quotes, "a.csv.gz")) == 1000
    assert "30000 of 30010 rows were rejected" in str(result.file.error)
    assert str(result.file.error).endswith("The first 1,000 of the 30,000 rejected rows are kept.")


def test_the_limit_is_a_setting(drop: Drop) -> None:
    quotes = drop.of("quotes", columns=COLUMNS, kept_of_refused=3)
    quotes.imported("a.csv", rows(0, 20))
    assert quotes.rejects("row_number") == [(1,), (2,), (3,)]
    assert len(error_rows(quotes, "a.csv")) == 3


def test_of_a_refused_file_with_fewer_all_are_kept(drop: Drop) -> None:
    quotes = drop.of("quotes", columns=COLUMNS, kept_of_refused=20)
    result = quotes.imported("a.csv", rows(0, 20))
    assert (len(quotes.rejects()), len(error_rows(quotes, "a.csv"))) == (20, 20)
    assert "are kept" not in str(result.file.error)


def test_all_faults_of_a_row_are_kept(drop: Drop) -> None:
    quotes = drop.of("quotes", columns=COLUMNS, kept_of_refused=2)
    quotes.imported("a.csv", csv("quote_id,line_no,status,quantity", [f"A{number},1,bad,x" for number in range(20)]))
    assert quotes.rejects("row_number") == [(1,), (1,), (2,), (2,)]


def test_long_rows_of_a_refused_file_are_kept_up_to_a_size(quotes: Drop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rejects, "_MOST_OF_REFUSED", 100_000)
    surplus = "," * 20_000
    result = quotes.imported("a.csv", csv("quote_id,line_no,status", ["A,1,won", *[f"B,1,won{surplus}x"] * 40]))
    assert counts(result) == {"read": 41, "rejected": 40}
    assert 1 <= len(quotes.rejects()) <= 3


def test_of_an_imported_file_all_are_kept_so_that_its_sender_can_correct_them(quotes: Drop) -> None:
    result = quotes.imported("a.csv", rows(3_000, 2_000))
    assert (result.status, counts(result)) == (
        Status.IMPORTED_WITH_ERRORS,
        {"read": 5_000, "created": 3_000, "rejected": 2_000},
    )
    assert (len(quotes.rejects()), len(error_rows(quotes, "a.csv"))) == (2_000, 2_000)


def test_a_file_with_more_rejected_rows_than_anybody_corrects_is_refused(drop: Drop) -> None:
    quotes = drop.of("quotes", columns=COLUMNS, reject_limit_rows=100)
    result = quotes.imported("a.csv", rows(1_000, 101))
    assert (result.status, result.file.error_code) == (Status.REFUSED, "too_many_rejects")
    assert "101 of 1101 rows were rejected, more than 100; nothing was loaded" in str(result.file.error)
    assert quotes.imported("b.csv", rows(1_000, 100)).status is Status.IMPORTED_WITH_ERRORS
    assert quotes.imported("c.csv", rows(1_000, 101), force=True).status is Status.IMPORTED_WITH_ERRORS


def test_a_snapshot_that_lacks_too_much_keeps_the_first_too(drop: Drop) -> None:
    inventory = drop.of("quotes", columns=COLUMNS, mode="snapshot", kept_of_refused=2)
    inventory.imported("a.csv", rows(100, 0))
    result = inventory.imported("b.csv", rows(10, 5))
    assert (result.file.error_code, counts(result)) == ("shrink_guard", {"read": 15, "rejected": 5})
    assert len(inventory.rejects()) == 2


def test_the_error_file_of_a_refused_file_can_be_sent_back(drop: Drop) -> None:
    quotes = drop.of("quotes", columns=COLUMNS, kept_of_refused=2)
    quotes.imported("a.csv", rows(0, 20))
    corrected = (quotes.folder / "errors" / "a.csv.errors.csv").read_text().replace(",bad,", ",won,")
    Path(quotes.folder / "errors" / "a.csv.errors.csv").unlink()
    result = quotes.imported("a.csv.errors.csv", corrected)
    assert (result.status, counts(result)) == (Status.IMPORTED, {"read": 2, "created": 2})
