"""`wiseparts template`."""

import csv

import pytest

from tests.installation import Installation
from wiseparts_pipeline.entities import ENTITIES


@pytest.mark.parametrize("entity", ["customers", "sales"])
def test_a_template_can_be_imported_as_it_is(installation: Installation, entity: str) -> None:
    path = installation.drop / entity.title() / "template.csv"
    assert installation.run("template", entity, "--out", path).status == 0

    assert installation.run("import", entity).status == 0


def test_prints_the_columns(installation: Installation) -> None:
    header, *_ = csv.reader(installation.run("template", "customers").out.splitlines())

    assert tuple(header) == ENTITIES["customers"].column_names


def test_the_message_about_an_unknown_entity_lists_all_entities(installation: Installation) -> None:
    done = installation.run("template", "custommers")

    assert done.status == 2
    assert "'custommers' is unknown; there are: sales_reps, customers, customer_branches" in done.err


def test_the_files_that_are_exported_have_the_headers_of_their_exporters(installation: Installation) -> None:
    installation.source("erp", protocol="local", root=str(installation.drop))
    installation.source("shop", protocol="local", root=str(installation.folder))
    files = {"head": {"columns": {"OrderNo": "order_id", "Ref": "uuid"}}, "lines": {"rows": "line"}}
    installation.exporter("orders", to="erp", folder="To ERP", sources="shop", file={"delimiter": ";"}, files=files)

    done = installation.run("template", "orders", "--export")

    lines, head = done.out.strip().split("\n\n")
    assert head == "To ERP/order_<uuid>/head_<uuid>.csv\nOrderNo;Ref"
    assert lines.startswith("To ERP/order_<uuid>/lines_<uuid>.csv\norder_id;line_no;sku;")


def test_without_an_exporter_the_headers_are_those_of_all_columns(installation: Installation) -> None:
    done = installation.run("template", "customers", "--export")

    assert done.out.startswith("Export/customer_<uuid>/customer_data_<uuid>.csv\nuuid,customer_id,name,")


def test_other_entities_are_not_exported(installation: Installation) -> None:
    done = installation.run("template", "sales", "--export")

    assert (done.status, "--export goes with orders, customers" in done.err) == (2, True)
