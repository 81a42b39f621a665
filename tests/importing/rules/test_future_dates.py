"""A file that is dated after tomorrow is refused: until then, no other file could change its records."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.importing.drop import Drop, counts
from tests.importing.rules.imports import Imports

PRICES = "product_id,sku,name,list_price"


def text(amount: int) -> str:
    return f"{PRICES}\nP1,S1,One,{amount}\n"


def today(zone: str = "UTC") -> date:
    return datetime.now(ZoneInfo(zone)).date()


@pytest.fixture
def products(imports: Imports) -> Drop:
    return imports.drop.of("products", pattern="P_{date}.csv")


@pytest.mark.parametrize(("days", "status"), [(-1, "imported"), (0, "imported"), (1, "imported"), (2, "refused")])
def test_tomorrow_is_the_last_day_that_a_file_may_be_of(products: Drop, days: int, status: str) -> None:
    assert products.imported(f"P_{today() + timedelta(days=days)}.csv", text(1)).status == status


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago"])
def test_tomorrow_is_that_of_the_importers_time_zone(products: Drop, zone: str) -> None:
    drop = products.of("products", pattern="P_{date}.csv", timezone=zone)
    found = [drop.imported(f"P_{today(zone) + timedelta(days=days)}.csv", text(days)).status for days in (1, 2)]
    assert found == ["imported", "refused"]


def test_the_message_says_what_was_read_as_a_date_and_what_to_do(products: Drop) -> None:
    drop = products.of("products", pattern="P_{date}*.csv", date_format="%y%m%d")
    found = drop.imported("P_621231_a.csv", text(1)).file
    assert found.error_code == "future_date"
    assert found.error is not None
    assert "dated 2062-12-31" in found.error
    assert "'621231' in its name, read as %y%m%d" in found.error
    assert "rename the file, or import it with --force" in found.error
    assert drop.names("refused") == ["P_621231_a.csv"]


def test_a_file_without_a_date_in_its_name_counts_as_of_its_arrival_if_its_servers_clock_is_wrong(
    imports: Imports,
) -> None:
    drop = imports.drop.of("products")
    drop.put("a.csv", text(1), datetime(2062, 12, 31, 12, tzinfo=UTC))
    assert [file.file.file_date for file in drop.run().files] == [today()]


def test_its_records_are_not_kept_from_later_files(products: Drop) -> None:
    products.imported("P_2062-12-31.csv", text(1))
    assert counts(products.imported("P_2025-01-01.csv", text(2))) == {"read": 1, "created": 1}


def test_a_dry_run_says_the_same(products: Drop) -> None:
    found = products.imported("P_2062-12-31.csv", text(1), dry_run=True)
    assert (found.status, found.file.error_code) == ("refused", "future_date")
    assert products.names() == ["P_2062-12-31.csv"]


def test_with_force_it_counts_as_of_the_day_on_which_it_arrived(products: Drop) -> None:
    assert products.imported("P_2062-12-31.csv", text(1), force=True).status == "imported"
    assert [file["file_date"] for file in products.log()] == [today()]
    assert counts(products.imported("P_2025-01-01.csv", text(2))) == {"read": 1, "unchanged": 1}
    assert counts(products.imported(f"P_{today()}.csv", text(3))) == {"read": 1, "updated": 1}


def test_with_force_it_no_longer_keeps_back_what_it_kept_back_before(products: Drop) -> None:
    """As one could be imported by an earlier version."""
    products.imported("P_2026-01-31.csv", text(1))
    products.execute("update ops.import_files set file_date = '2062-01-31', detected_at = '2026-01-31', name = 'x'")
    (found,) = products.imported("P_2026-02-01.csv", text(2)).file.warnings
    assert found == "stale"
    products.execute("update ops.import_files set name = 'P_2062-01-31.csv' where name = 'x'")
    products.put("P_2062-01-31.csv", text(1))
    products.run(names=["P_2062-01-31.csv"], force=True)
    assert counts(products.imported("P_2026-02-02.csv", text(2))) == {"read": 1, "updated": 1}


def test_a_companion_leaves_with_it(imports: Imports) -> None:
    lines: dict[str, Any] = {
        "pattern": "L_{date}.csv",
        "join": [{"pattern": "H_{date}.csv", "on": {"order_id": "order_id"}}],
    }
    drop = imports.drop.of("orders", **lines)
    drop.put("H_2062-01-31.csv", "order_id,placed_at\nO1,2026-01-31\n")
    found = drop.imported("L_2062-01-31.csv", "order_id,line_no\nO1,1\n")
    assert found.file.error_code == "future_date"
    assert drop.names("refused") == ["H_2062-01-31.csv", "L_2062-01-31.csv"]
