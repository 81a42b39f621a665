"""Which file names match a pattern, and the date in them."""

import unicodedata
from datetime import date, datetime
from itertools import product
from time import process_time
from typing import Literal

import pytest

from wiseparts_pipeline.config.file_names import FileNamePattern, FileNames, in_parts
from wiseparts_pipeline.config.files.folder_names import FolderNames

Form = Literal["NFC", "NFD"]
FORMS: list[Form] = ["NFC", "NFD"]


@pytest.mark.parametrize(
    ("pattern", "date_format", "name", "expected"),
    [
        ("SALES_{date}*.csv", "%d_%m_%Y", "SALES_03_02_2025.csv", date(2025, 2, 3)),
        ("SALES_{date}*.csv", "%d_%m_%Y", "SALES_3_2_2025 (2).csv", date(2025, 2, 3)),
        ("SALES_{date}*.csv", "%d_%m_%Y", "SALES_03_02_2025.csv.gz", date(2025, 2, 3)),
        ("*_{date}.csv", "%Y%m%d", "a_b_20250203.csv", date(2025, 2, 3)),
        ("{date}.csv", "%y%j", "25034.csv", date(2025, 2, 3)),
        ("[ab]?{date}.c+v", "%d.%b.%Y", "bx03.Feb.2025.c+v", date(2025, 2, 3)),
        ("a.csv", "%Y", "a.csv", None),
        ("*", "%Y", "anything at all.zip", None),
        ("SALES_{date}*.xlsx", "%d_%m_%Y", "SALES_03_02_2025.xlsx.errors.csv", date(2025, 2, 3)),
        ("SALES_{date}.csv", "%d_%m_%Y", "SALES_03_02_2025.csv.gz.errors.csv", date(2025, 2, 3)),
        ("SALES_{date}.csv", "%d_%m_%Y", "SALES_03_02_2025.csv.errors.csv.errors.csv", date(2025, 2, 3)),
    ],
)
def test_a_matching_name_gives_its_date(pattern: str, date_format: str, name: str, expected: date | None) -> None:
    names = FileNamePattern(pattern, date_format)
    assert names.matches(name)
    assert names.file_date(name) == expected


@pytest.mark.parametrize(
    ("pattern", "date_format", "name"),
    [
        ("SALES_{date}*.csv", "%d_%m_%Y", "SALES_31_02_2025.csv"),
        ("SALES_{date}*.csv", "%d_%m_%Y", "SALES_.csv"),
        ("SALES_{date}*.csv", "%d_%m_%Y", "sales_03_02_2025.csv"),
        ("SALES_{date}*.csv", "%d_%m_%Y", "OLD SALES_03_02_2025.csv"),
        ("SALES_{date}.csv", "%d_%m_%Y", "SALES_03_02_2025.csv\n"),
        ("a.csv", "%Y", "aXcsv"),
        ("*.csv", "%Y", "a.xlsx.errors.csv"),
        ("*", "%Y", ".hidden"),
        ("*", "%Y", "a.csv.TMP"),
        ("*", "%Y", "a.csv.part"),
        ("*", "%Y", "a.filepart"),
    ],
)
def test_a_name_that_does_not_match(pattern: str, date_format: str, name: str) -> None:
    assert not FileNamePattern(pattern, date_format).matches(name)


@pytest.mark.parametrize(
    ("pattern", "name", "expected"),
    [
        ("L_{date}*.csv", "L_2025-02-03.csv", ("",)),
        ("L_{date}*.csv", "L_2025-02-03_b.csv.gz", ("_b",)),
        ("*_{date}-*.csv", "north_2025-02-03-2.csv", ("north", "2")),
        ("[]*]{date}[!*].csv", "*2025-02-03x.csv", ()),
        ("L_{date}*.csv", "M_2025-02-03.csv", ()),
    ],
)
def test_the_text_matched_by_each_star(pattern: str, name: str, expected: tuple[str, ...]) -> None:
    assert FileNamePattern(pattern, "%Y-%m-%d").wildcards(name) == expected


@pytest.mark.parametrize(("form_of_pattern", "form_of_name"), list(product(FORMS, repeat=2)))
def test_composed_and_decomposed_letters_are_the_same(form_of_pattern: Form, form_of_name: Form) -> None:
    names = FileNamePattern(unicodedata.normalize(form_of_pattern, "Verkäufe_[äö]_{date}_?é*.csv"), "%d_märz_%Y_%m")
    name = unicodedata.normalize(form_of_name, "Verkäufe_ö_03_märz_2025_3_çéÅ.csv")
    assert names.matches(name)
    assert names.file_date(name) == date(2025, 3, 3)
    assert names.wildcards(name) == ("Å",)


