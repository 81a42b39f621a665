"""A real Tryton that orders and customers are created in, by a user who may do that and little else."""

from collections.abc import Iterator

import pytest

from tests.connections import installed
from tests.connections.tryton.install import FOLDER
from tests.connections.tryton.running import asking, tryton
from tests.exporting.systems.creating import USER, Creating, Erp
from wiseparts_pipeline.warehouse import Warehouse


@pytest.fixture(scope="package")
def erp(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Erp]:
    installed.need(FOLDER, "python3 -m tests.connections.tryton.install")
    with tryton(tmp_path_factory.mktemp("tryton")) as url, asking(url) as ask:
        (warehouse,) = ask("model.stock.location.search", [["code", "=", "WH"]], 0, 1, None)
        groups = ask("model.res.group.search", [["name", "in", ["Sales", "Account Credit Limit"]]], 0, None, None)
        rights = {"groups": [["add", [int(each) for each in groups]]], "warehouse": int(warehouse)}
        own = {"companies": [["add", [1]]], "company": 1, "email": "push@example.org"}
        ask("model.res.user.create", [{**USER, **own, **rights}])
        erp = Erp(url, ask)
        # So that whatever the tests order of it together is within the limit.
        erp.set_credit_limit("C0002", "1000000")
        yield erp


@pytest.fixture
def creating(warehouse: Warehouse, erp: Erp) -> Creating:
    """Orders are quoted and confirmed."""
    return Creating(warehouse, erp)
