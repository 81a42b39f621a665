"""Why no importer matches the name of a file."""

import pytest

from wiseparts_pipeline.config.file_names import FileNamePattern
from wiseparts_pipeline.config.importer import ImporterSettings
from wiseparts_pipeline.diagnostics.sources.file_name_diagnosis import (
    WrongFolder,
    WrongName,
    diagnose,
    differences,
    nearest_first,
)

DATE = "does not match %d_%m_%Y, such as 31_01_2026"


def importer(entity: str, pattern: str) -> ImporterSettings:
    attributes = {"entity": entity, "source": "erp", "folder": entity, "pattern": pattern, "date_format": "%d_%m_%Y"}
    return ImporterSettings.model_validate(attributes)


SALES = importer("sales", "SALES_{date}*.csv")
CUSTOMERS = importer("customers", "CUSTOMERS_{date}*.csv")
ANYTHING = importer("orders", "*.csv")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("sales_31_12_2025.csv", ["upper and lower case differ"]),
        ("SALES_31_12_2025.txt", ["it ends with .txt, not with .csv"]),
        ("SALES_31_12_2025", ["it does not end with .csv"]),
        ("SALES_31_12_2025.csv.txt", ["it ends with .txt, not with .csv"]),
        ("SALES_31_12_2025.CSV", ["upper and lower case differ"]),
        ("SALES_2025-12-31.csv", [f"'2025-12-31' {DATE}"]),
        ("SALES_31_02_2025.csv", [f"'31_02_2025' {DATE}"]),
        ("SALES-31_12_2025.csv", ["it begins with 'SALES-', not with 'SALES_'"]),
        ("SALES_.csv", [f"'' {DATE}"]),
        (" SALES_31_12_2025.csv", ["it has white space in it"]),
        (
            "Sales_2025-12-31.txt",
            ["upper and lower case differ", "it ends with .txt, not with .csv", f"'2025-12-31' {DATE}"],
        ),
    ],
)
def test_all_differences_are_listed(name: str, expected: list[str]) -> None:
    assert differences(name, SALES.file_names) == expected


def test_the_mark_of_a_copy_is_a_difference() -> None:
    pattern = FileNamePattern("SALES_{date}.csv", "%d_%m_%Y")

    assert differences("SALES_31_12_2025 (1).csv", pattern) == ["'(1)' is the mark of a copy"]
    assert differences("SALES_31_12_2025 - Copy.csv", pattern) == ["'- Copy' is the mark of a copy"]


@pytest.mark.parametrize("name", ["readme.txt", "STOCK_31_12_2025.csv", "SALES"])
def test_a_name_unlike_the_pattern_has_no_differences(name: str) -> None:
    assert differences(name, SALES.file_names) == []


def test_a_file_of_another_folder_is_not_a_wrong_name() -> None:
    assert diagnose("CUSTOMERS_31_12_2025.csv", [SALES], [ANYTHING, CUSTOMERS]) == WrongFolder(CUSTOMERS)


def test_a_catch_all_pattern_does_not_hide_a_wrong_name() -> None:
    found = diagnose("SALES_2025.csv", [SALES], [ANYTHING])

    assert isinstance(found, WrongName)
    assert found.importer is SALES


def test_the_importer_with_the_fewest_differences_is_reported() -> None:
    undated = importer("sales", "Sales_*.csv")

    found = diagnose("Sales_2025.CSV", [SALES, undated], [])

    assert found == WrongName(undated, "Sales_*.csv", ["upper and lower case differ"])


def test_a_name_that_only_matches_a_catch_all_pattern_may_belong_there() -> None:
    assert diagnose("stock.csv", [SALES], [ANYTHING]) == WrongFolder(ANYTHING)


def test_importers_are_ordered_by_similarity() -> None:
    assert nearest_first("CUSTOMER-LIST.csv", [SALES, CUSTOMERS]) == [CUSTOMERS, SALES]
