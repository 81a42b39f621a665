"""`wiseparts forget`: what it asks for, prints and exits with."""

import json
from pathlib import Path

import pytest

from tests.installation import Installation
from wiseparts_pipeline.warehouse import Warehouse


@pytest.fixture
def known(warehouse: Warehouse, tmp_path: Path, dbt_target: Path) -> Installation:
    """A customer was imported."""
    installation = Installation(tmp_path, {"WISEPARTS_DATABASE_URL": warehouse.url})
    installation.share_parsed(dbt_target)
    installation.source("drop", protocol="local", root=str(installation.drop), settle_seconds=0)
    installation.importer("customers")
    installation.put("Customers/a.csv", "customer_id,name", "C1,Ada's Garage")
    assert installation.run("import").status == 0
    return installation


def test_nothing_is_done_without_asking(known: Installation) -> None:
    for arguments, message in (
        (["customers", "C1"], "--yes: is needed where nobody can be asked"),
        (["sales", "I1"], "sales has no persons; allowed: sales_reps, customers, "),
    ):
        done = known.run("forget", *arguments)
        assert done.status == 2
        assert message in done.err
    unknown = known.run("forget", "customers", "C7", "--yes")
    assert unknown.status == 1
    assert "`wiseparts trace customers C7` lists similar keys" in unknown.err
    assert (known.drop / "Customers" / "processed" / "a.csv").exists()


def test_it_says_what_was_done_and_what_is_beyond_reach(known: Installation) -> None:
    planned = known.run("forget", "customers", "C1", "--dry-run")
    assert "To be emptied of customers C1" in planned.out
    assert "Nothing was changed." in planned.out
    done = known.run("forget", "customers", "C1", "--yes")
    assert done.status == 0, done.err
    assert "Customers/processed/a.csv" in done.out
    assert "Not reached: backups" in done.out
    assert not (known.drop / "Customers" / "processed" / "a.csv").exists()


def test_what_is_left_is_told_and_an_exit_status(known: Installation) -> None:
    known.put("Customers/b.csv", "customer_id,name", "C1,Ada's Garage")
    done = known.run("forget", "customers", "C1", "--yes", "--json")
    assert done.status == 3
    assert [file["path"] for file in json.loads(done.out)["kept_files"]] == ["Customers/b.csv"]
    assert "LEFT: drop: Customers/b.csv: it is not archived" in known.run("forget", "customers", "C1", "--yes").err
