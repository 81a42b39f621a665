"""`dbt source freshness` of the raw tables, according to the import log."""

import json

import pytest

from tests.dbt.building import Dbt, folder
from wiseparts_pipeline.entities import ENTITIES

# Importer and hours since its last import.
HOURS = {"customers": 5, "shop_sales": 5, "monthly_sales": 5, "calls": 5, "tills": 30, "web": 30}
FEEDS = {
    "customers": {"customers": 360},
    "products": {"products": 360},
    "sales": {"shop_sales": 360, "monthly_sales": 50_000, "calls": None},
    "orders": {"tills": 1_560, "web": 50_000},
    "calls": {"calls": 240},
    "quotes": {"quotes": None},
}


@pytest.fixture
def statuses(dbt: Dbt) -> dict[str, str]:
    """The freshness status of each source that dbt checks."""
    with dbt.warehouse.connect() as connection:
        for importer, hours in HOURS.items():
            connection.execute(
                """
                insert into ops.import_files (importer, entity, source, path, name, status, finished_at)
                select %(importer)s, 'any', 'drop', 'a.csv', 'a.csv', status, now() - age * interval '1 hour'
                from (
                    values ('imported', %(hours)s), ('imported', %(hours)s + 100), ('refused', 0)
                ) as file (status, age)
                """,
                {"importer": importer, "hours": hours},
            )
    done = dbt("source", "freshness", feeds=FEEDS)
    assert "Compilation Error" not in done.stdout
    results = json.loads((folder(dbt.target, feeds=FEEDS) / "sources.json").read_text())["results"]
    return {result["unique_id"].split(".")[-1]: result["status"] for result in results}


def test_a_table_is_stale_as_soon_as_one_of_its_feeds_is(statuses: dict[str, str]) -> None:
    assert statuses == {"customers": "pass", "products": "error", "sales": "pass", "orders": "error", "calls": "error"}


def test_no_table_is_checked_unless_a_file_is_expected(dbt: Dbt) -> None:
    done = dbt("source", "freshness")

    assert done.returncode == 0
    assert not [entity for entity in ENTITIES if f"raw.{entity}" in done.stdout]
