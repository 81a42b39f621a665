"""Every mart describes its contents, units and users."""

import re
from typing import Any

import pytest

from wiseparts_pipeline.warehouse import Warehouse

EXPOSED = {
    *("sales_report", "quote_report", "call_centre_report", "receivables_report", "channel_report"),
    *("customer_overview", "import_report"),
}

NUMERIC = re.compile(r"(small|big)?int(eger)?|numeric|decimal|real|double|float")
# The description of a numeric column names its unit, or says that it is an id or a position; that of a count may begin
# with what is counted.
UNITS = re.compile(
    r"""
    (?<![a-z])(
        currency | percent | share | rate | ratio
        | seconds? | minutes? | hours? | days? | weeks? | months? | quarters? | years?
        | bytes? | units? | quantit(y|ies) | number | how\ many | counts? | rows?
        | key | id | (0|1)\ (to|for|is) | from\ (0|1)
    )(?![a-z])
    """,
    re.VERBOSE | re.IGNORECASE,
)
COUNTED = re.compile(r"[A-Z][a-z]+s\b")
NO_WORDS = {"a", "an", "the", "of", "its"}


@pytest.fixture(scope="session")
def models(manifest: dict[str, Any]) -> list[dict[str, Any]]:
    """The models of the marts."""
    models = [node for node in manifest["nodes"].values() if node["resource_type"] == "model"]
    return [model for model in models if model["schema"] == "marts"]


def columns(models: list[dict[str, Any]]) -> list[tuple[str, dict[str, Any]]]:
    return [(f"{model['name']}.{column['name']}", column) for model in models for column in model["columns"].values()]


def words(text: str) -> list[str]:
    return [word for word in re.findall(r"[a-z0-9]+", text.lower()) if word not in NO_WORDS]


def has_unit(column: dict[str, Any]) -> bool:
    is_count = "int" in column["data_type"] and COUNTED.match(column["description"])
    return bool(is_count or UNITS.search(column["description"]))


def test_every_mart_and_column_has_a_description_that_is_a_sentence(models: list[dict[str, Any]]) -> None:
    described = [(model["name"], model) for model in models] + columns(models)

    assert [name for name, each in described if not each["description"].strip().endswith(".")] == []


def test_a_description_says_more_than_the_name(models: list[dict[str, Any]]) -> None:
    assert [name for name, each in columns(models) if words(each["description"]) == words(each["name"])] == []


def test_every_numeric_column_names_its_unit(models: list[dict[str, Any]]) -> None:
    numeric = [(name, each) for name, each in columns(models) if NUMERIC.match(each["data_type"])]

    assert numeric
    assert [f"{name}: {each['description']}" for name, each in numeric if not has_unit(each)] == []


def test_every_mart_is_read_by_an_exposure_or_another_mart(
    manifest: dict[str, Any], models: list[dict[str, Any]]
) -> None:
    """The exposures name the people who use a report."""
    exposures = manifest["exposures"].values()
    for exposure in exposures:
        assert exposure["maturity"], exposure["name"]
        assert exposure["owner"]["name"], exposure["name"]
        assert exposure["description"].strip().endswith("."), exposure["name"]
    read = {node for each in [*exposures, *models] for node in each["depends_on"]["nodes"]}

    assert {exposure["name"] for exposure in exposures} >= EXPOSED
    assert [model["name"] for model in models if model["unique_id"] not in read] == []


def test_the_import_log_has_every_column_of_the_log(marts: Warehouse) -> None:
    query = "select column_name from information_schema.columns where table_schema = %s and table_name = %s"
    with marts.connect() as connection:
        log = {name for (name,) in connection.execute(query, ["ops", "import_files"])}
        mart = {name for (name,) in connection.execute(query, ["marts", "import_log"])}

    assert log <= mart


def test_the_export_log_has_everything_but_words_and_what_only_the_deliverer_needs(marts: Warehouse) -> None:
    """The reason in words may quote a value of the record."""
    query = "select column_name from information_schema.columns where table_schema = %s and table_name = %s"
    with marts.connect() as connection:
        log = {name for (name,) in connection.execute(query, ["ops", "exports"])}
        mart = {name for (name,) in connection.execute(query, ["marts", "export_log"])}

    assert log - mart == {"error", "told", "failing_since", "again", "refused", "server"}


def test_descriptions_are_in_the_database(marts: Warehouse, models: list[dict[str, Any]]) -> None:
    query = """
        select relname || '.' || attname
        from pg_attribute
        inner join pg_class on attrelid = pg_class.oid
        where relnamespace = 'marts'::regnamespace and relkind in ('r', 'v') and attnum > 0 and not attisdropped
            and col_description(attrelid, attnum) is null
    """
    with marts.connect() as connection:
        assert connection.execute(query).fetchall() == []
