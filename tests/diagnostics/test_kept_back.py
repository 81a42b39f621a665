"""Feeds whose files are imported and change nothing, because what is stored counts as newer."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.importing.drop import Drop
from wiseparts_pipeline.config.loader import Configuration
from wiseparts_pipeline.diagnostics.findings import Finding
from wiseparts_pipeline.diagnostics.freshness import Freshness, feeds
from wiseparts_pipeline.diagnostics.sources.check import check_feeds, check_source
from wiseparts_pipeline.warehouse import Warehouse

NOW = datetime.now(UTC)


@pytest.fixture
def products(warehouse: Warehouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Drop:
    monkeypatch.setenv("WISEPARTS_HOME", str(tmp_path / "home"))
    (tmp_path / "drop").mkdir()
    return Drop(tmp_path / "drop", warehouse).of("products", pattern="P_{date}.csv")


def send(drop: Drop, day: str, price: int) -> None:
    drop.imported(f"P_{day}.csv", f"product_id,sku,name,list_price\nP1,S1,One,{price}\n")


def found(drop: Drop) -> list[Finding]:
    return check_feeds(configuration(drop), drop.warehouse)


def configuration(drop: Drop) -> Configuration:
    return Configuration({"erp": drop.source}, {drop.importer.name: drop.importer})


def is_stale(drop: Drop) -> bool:
    with drop.warehouse.connect() as connection:
        (feed,) = feeds(configuration(drop), connection)
    return feed.freshness(NOW) is Freshness.STALE


@pytest.fixture
def frozen(products: Drop) -> Drop:
    """With a record that a file of an earlier version brought, dated in 2062."""
    send(products, "2026-01-31", 1)
    products.execute("update ops.import_files set file_date = '2062-01-31', name = 'P_2062-01-31.csv'")
    return products


def test_a_file_of_the_future_that_holds_records_is_told_with_what_to_do(frozen: Drop) -> None:
    (finding,) = found(frozen)
    assert (finding.level, finding.kind, finding.place) == ("left", "kept_back", "importer products")
    assert "P_2062-01-31.csv is dated 2062-01-31" in finding.message
    assert "`import products --file P_2026-01-31.csv --force`" in finding.message
    assert is_stale(frozen)


def test_one_that_is_in_the_archive_no_more_is_named_as_it_was_sent(frozen: Drop) -> None:
    frozen.execute(
        "update ops.import_files set archived_to = '(deleted: it was older than the component Retention says)'"
    )
    (finding,) = found(frozen)
    assert "`import products --file P_2062-01-31.csv --force`" in finding.message


def test_doing_so_ends_it(frozen: Drop) -> None:
    frozen.execute("update ops.import_files set name = 'P_2026-01-31.csv'")
    frozen.execute("update ops.import_files set archived_to = 'products/processed/P_2062-01-31.csv'")
    processed = frozen.folder / "processed"
    (processed / "P_2026-01-31.csv").rename(processed / "P_2062-01-31.csv")
    frozen.execute("update ops.import_files set name = 'P_2062-01-31.csv'")
    frozen.run(names=["P_2062-01-31.csv"], force=True)
    assert found(frozen) == []
    send(frozen, f"{NOW:%Y-%m-%d}", 2)
    assert frozen.stored("list_price") == [(2,)]


def test_a_file_of_the_future_whose_records_others_have_changed_since_is_not(frozen: Drop) -> None:
    frozen.put("P_2026-02-01.csv", "product_id,sku,name,list_price\nP1,S1,One,9\n")
    frozen.run(force=True)
    assert found(frozen) == []


def test_three_files_in_succession_whose_rows_were_stale_are_told(products: Drop) -> None:
    other = products.of("products", name="prices", pattern="P_{date}.csv", folder="products")
    send(other, f"{NOW:%Y-%m-%d}", 9)
    for day in (1, 2):
        send(products, f"2026-02-0{day}", day)
    assert found(products) == []
    assert not is_stale(products)
    send(products, "2026-02-03", 3)
    (finding,) = found(products)
    assert "most rows of its last 3 files, up to P_2026-02-03.csv, were kept back" in finding.message
    assert is_stale(products)


def test_old_files_that_are_imported_late_are_not(products: Drop) -> None:
    send(products, "2026-02-09", 9)
    for day in (1, 2, 3, 4):
        send(products, f"2026-02-0{day}", day)
    assert found(products) == []


def test_a_file_of_the_future_that_is_about_to_be_refused_is_told(products: Drop) -> None:
    day = (NOW + timedelta(days=40)).date()
    products.put(f"P_{day}.csv", "product_id\n")
    (finding,) = check_source(products.source, configuration(products), products.warehouse).findings
    assert (finding.kind, finding.place) == ("future_date", f"products/P_{day}.csv")
    assert finding.message.startswith(f"will be refused. The file is dated {day}")
