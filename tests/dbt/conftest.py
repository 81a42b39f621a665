"""A warehouse with hand-made rows and built marts, shared by the tests that only read it.

On the oldest server that is supported.
"""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests import forking
from tests.conftest import database
from tests.dbt.building import Dbt
from tests.dbt.rows import insert_all
from tests.measuring import leave_out_dbt
from tests.on_oldest_postgresql import postgres_url, prepared_url
from wiseparts_pipeline.warehouse import Warehouse

__all__ = ["postgres_url", "prepared_url"]


@pytest.fixture(scope="session", autouse=True)
def unmeasured_dbt() -> None:
    """Also where it runs in this process."""
    leave_out_dbt()


@pytest.fixture(scope="session")
def target(dbt_target: Path) -> Path:
    """The folder of dbt's artifacts."""
    return dbt_target


@pytest.fixture
def dbt(warehouse: Warehouse, target: Path) -> Dbt:
    """dbt on an empty warehouse of this test."""
    return Dbt(warehouse, target)


@pytest.fixture(scope="session")
def marts(postgres_url: str, prepared_url: str, target: Path) -> Iterator[Warehouse]:
    """A warehouse with the rows of tests/dbt/rows.py and built marts; read-only."""
    with database(postgres_url, template=urlsplit(prepared_url).path.removeprefix("/")) as url:
        warehouse = Warehouse(url)
        with warehouse.connect() as connection:
            insert_all(connection)
        Dbt(warehouse, target).build(unit_tests=True)
        yield warehouse


@pytest.fixture(scope="session")
def manifest(target: Path) -> dict[str, Any]:
    """dbt's manifest of the project, parsed without building anything."""
    prepared = forking.run(
        "wiseparts_pipeline.dbt.manifest:prepare_manifest", [], os.environ | {"WISEPARTS_HOME": str(target)}, target
    )
    assert prepared.status == 0, prepared.err
    known: dict[str, Any] = json.loads((target / "dbt" / "manifest.json").read_text(encoding="utf-8"))
    return known
