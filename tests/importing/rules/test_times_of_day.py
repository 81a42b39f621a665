"""Several files a day: the time in their names decides, then the order in which they arrived."""

from datetime import UTC, datetime
from itertools import permutations
from typing import Any

import pytest

from tests.importing.drop import Drop, counts
from tests.importing.rules.imports import Imports
from wiseparts_pipeline.importing.results import FileResult

PRICES = "product_id,sku,name,list_price"
TIMED = {"pattern": "P_{date}*.csv", "date_format": "%Y%m%d_%H%M"}


def price(imports: Imports, time: str, amount: object, **options: Any) -> FileResult:
    """Imports a list with the price of P1, written on 31 January 2025 at `time`."""
    folder = imports.drop.of("products", **TIMED)
    return folder.imported(f"P_20250131_{time}.csv", f"{PRICES}\nP1,S1,One,{amount}\n", **options)


def prices(imports: Imports) -> list[float]:
    return [float(amount) for (amount,) in imports.stored("products", "list_price")]


def test_an_earlier_list_of_the_same_day_does_not_overwrite_a_later_one(imports: Imports) -> None:
    price(imports, "1800", 12)
    found = price(imports, "0600", 10)
    assert (counts(found), found.file.warnings) == ({"read": 1, "unchanged": 1}, {"stale": 1})
    assert prices(imports) == [12]


@pytest.mark.parametrize("order", list(permutations(["0600", "0601", "2359"])))
def test_in_any_order_the_latest_list_of_the_day_counts(imports: Imports, order: tuple[str, ...]) -> None:
    for time in order:
        price(imports, time, int(time))
    assert prices(imports) == [2359]


def test_the_same_list_sent_again_corrected_counts(imports: Imports) -> None:
    price(imports, "0600", 10)
    assert counts(price(imports, "0600", 11)) == {"read": 1, "updated": 1}


def test_force_applies_an_earlier_list_of_the_day(imports: Imports) -> None:
    price(imports, "1800", 12)
    assert counts(price(imports, "0600", 10, force=True)) == {"read": 1, "updated": 1}


def test_a_name_without_a_time_is_neither_earlier_nor_later_than_one_of_that_day(imports: Imports) -> None:
    price(imports, "1800", 12)
    assert counts(imports("products", 31, PRICES, "P1,S1,One,13")) == {"read": 1, "updated": 1}
    assert counts(price(imports, "0600", 14)) == {"read": 1, "updated": 1}


def test_a_record_that_a_later_list_of_the_day_lacks_is_not_created_again(imports: Imports) -> None:
    imports("products", 1, "product_id,sku,name", *(f"P{n},S{n},n" for n in range(5)))
    stock = imports.drop.of("inventory", **TIMED)
    lists = {time: "sku,quantity_available\n" + "".join(f"S{n},{n}\n" for n in numbers) for time, numbers in
             {"0600": range(5), "1200": range(5), "1800": range(4)}.items()}  # fmt: skip
    stock.imported("P_20250131_0600.csv", lists["0600"])
    stock.imported("P_20250131_1800.csv", lists["1800"])
    found = stock.imported("P_20250131_1200.csv", lists["1200"])
    assert ("S4",) not in imports.stored("inventory", "sku")
    assert (found.file.warnings, found.file.rows_deleted) == ({"stale": 1}, 0)


def test_a_deferred_row_of_an_earlier_list_does_not_overwrite_a_later_one(imports: Imports) -> None:
    header = "contact_id,customer_id,last_name"
    contacts = imports.drop.of("contacts", **TIMED)
    contacts.imported("P_20250131_1800.csv", f"{header}\nK1,C1,Late\n")
    contacts.imported("P_20250131_0600.csv", f"{header}\nK1,C1,Early\n")
    imports("customers", 1, "customer_id,name", "C1,n")
    assert imports.stored("contacts", "last_name") == [("Late",)]
    assert imports.drop.rows("select * from ops.waiting_rows") == []


def test_an_earlier_list_does_not_resolve_what_a_later_one_had_rejected(imports: Imports) -> None:
    price(imports, "1800", "x")
    price(imports, "0600", 10)
    assert imports.entries("status") == [("rejected",)]
    price(imports, "1900", 10)
    assert imports.entries("status") == [("resolved",)]


def test_pending_files_go_by_the_time_in_the_name_then_by_arrival_then_by_their_numbers(imports: Imports) -> None:
    drop = imports.drop.of("products", **TIMED)
    early, late = datetime(2025, 2, 1, tzinfo=UTC), datetime(2025, 2, 2, tzinfo=UTC)
    for name, arrived in {
        "P_20250131_1800.csv": early, "P_20250131_0600.csv": late, "P_20250131_1200_10.csv": early,
        "P_20250131_1200_9.csv": early,
    }.items():  # fmt: skip
        drop.put(name, "", arrived)
    assert pending(drop) == [
        "P_20250131_0600.csv", "P_20250131_1200_9.csv", "P_20250131_1200_10.csv", "P_20250131_1800.csv"
    ]  # fmt: skip


def test_files_without_a_time_in_their_names_go_by_arrival(imports: Imports) -> None:
    drop = imports.drop.of("products")
    drop.put("a.csv", "", datetime(2025, 2, 1, 18, tzinfo=UTC))
    drop.put("b.csv", "", datetime(2025, 2, 1, 6, tzinfo=UTC))
    assert pending(drop) == ["b.csv", "a.csv"]


def pending(drop: Drop) -> list[str]:
    return [file.name for file in drop.discovered().pending[drop.importer.name]]
