"""Names as long as a file system allows, and of characters that mean something elsewhere."""

import pytest

from tests.importing.drop import Drop, counts, csv
from wiseparts_pipeline.config.file_names import LONGEST_NAME, shortened_names
from wiseparts_pipeline.importing.ledger.outcome import Status

COLUMNS = {"quoted_on": {"constant": "2025-01-31"}, "currency": {"constant": "EUR"}}
TEXT = csv("quote_id,line_no,status", ["A,1,won", "A,2,bad"])


def long(begin: str, end: str, size: int = 240, letter: str = "x") -> str:
    """A name of so many bytes."""
    room = size - len(f"{begin}{end}".encode())
    return f"{begin}{letter * (room // len(letter.encode()))}{end}"


@pytest.mark.parametrize("size", [240, 244, 245, 250, 251, 255])
@pytest.mark.parametrize("letter", ["x", "ß", "漢"])
def test_a_file_with_a_long_name_and_rejected_rows_is_archived(drop: Drop, size: int, letter: str) -> None:
    quotes = drop.of("quotes", columns=COLUMNS)
    name = long("Q", ".csv", size, letter)
    result = quotes.imported(name, TEXT)
    assert (result.status, result.file.error) == (Status.IMPORTED_WITH_ERRORS, None)
    assert quotes.names("processed") == [name]
    (error_file,) = quotes.names("errors")
    assert len(error_file.encode()) <= LONGEST_NAME
    assert result.file.error_file == f"quotes/errors/{error_file}"


@pytest.mark.parametrize(
    ("pattern", "begin", "end"),
    [
        ("Q_{date}*.csv", "Q_31_01_2025_", ".csv"),
        ("*_{date}.csv", "", "_31_01_2025.csv"),
        ("Q*_{date}_*.csv", "Q", "_31_01_2025_b.csv"),
        ("*-a-*.csv", "", "-a-b.csv"),
    ],
)
def test_its_error_file_comes_back_corrected(drop: Drop, pattern: str, begin: str, end: str) -> None:
    quotes = drop.of("quotes", columns=COLUMNS, pattern=pattern, date_format="%d_%m_%Y")
    name = long(begin, end, 255)
    quotes.imported(name, TEXT)
    (error_file,) = quotes.names("errors")
    corrected = (quotes.folder / "errors" / error_file).read_text().replace(",bad,", ",lost,")
    result = quotes.imported(error_file, corrected)
    assert (result.status, counts(result)) == (Status.IMPORTED, {"read": 1, "created": 1})
    assert quotes.rows("select status from ops.rejected_rows") == [("resolved",)]
    dates = quotes.rows("select distinct file_date from ops.import_files")
    assert len(dates) == 1


def test_names_that_differ_in_the_middle_only_get_error_files_of_their_own(drop: Drop) -> None:
    quotes = drop.of("quotes", columns=COLUMNS)
    for letter in "ab":
        quotes.imported(f"Q{'x' * 120}{letter}{'x' * 120}.csv", TEXT)
    assert len(quotes.names("errors")) == 2


def test_the_same_long_name_again_gets_the_id_of_its_import(drop: Drop) -> None:
    quotes = drop.of("quotes", columns=COLUMNS)
    name = long("Q", ".csv", 255)
    first = quotes.imported(name, TEXT)
    second = quotes.imported(name, TEXT.replace("A,2", "B,2"))
    assert (first.file.error, second.file.error) == (None, None)
    assert len(quotes.names("processed")) == len(quotes.names("errors")) == 2
    assert all(len(each.encode()) <= 255 for each in (*quotes.names("processed"), *quotes.names("errors")))


def test_a_shortened_name_has_the_bytes_that_there_is_room_for() -> None:
    for each in shortened_names("ß" * 120 + ".csv", 100):
        assert 90 <= len(each.encode()) <= 100


@pytest.mark.parametrize(
    "name",
    [
        "CON.csv", "aux.csv", "NUL .csv", "COM1.csv", "a'; drop table ops.import_files; --.csv", "{{ 1 * 0 }}.csv",
        "{% raw %}.csv", "=cmd|'C calc'!A0.csv", "%s%n.csv", "-rf.csv", "a\\..\\..\\b.csv", "$(touch x).csv", "*.csv",
        "[red]a.csv", "\u202egpj.csv",
    ],
)  # fmt: skip
def test_a_name_that_means_something_elsewhere_is_a_name(drop: Drop, name: str) -> None:
    quotes = drop.of("quotes", columns=COLUMNS)
    result = quotes.imported(name, TEXT)
    if name.isprintable():
        assert (result.status, quotes.names("processed")) == (Status.IMPORTED_WITH_ERRORS, [name])
    else:
        assert (result.status, result.file.error_code) == (Status.REFUSED, "unsafe_name")
    assert [each["name"] for each in quotes.log()] == [name]
