"""`wiseparts build`."""

import json

from tests.dbt.building import insert
from tests.installation import Installation
from wiseparts_pipeline.warehouse import Warehouse


def test_builds_and_says_how_much(installation: Installation) -> None:
    done = installation.run("build", "--select", "+dim_brand_families import_log")

    assert done.status == 0
    assert "models and tests are built and passed." in done.out


def test_names_the_test_that_fails(installation: Installation, warehouse: Warehouse) -> None:
    line = {"line_no": 1, "quantity": 1, "unit_price": 1, "net_amount": 1, "currency": "EUR"}
    with warehouse.connect() as connection:
        insert(
            connection, "sales", [line | {"invoice_id": "I1", "invoice_date": "2025-01-02", "document_type": "gift"}]
        )

    done = installation.run("build", "--select", "+fct_sales", "--json")

    failed = [node["name"] for node in json.loads(done.out)["nodes"] if node["status"] == "fail"]
    assert done.status == 1
    assert failed == ["fct_sales_holds"]
    assert "fct_sales_holds: fail: " in done.err


def test_an_unknown_model_is_a_usage_error(installation: Installation) -> None:
    done = installation.run("build", "--select", "fct_sails")

    assert done.status == 2
    assert "fct_sails is no model or test" in done.err
