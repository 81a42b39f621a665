"""Which months the tie-outs of sales look at: all of them, or those that have changed since they last passed."""

import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from unittest.mock import patch
from urllib.parse import urlsplit

import pytest
from dbt.contracts.graph.manifest import Manifest

from tests import forking
from tests.conftest import database
from tests.dbt.building import AS_OF, insert
from wiseparts_pipeline.dbt import builds
from wiseparts_pipeline.dbt.builds import build_marts, exclusive_build
from wiseparts_pipeline.dbt.manifest import parsed_for
from wiseparts_pipeline.warehouse import DATABASE_URL, Warehouse

EVERYTHING = ()
# What a build of a change of sales contains, as far as fct_sales.
OF_SALES = ("stg_sales", "fct_sales")
LINE = {"line_no": 1, "quantity": 1, "unit_price": 10, "net_amount": 10, "currency": "EUR"}
TIE_OUT = "fct_sales_ties_out_to_raw"


def failed(warehouse: Warehouse, target: Path, select: Sequence[str]) -> list[str]:
    """The tests that fail in a build, by name."""
    environment = os.environ | {DATABASE_URL: warehouse.url, "WISEPARTS_HOME": str(target)}
    done = forking.run(f"{__name__}:build", list(select), environment, Path.cwd())
    assert done.status == 0, done.err
    return done.out.split()


def build() -> None:
    """Builds the models of the command line, and prints the names of the tests that fail."""
    with Warehouse.open() as warehouse, exclusive_build(warehouse, print) as opened:
        project = as_far_as_sales(parsed_for(opened.environment))
        with patch.object(builds, "parsed_for", return_value=project):
            done = build_marts(opened, sys.argv[1:], variables={"as_of": AS_OF})
    print(*(node.name for node in done.failures))


def as_far_as_sales(project: Manifest) -> Manifest:
    """The project without what fct_sales is not made of: everything takes as long to build as all other tests here."""
    kept: set[str] = set()
    added = {"model.wiseparts.fct_sales"}
    while added:
        kept |= added
        added = {each for key in added for each in project.nodes[key].depends_on_nodes if each in project.nodes} - kept
    tests = {key for key in project.nodes if key.startswith("test.")}
    kept |= {key for key in tests if kept | project.sources.keys() >= set(project.nodes[key].depends_on_nodes)}
    for key in project.nodes.keys() - kept:
        del project.nodes[key]
    for others in (project.exposures, project.metrics, project.semantic_models, project.saved_queries):
        others.clear()
    project.unit_tests.clear()
    return project


@pytest.fixture(scope="module")
def built(postgres_url: str, prepared_url: str, target: Path) -> Iterator[str]:
    """The name of a database with a line in each of two months, built and tested."""
    with database(postgres_url, urlsplit(prepared_url).path.removeprefix("/")) as url:
        build_sales(Warehouse(url), target)
        yield urlsplit(url).path.removeprefix("/")


@pytest.fixture
def sold(built: str, postgres_url: str) -> Iterator[Warehouse]:
    """A copy of it."""
    with database(postgres_url, built) as url:
        yield Warehouse(url)


def build_sales(warehouse: Warehouse, target: Path) -> None:
    with warehouse.connect() as connection:
        insert(
            connection,
            "sales",
            [
                LINE | {"invoice_id": "I1", "invoice_date": "2025-01-10"},
                LINE | {"invoice_id": "I2", "invoice_date": "2025-02-10"},
            ],
        )
    assert failed(warehouse, target, EVERYTHING) == []


def lose(warehouse: Warehouse, invoice_id: str) -> None:
    """Have the mart miss a line of raw, as a faulty model would."""
    with warehouse.connect() as connection:
        connection.execute("delete from marts.fct_sales where invoice_id = %s", [invoice_id])


def sell(warehouse: Warehouse, day: str) -> None:
    with warehouse.connect() as connection:
        insert(connection, "sales", [LINE | {"invoice_id": "I3", "invoice_date": day}])


def test_what_is_wrong_in_other_months_is_seen_by_a_build_of_everything(sold: Warehouse, target: Path) -> None:
    lose(sold, "I1")
    sell(sold, "2025-02-20")
    assert failed(sold, target, OF_SALES) == []
    assert TIE_OUT in failed(sold, target, EVERYTHING)
    # It is not taken for mended by the next build of a change.
    assert failed(sold, target, OF_SALES) == [TIE_OUT]


def test_a_build_of_a_change_looks_at_a_month_that_has_changed_until_the_tie_out_passes(
    sold: Warehouse, target: Path
) -> None:
    lose(sold, "I1")
    sell(sold, "2025-01-20")
    assert failed(sold, target, OF_SALES) == [TIE_OUT]
    assert failed(sold, target, OF_SALES) == [TIE_OUT]


def test_an_import_that_ends_during_a_build_leaves_the_months_to_the_next(sold: Warehouse, target: Path) -> None:
    lose(sold, "I1")
    sell(sold, "2025-01-20")
    with sold.connect() as connection:
        connection.execute(
            "insert into ops.import_files (importer, entity, source, path, name, status, finished_at)"
            " values ('s', 'sales', 'erp', '/s.csv', 's.csv', 'imported', now() + interval '1 hour')"
        )
    assert failed(sold, target, OF_SALES) == []
    with sold.connect() as connection:
        connection.execute("delete from ops.import_files")
    assert failed(sold, target, OF_SALES) == [TIE_OUT]
