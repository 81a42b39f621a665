"""`wiseparts export-ids`."""

import csv
import json

import pytest

from tests.installation import Finished, Installation
from wiseparts_pipeline.warehouse import Warehouse


@pytest.fixture
def stocked(installation: Installation) -> Installation:
    """Three customers and two products."""
    installation.importer("products")
    installation.put("Customers/customers.csv", "customer_id,name", "C2,Beta", 'C1,"Alpha, Sons"', "C3,Gamma")
    installation.put("Products/products.csv", "product_id,sku,name", "P1,BP-1,Pad", "P2,BP-2,Disc")
    installation.run("import")
    return installation


def rows(done: Finished) -> list[dict[str, str]]:
    return list(csv.DictReader(done.out.splitlines()))


def test_has_system_id_and_key_of_every_record_in_order_of_the_key(stocked: Installation) -> None:
    exported = rows(stocked.run("export-ids", "customers"))

    assert list(exported[0]) == ["system_id", "customer_id"]
    assert [row["customer_id"] for row in exported] == ["C1", "C2", "C3"]
    assert len({row["system_id"] for row in exported}) == 3


def test_products_have_their_sku_as_well(stocked: Installation) -> None:
    exported = rows(stocked.run("export-ids", "products"))

    assert [(row["product_id"], row["sku"]) for row in exported] == [("P1", "BP-1"), ("P2", "BP-2")]


def test_required_columns_are_included(installation: Installation) -> None:
    done = installation.run("export-ids", "addresses")

    assert done.out == "system_id,address_id,customer_id,kind\n"


def test_deleted_records_are_left_out(stocked: Installation, warehouse: Warehouse) -> None:
    with warehouse.connect() as connection:
        connection.execute("update raw.customers set _deleted_at = now() where customer_id = 'C2'")

    assert [row["customer_id"] for row in rows(stocked.run("export-ids", "customers"))] == ["C1", "C3"]


def test_writes_a_file(stocked: Installation) -> None:
    target = stocked.folder / "ids.csv"

    done = stocked.run("export-ids", "customers", "--out", target)

    assert done.status == 0
    assert "3 records of customers are in" in done.out
    assert len(target.read_text().splitlines()) == 4
    assert not list(stocked.folder.glob(".*.part"))


def test_a_missing_folder_is_reported(stocked: Installation) -> None:
    done = stocked.run("export-ids", "customers", "--out", "/no/such/folder/ids.csv")

    assert done.status == 1
    assert "/no/such/folder" in done.err


def test_prints_json(stocked: Installation) -> None:
    exported = json.loads(stocked.run("export-ids", "customers", "--json").out)

    assert [row["customer_id"] for row in exported] == ["C1", "C2", "C3"]


def test_only_master_data_have_a_system_id(installation: Installation) -> None:
    done = installation.run("export-ids", "sales")

    assert done.status == 2
    assert "sales have no system_id; these have: sales_reps, customers, customer_branches" in done.err


def test_importing_an_exported_file_changes_nothing(stocked: Installation) -> None:
    target = stocked.folder / "ids.csv"
    stocked.run("export-ids", "customers", "--out", target)

    (file,) = json.loads(stocked.run("import", "customers", "--file", target, "--json").out)["files"]

    assert (file["status"], file["rows_read"], file["rows_unchanged"]) == ("imported", 3, 3)


def test_a_changed_key_in_an_exported_file_renames_the_record(stocked: Installation) -> None:
    target = stocked.folder / "ids.csv"
    stocked.run("export-ids", "customers", "--out", target)
    before = {
        row["system_id"]: row["customer_id"] for row in csv.DictReader(target.read_text(encoding="utf-8").splitlines())
    }
    target.write_text(target.read_text().replace("C2", "C0002"))

    assert stocked.run("import", "customers", "--file", target).status == 0

    after = {row["system_id"]: row["customer_id"] for row in rows(stocked.run("export-ids", "customers"))}
    assert after == {system_id: key.replace("C2", "C0002") for system_id, key in before.items()}
