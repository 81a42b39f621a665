"""Orders whose customers are not exported: they are held alike, whatever the reason, and a person may let them go."""

from pathlib import Path

import pytest

from tests.exporting.imports import Imports, exporter
from tests.importing.drop import Drop
from wiseparts_pipeline.config.loader import Configuration
from wiseparts_pipeline.config.source import SourceSettings
from wiseparts_pipeline.exporting.delivery import deliver
from wiseparts_pipeline.exporting.noting import repeat

HEADER = "order_id,line_no,status,customer_id"


@pytest.fixture
def imports(drop: Drop) -> Imports:
    """Of customers from a shop, who go if they are called Alpha, and of their orders, which go after them."""
    customers = exporter("customers", name="erp_customers", when={"name": ["Alpha"]})
    imports = Imports(drop, [customers, exporter(name="erp_orders", after="erp_customers")])
    imports.customers("C0,Earlier", source="erp")
    return imports


def delivered(imports: Imports, tmp_path: Path) -> dict[str, tuple[str, str | None]]:
    """Status and code by order, after a delivery."""
    root = tmp_path / "erp"
    root.mkdir(exist_ok=True)
    sources = {"erp": SourceSettings(name="erp", protocol="local", root=str(root))}
    configuration = Configuration(sources, {}, {each.name: each for each in imports.exporters})
    deliver(imports.drop.warehouse, configuration, seconds=60, everything_due=True)
    noted = imports.noted("record_key", "status", "code", exporter="erp_orders")
    return {key: (status, code) for key, status, code in noted}


def test_an_order_is_held_for_a_customer_that_does_not_go(imports: Imports, tmp_path: Path) -> None:
    imports.customers("C1,Alpha", "C2,Beta", "C3,Alpha")
    imports.customers("C1,Gamma")
    imports.customers("D1,Delta", source="erp")
    imports.drop.execute("update raw.customers set _deleted_at = now() where customer_id = 'C3'")
    imports.orders(*(f"W{key},1,confirmed,{key}" for key in ("C0", "C1", "C2", "C3", "D1")), header=HEADER)
    held, gone = ("held", "customer_not_delivered"), ("delivered", None)
    assert delivered(imports, tmp_path) == {"WC0": gone, "WC1": held, "WC2": held, "WC3": held, "WD1": gone}
    sentences = [error for (error,) in imports.noted("error", exporter="erp_orders") if error]
    assert len(sentences) == 3
    assert all(
        "does not go" in error and "export erp_orders --record WC" in error and "--again`" in error
        for error in sentences
    )
    with imports.connect() as connection:
        repeat(connection, imports.exporters[1], ["WC2", "WC3"], again=True)
    imports.customers("C1,Alpha")
    assert set(delivered(imports, tmp_path).values()) == {gone}


def test_an_order_of_a_customer_from_before_the_exporter_goes_at_once(imports: Imports, tmp_path: Path) -> None:
    imports.customers("C2,Beta")
    imports.drop.execute("update ops.exporters set started_at = now()")
    imports.orders("W2,1,confirmed,C2", header=HEADER)
    assert delivered(imports, tmp_path) == {"W2": ("delivered", None)}
