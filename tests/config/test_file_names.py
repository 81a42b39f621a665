"""Which file names match a pattern, and the date in them."""

from datetime import date

import pytest

from wiseparts_pipeline.config.file_names import FileNamePattern


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
