"""The tables of imported records answer by the same rules as a system does."""

from collections.abc import Iterator
from datetime import date
from zoneinfo import ZoneInfo

import pytest

from tests.installation import Installation
from tests.live.contract import Contract, Known
from tests.live.imported import import_a_little
from wiseparts_pipeline.live.stored.database import Database
from wiseparts_pipeline.warehouse import Warehouse

TODAY = date(2026, 3, 2)


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory, shared_warehouse: Warehouse) -> Iterator[Database]:
    folder = tmp_path_factory.mktemp("stored")
    installation = Installation(folder, {"WISEPARTS_DATABASE_URL": shared_warehouse.url})
    installation.source("drop", protocol="local", root=str(installation.drop), settle_seconds=0)
    import_a_little(installation)
    with shared_warehouse.connect(autocommit=True) as connection:
        yield Database(connection, TODAY, ZoneInfo("Europe/Athens"))


class TestContract(Contract):
    @pytest.fixture
    def answering(self, stored: Database) -> Database:
        return stored

    @pytest.fixture
    def known(self) -> Known:
        return Known("C1", ["S1"], "MAIN", TODAY)
