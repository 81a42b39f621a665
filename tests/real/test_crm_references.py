"""CRM opportunities for a product that the product list spells differently, with each policy for such references."""

import csv
from collections.abc import Iterator

import pytest

from tests.real.harness import DATA, Harness
from wiseparts_pipeline.importing.ledger.rows import LedgerRow

DATA_SET = "crm_opportunities"
ROWS = 8800


@pytest.fixture(scope="module")
def catalogue(harness: Harness) -> Harness:
    """Accounts and products imported; no product is called GTXPro."""
    harness.drop("CRM", [DATA / DATA_SET / name for name in ("accounts.csv", "products.csv")])
    harness.run("accounts")
    harness.run("products")
    return harness


@pytest.fixture
def crm(catalogue: Harness) -> Iterator[Harness]:
    """No opportunities imported."""
    yield catalogue
    with catalogue.warehouse.connect() as connection:
        connection.execute("truncate raw.quotes, ops.waiting_rows, ops.rejected_entries")


def problems() -> list[int]:
    """The numbers of the rows that name GTXPro."""
    with (DATA / DATA_SET / "sales_pipeline.csv").open(encoding="utf-8", newline="") as file:
        return [number for number, record in enumerate(csv.DictReader(file), 1) if record["product"] == "GTXPro"]


def imported(crm: Harness, policy: str) -> LedgerRow:
    """The entry of the opportunities in the import log, imported with this policy."""
    crm.drop(f"CRM_{policy}", [DATA / DATA_SET / "sales_pipeline.csv"])
    (done,) = crm.run(f"opportunities_{policy}").files
    return done.file


def entries(crm: Harness) -> list[tuple[object, ...]]:
    return crm.query("select row_number, column_name, code, value, status from ops.rejected_rows order by row_number")


def messages(crm: Harness) -> set[str]:
    return {message for (message,) in crm.query("select message from ops.rejected_rows")}


def test_warn_loads_all_opportunities_and_counts_those_of_the_product(crm: Harness) -> None:
    file = imported(crm, "warn")

    assert (file.status, file.rows_created) == ("imported", ROWS)
    assert file.warnings == {"unknown_reference": len(problems())}
    assert crm.query("select count(*) from raw.quotes where product_id = 'GTXPro'") == [(len(problems()),)]


def test_reject_rejects_only_opportunities_of_the_product_and_says_what_to_do(
    crm: Harness,
) -> None:
    file = imported(crm, "reject")

    assert len(problems()) == 1480
    assert (file.status, file.rows_created) == ("imported_with_errors", ROWS - len(problems()))
    assert entries(crm) == [(row, "product_id", "unknown_reference", "GTXPro", "rejected") for row in problems()]
    assert messages(crm) == {
        "There is no record of products with product_id GTXPro. Send it first, then this row again."
    }


def test_wait_loads_opportunities_of_the_product_when_it_arrives(crm: Harness) -> None:
    file = imported(crm, "wait")

    assert (file.rows_created, file.rows_waiting) == (ROWS - len(problems()), len(problems()))
    assert entries(crm) == [(row, "product_id", "unknown_reference", "GTXPro", "waiting") for row in problems()]
    assert messages(crm) == {
        "There is no record of products with product_id GTXPro yet."
        " The row waits and is loaded automatically when it arrives."
    }

    products = crm.files / "CRM" / "products.csv"
    products.write_text("product,series,sales_price\nGTXPro,GTX,4821\n", encoding="utf-8")
    (done,) = crm.run("products").files

    assert done.released == {"quotes": len(problems())}
    assert crm.query("select count(*) from raw.quotes") == [(ROWS,)]
    assert crm.query(
        "select rows_created, rows_waiting, status from ops.import_files where importer = 'opportunities_wait'"
    ) == [(ROWS, 0, "imported")]
    assert {status for *_, status in entries(crm)} == {"resolved"}
