"""Older file after newer."""

import pytest

from tests.importing.drop import counts
from tests.importing.rules.imports import Imports

PRICES = "product_id,sku,name,list_price"


@pytest.fixture
def products(imports: Imports) -> Imports:
    """P1 and P2 as in a file of the 10th."""
    imports("products", 10, PRICES, "P1,S1,One,1.50", "P2,S2,Two,2.50")
    return imports


def prices(imports: Imports) -> dict[str, float]:
    return {key: float(price) for key, price in imports.stored("products", "product_id", "list_price")}


def test_a_row_of_an_older_file_does_not_overwrite_the_record(products: Imports) -> None:
    found = products("products", 9, PRICES, "P1,S1,One,1.40", "P2,S2,Two,2.50", "P3,S3,Three,3")
    assert counts(found) == {"read": 3, "created": 1, "unchanged": 2}
    assert found.file.warnings == {"stale": 1}
    assert found.status == "imported"
    assert prices(products) == {"P1": 1.5, "P2": 2.5, "P3": 3}


def test_a_newer_file_and_one_of_the_same_day_overwrite(products: Imports) -> None:
    assert counts(products("products", 10, PRICES, "P1,S1,One,1.60")) == {"read": 1, "updated": 1}
    assert counts(products("products", 11, PRICES, "P1,S1,One,1.70")) == {"read": 1, "updated": 1}


def test_the_file_that_last_changed_the_record_decides(products: Imports) -> None:
    """The file of the 12th had the same values and did not change the record, so the one of the 11th may."""
    products("products", 12, PRICES, "P1,S1,One,1.50")
    found = products("products", 11, PRICES, "P1,S1,One,1.60")
    assert counts(found) == {"read": 1, "updated": 1}


def test_the_date_is_that_of_the_name_and_not_of_the_arrival(imports: Imports) -> None:
    imports("products", 10, PRICES, "P1,S1,One,1", name="2025-01-10_b.csv")
    imports("products", 9, PRICES, "P1,S1,One,2", name="2025-01-09_c.csv")
    assert prices(imports) == {"P1": 1}


def test_force_applies_an_older_file(products: Imports) -> None:
    found = products("products", 9, PRICES, "P1,S1,One,1.40", force=True)
    assert counts(found) == {"read": 1, "updated": 1}
    assert found.file.warnings == {}
    assert prices(products)["P1"] == 1.4


def test_after_a_forced_older_file_a_newer_one_is_newer_again(products: Imports) -> None:
    products("products", 5, PRICES, "P1,S1,One,1.40", force=True)
    assert counts(products("products", 9, PRICES, "P1,S1,One,1.45")) == {"read": 1, "updated": 1}


def test_a_refused_file_does_not_count_as_newer(imports: Imports) -> None:
    imports("products", 1, PRICES, "P1,S1,One,1")
    rows = [f"P{number},S{number},n,x" for number in range(20)]
    assert imports("products", 10, PRICES, *rows).status == "refused"
    assert counts(imports("products", 9, PRICES, "P1,S1,One,2")) == {"read": 1, "updated": 1}


def test_a_stale_row_is_excluded_however_it_identifies_its_record(imports: Imports) -> None:
    imports("customers", 10, "customer_id,name,phone", "C1,Anna,1", "C2,Bert,2", "C3,Cleo,3")
    ids = imports.system_ids("customers")
    rows = [f"{ids['C1']},C10,Anna,9", ",C2,Bert,9", ",,Cleo,9"]
    found = imports("customers", 9, "system_id,customer_id,name,phone", *rows)
    assert counts(found) == {"read": 3, "unchanged": 3}
    assert found.file.warnings == {"stale": 3}
    assert imports.stored("customers", "customer_id", "phone") == [("C1", "1"), ("C2", "2"), ("C3", "3")]


def test_a_record_that_a_newer_snapshot_deleted_stays_deleted(imports: Imports) -> None:
    header = "sku,quantity_available"
    imports("products", 1, "product_id,sku,name", *(f"P{n},S{n},n" for n in range(5)))
    imports("inventory", 1, header, *(f"S{n},1" for n in range(5)))
    imports("inventory", 3, header, *(f"S{n},1" for n in range(4)))
    found = imports("inventory", 2, header, *(f"S{n},2" for n in range(5)))
    assert ("S4",) not in imports.stored("inventory", "sku")
    assert found.file.warnings == {"stale": 1}


def test_stale_rows_do_not_move_others_in_a_hierarchy(imports: Imports) -> None:
    """Below a, as in the older file, b would be its own ancestor, as the newer one has moved a below b."""
    header = "family_id,name,parent_family_id"
    imports("brand_families", 1, header, "a,A,", "b,B,")
    imports("brand_families", 3, header, "a,A,b")
    found = imports("brand_families", 2, header, "b,B,a", "a,A,", "c,C,a")
    assert imports.stored("brand_families", "family_id", "parent_family_id") == [("a", "b"), ("b", None), ("c", "a")]
    assert counts(found) == {"read": 3, "created": 1, "unchanged": 1, "rejected": 1}
    assert imports.entries("row_number", "code") == [(1, "cycle")]
