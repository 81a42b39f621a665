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