@pytest.mark.parametrize(
    ("date_format", "name", "expected"),
    [
        ("%Y%m%d_%H%M", "20250203_1805", datetime(2025, 2, 3, 18, 5)),
        ("%Y%m%d%H", "2025020300", datetime(2025, 2, 3)),
        ("%Y%m%d", "20250203", None),
        ("%Y%m%d%%H", "20250203%H", None),
    ],
)
def test_the_time_in_a_name(date_format: str, name: str, expected: datetime | None) -> None:
    assert FileNamePattern("{date}.csv", date_format).moment(f"{name}.csv") == expected


def test_a_number_in_a_name_is_sorted_as_one() -> None:
    names = ["a_2.csv", "a_10.csv", "a.csv", "10.csv", "9.csv", "b_1.csv"]
    assert sorted(names, key=in_parts) == ["9.csv", "10.csv", "a.csv", "a_2.csv", "a_10.csv", "b_1.csv"]


def test_a_name_is_read_by_the_first_of_the_patterns_that_it_matches() -> None:
    names = FileNames(["A_{date}_*.csv", "B_*.csv", "B_*_{date}.csv"], "%Y-%m-%d")
    assert [names.matches(name) for name in ("A_2026-01-31_x.csv", "B_1.csv.gz", "C_1.csv")] == [True, True, False]
    assert str(names.file_date("A_2026-01-31_x.csv")) == "2026-01-31"
    assert names.file_date("B_1_2026-01-31.csv") is None
    assert names.wildcards("B_1_2026-01-31.csv") == ("1_2026-01-31",)
    assert [each.pattern for each in names.matching("B_1_2026-01-31.csv")] == ["B_*.csv", "B_*_{date}.csv"]


@pytest.mark.parametrize("name", ["A.csv.sales.errors.csv", "A.csv.errors.csv", "A.csv.errors.csv.sales.errors.csv"])
def test_an_error_file_may_name_its_importer(name: str) -> None:
    assert FileNamePattern("A.csv", "%Y", "sales").matches(name)
    assert FileNamePattern("A.csv", "%Y", "quotes").matches(name) == (".sales" not in name)
    assert FileNamePattern("A.csv", "%Y", "csv").matches("A.csv.errors.csv")


@pytest.mark.parametrize(
    ("pattern", "date_format", "name", "day"),
    [
        ("*{date}.csv", "%d_%m_%Y", "CUST31_01_2025.csv", date(2025, 1, 31)),
        ("*{date}.csv", "%Y%m%d", "CUST20250131.csv", date(2025, 1, 31)),
        ("*{date}.csv", "%d%m%y", "CUST310125.csv.gz", date(2025, 1, 31)),
        ("{date}*.csv", "%d_%m_%y", "31_01_25_b.csv", date(2025, 1, 31)),
        ("{date}*.csv", "%d_%m_%y", "31_01_2025.csv", None),
        ("{date}*.csv", "%d%m%y", "310125001.csv", date(2025, 1, 31)),
    ],
)
def test_all_digits_of_a_date_beside_a_wildcard_belong_to_it(
    pattern: str, date_format: str, name: str, day: date | None
) -> None:
    names = FileNamePattern(pattern, date_format)
    assert names.file_date(name) == day
    assert names.matches(name) is (day is not None)


@pytest.mark.parametrize(
    ("pattern", "name"),
    [("a*" * 60 + ".csv", "a" * 250), ("*_*_*_*_*_*_{date}.csv", "_" * 250), ("*1*1{date}1*1*1x", "1" * 250)],
)
def test_a_name_that_almost_fits_many_wildcards_takes_no_time(pattern: str, name: str) -> None:
    names = FileNamePattern(pattern, "%d%m%Y")
    begun = process_time()
    assert not names.matches(name)
    assert not FolderNames(pattern, "%d%m%Y").matches(name)
    assert process_time() - begun < 1


def test_the_first_wildcard_stands_for_as_much_as_it_can() -> None:
    assert FileNamePattern("*a*.csv", "%Y").wildcards("banana.csv.gz") == ("banan", "")
    assert FileNamePattern("*_*", "%Y").wildcards("a_b_c.zip") == ("a_b", "c.zip")
