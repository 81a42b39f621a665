"""A real Tryton and a real Odoo that orders and customers are created in, by users who may do that and little else.

The tests with Odoo are run by hand, where it is installed; see `tests/connections/odoo/install.py`.
"""

from collections.abc import Iterator

import pytest

from tests.connections import installed
from tests.connections.odoo import install
from tests.connections.odoo import running as odoo_running
from tests.connections.tryton.install import FOLDER
from tests.connections.tryton.running import asking
from tests.connections.tryton.running import tryton as running_tryton
from tests.exporting.systems.creating import USER, Creating, Erp, Odoo, Tryton
from wiseparts_pipeline.warehouse import Warehouse


@pytest.fixture(scope="package")
def tryton(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tryton]:
    installed.need(FOLDER, "python3 -m tests.connections.tryton.install")
    with running_tryton(tmp_path_factory.mktemp("tryton")) as url, asking(url) as ask:
        (warehouse,) = ask("model.stock.location.search", [["code", "=", "WH"]], 0, 1, None)
        groups = ask("model.res.group.search", [["name", "in", ["Sales", "Account Credit Limit"]]], 0, None, None)
        rights = {"groups": [["add", [int(each) for each in groups]]], "warehouse": int(warehouse)}
        own = {"companies": [["add", [1]]], "company": 1, "email": "push@example.org"}
        ask("model.res.user.create", [{**USER, **own, **rights}])
        tryton = Tryton(url, ask)
        # So that whatever the tests order of it together is within the limit.
        tryton.set_credit_limit("C0002", "1000000")
        yield tryton


@pytest.fixture(scope="package")
def odoo() -> Iterator[Odoo]:
    if not install.is_done():
        pytest.skip(f"needs an Odoo: run {install.COMMAND}")
    with odoo_running.odoo(install.DUMP) as (url, _):
        yield Odoo(url)


@pytest.fixture
def erp(request: pytest.FixtureRequest) -> Erp:
    """The Tryton, unless the test says which one."""
    erp: Erp = request.getfixturevalue(getattr(request, "param", "tryton"))
    return erp


@pytest.fixture
def creating(warehouse: Warehouse, erp: Erp) -> Creating:
    """Orders are quoted and confirmed."""
    return Creating(warehouse, erp)
