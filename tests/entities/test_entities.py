"""All entities: their order, references and checks, and what is generated from them."""

import csv
from io import StringIO
from pathlib import Path

import pandas as pd
import pandera.errors
import pyarrow as pa
import pytest

from wiseparts_pipeline.entities import ENTITIES
from wiseparts_pipeline.entities.calls import CALLS
from wiseparts_pipeline.entities.codegen import generated_files
from wiseparts_pipeline.entities.customers import CUSTOMERS
from wiseparts_pipeline.entities.schema import Entity, Type
from wiseparts_pipeline.entities.template import template
from wiseparts_pipeline.home import PROJECT

every_entity = pytest.mark.parametrize("entity", ENTITIES.values(), ids=ENTITIES.keys())


@every_entity
def test_an_entity_comes_after_those_it_refers_to(entity: Entity) -> None:
    names = list(ENTITIES)
    others = [reference.entity for reference in entity.references.values() if reference.entity != entity.name]
    assert all(names.index(other) < names.index(entity.name) for other in others)


@every_entity
def test_a_reference_points_to_a_unique_column(entity: Entity) -> None:
    for reference in entity.references.values():
        target = ENTITIES[reference.entity]
        assert (reference.column,) == target.key or reference.column in target.unique


@every_entity
def test_key_columns_are_required_for_a_new_record(entity: Entity) -> None:
    for name in (*entity.key, *entity.unique):
        assert entity[name].required or entity[name].required_on_create


@every_entity
def test_the_template_has_an_example_for_every_column(entity: Entity) -> None:
    header, example = csv.reader(StringIO(template(entity)))
    assert tuple(header) == entity.column_names
    assert all(example)


@every_entity
def test_the_example_row_passes_the_schema(entity: Entity) -> None:
    entity.schema.validate(_rows(entity), lazy=True)


@every_entity
def test_a_row_with_only_the_required_columns_passes_the_schema(entity: Entity) -> None:
    required = [column.name for column in entity.columns if column.required]
    entity.schema.validate(_rows(entity)[required], lazy=True)


def test_a_value_outside_the_allowed_set_fails_with_its_code() -> None:
    assert _failed_checks(CUSTOMERS, status="asleep") == {"not_in_set"}


@pytest.mark.parametrize("country", ["gr", "GRC", "G1", "GR\n"])
def test_a_country_code_has_two_capital_letters(country: str) -> None:
    assert _failed_checks(CUSTOMERS, country_code=country) == {"bad_format"}


@pytest.mark.parametrize("column", ["wait_seconds", "talk_seconds", "hold_seconds"])
def test_durations_of_a_call_are_not_negative(column: str) -> None:
    assert _failed_checks(CALLS, **{column: -1}) == {"out_of_range"}


@pytest.mark.parametrize(("path", "text"), generated_files().items(), ids=lambda value: getattr(value, "name", ""))
def test_a_generated_file_is_up_to_date(path: Path, text: str) -> None:
    assert path.read_text(encoding="utf-8") == text, (
        f"{path.relative_to(PROJECT)} is out of date: run python -m wiseparts_pipeline.entities.codegen"
    )


def _rows(entity: Entity, **values: object) -> pd.DataFrame:
    """The example row as converted columns, with some values replaced."""
    columns = {}
    for column in entity.columns:
        value = pa.array([values.get(column.name, column.example)])
        if column.type is Type.TIMESTAMP:
            value = value.cast(pa.timestamp("us")).cast(column.type.arrow)
        columns[column.name] = pd.Series(value.cast(column.type.arrow), dtype=pd.ArrowDtype(column.type.arrow))
    return pd.DataFrame(columns)


def _failed_checks(entity: Entity, **values: object) -> set[str]:
    with pytest.raises(pandera.errors.SchemaErrors) as caught:
        entity.schema.validate(_rows(entity, **values), lazy=True)
    return set(caught.value.failure_cases["check"])
