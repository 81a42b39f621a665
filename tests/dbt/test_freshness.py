"""`dbt source freshness` of the raw tables, according to the import log."""

import json
import os
import shutil
import sys
from pathlib import Path

import pytest
from dbt.cli.main import dbtRunner

from tests import forking
from tests.dbt.building import Dbt
from wiseparts_pipeline.entities import ENTITIES
from wiseparts_pipeline.home import DBT_PROJECT

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


def dbt_freshness() -> None:
    """`dbt source freshness` in this folder."""
    dbtRunner().invoke(["source", "freshness", "--no-use-colors", "--vars", sys.argv[1]])


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    """A project with the sources of ours only: `feeds` is read while it is parsed, and parsing all of it takes long."""
    for name in ("dbt_project.yml", "profiles.yml"):
        shutil.copy(DBT_PROJECT / name, tmp_path)
    for name in ("macros", "models/sources"):
        shutil.copytree(DBT_PROJECT / name, tmp_path / name)
    for page in DBT_PROJECT.glob("models/**/docs.md"):
        (tmp_path / page.relative_to(DBT_PROJECT)).parent.mkdir(exist_ok=True)
        shutil.copy(page, tmp_path / page.relative_to(DBT_PROJECT))
    return tmp_path


@pytest.fixture
def statuses(dbt: Dbt, sources: Path) -> dict[str, str]:
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
    environment = os.environ | dbt.warehouse.dbt_environment()
    done = forking.run(f"{__name__}:dbt_freshness", [json.dumps({"feeds": FEEDS})], environment, sources)
    assert "Compilation Error" not in done.out
    results = json.loads((sources / "target" / "sources.json").read_text())["results"]
    return {result["unique_id"].split(".")[-1]: result["status"] for result in results}


def test_a_table_is_stale_as_soon_as_one_of_its_feeds_is(statuses: dict[str, str]) -> None:
    assert statuses == {"customers": "pass", "products": "error", "sales": "pass", "orders": "error", "calls": "error"}


def test_no_table_is_checked_unless_a_file_is_expected(dbt: Dbt) -> None:
    done = dbt("source", "freshness")

    assert done.returncode == 0
    assert not [entity for entity in ENTITIES if f"raw.{entity}" in done.stdout]
