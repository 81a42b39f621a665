"""How a table or view takes the place of the one before, in a project with the macros of ours and models of its own."""

import json
import os
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml
from dbt.cli.main import dbtRunner

from tests import forking
from tests.conftest import database
from wiseparts_pipeline.dbt.internals import install
from wiseparts_pipeline.home import DBT_PROJECT
from wiseparts_pipeline.warehouse import Warehouse

PROJECT = """
name: wiseparts
profile: wiseparts
flags: {send_anonymous_usage_stats: false}
models: {+persist_docs: {relation: true, columns: true}, +grants: {select: [wiseparts_analyst]}}
"""
COLUMN = {"name": "number", "data_type": "int", "description": "The number's meaning"}


def model(select: str, **config: Any) -> str:
    """A model, which is a table unless the configuration says something else."""
    settings = ", ".join(f"{name}={value!r}" for name, value in ({"materialized": "table"} | config).items())
    return f"{{{{ config({settings}) }}}}\n{select}"


@dataclass(frozen=True)
class Change:
    """A model before and after, and the statements between its two builds."""

    before: str
    after: str
    meanwhile: str = ""


def numbered(before: dict[str, Any], after: dict[str, Any], meanwhile: str = "") -> Change:
    """A change from 1 to 2 of a model with these configurations."""
    return Change(model("select 1 as number", **before), model("select 2 as number", **after), meanwhile)


TABLE, VIEW = {"materialized": "table"}, {"materialized": "view"}
INDEXED: dict[str, Any] = {"indexes": [{"columns": ["number"]}]}
CONTRACT: dict[str, Any] = {"contract": {"enforced": True}}
LEFT_OVER = "create table marts.{0}__dbt_backup (); create view marts.{0}__dbt_tmp as select 1 as one"
HOOK = "insert into public.seen select '{}', number from {{{{ this }}}}"
# All of them are built at once: starting dbt takes longer than building a model.
CHANGES = {
    "replaced": numbered(TABLE, TABLE),
    "indexed_table": numbered(INDEXED, INDEXED),
    "described_view": numbered(VIEW, VIEW),
    "view_then_table": numbered(VIEW, TABLE),
    "table_then_view": numbered(TABLE, VIEW),
    "littered_table": numbered(TABLE, TABLE, LEFT_OVER.format("littered_table")),
    "littered_view": numbered(VIEW, VIEW, LEFT_OVER.format("littered_view")),
    "failing_statement": Change(model("select 1 as number"), model("select 1 / 0 as number")),
    "failing_hook": numbered({}, {"post_hook": "select 1 / 0"}),
    "with_hooks": numbered(
        {},
        {"pre_hook": HOOK.format("before"), "post_hook": HOOK.format("after")},
        "create table public.seen (at text, number int)",
    ),
    "of_another_type": Change(model("select 1 as number", **CONTRACT), model("select 'a' as number", **CONTRACT)),
    "of_another_name": Change(model("select 1 as number", **CONTRACT), model("select 1 as count", **CONTRACT)),
}


@dataclass(frozen=True)
class Reports:
    """The models of CHANGES, in the schema marts of a warehouse; `messages`: of those that failed when built again."""

    warehouse: Warehouse
    messages: dict[str, str]

    def query(self, query: str) -> list[Any]:
        """The first column of a query."""
        with self.warehouse.connect() as connection:
            return [first for first, *_ in connection.execute(query.encode()).fetchall()]

    def numbers(self, name: str) -> list[Any]:
        return self.query(f"select number from marts.{name} order by 1")

    def relations(self, name: str) -> list[str]:
        """The names and kinds of all tables and views of a model."""
        return self.query(
            "select relname || ' ' || relkind::text from pg_class"
            f" where relnamespace = 'marts'::regnamespace and relkind in ('r', 'v') and relname ~ '^{name}(__|$)'"
            " order by 1"
        )


def dbt() -> None:
    """`dbt` with the command line's arguments, as the package runs it."""
    install()
    sys.exit(0 if dbtRunner().invoke(sys.argv[1:]).success else 1)


def built(warehouse: Warehouse, project: Path, models: dict[str, str]) -> dict[str, str]:
    """The messages of those models that failed."""
    for name, text in models.items():
        (project / "models" / f"{name}.sql").write_text(text)
    environment = os.environ | warehouse.dbt_environment()
    done = forking.run(f"{__name__}:dbt", ["run", "--no-use-colors"], environment, project)
    results = json.loads((project / "target" / "run_results.json").read_text())["results"]
    assert len(results) == len(models), done.out + done.err
    return {each["unique_id"].split(".")[-1]: each["message"] for each in results if each["status"] != "success"}


@pytest.fixture(scope="module")
def reports(postgres_url: str, prepared_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reports]:
    """The models of CHANGES, built before and after."""
    project = tmp_path_factory.mktemp("project")
    (project / "models").mkdir()
    (project / "macros").mkdir()
    (project / "dbt_project.yml").write_text(PROJECT)
    described = [{"name": name, "description": "What it shows", "columns": [COLUMN]} for name in CHANGES]
    (project / "models" / "reports.yml").write_text(yaml.safe_dump({"models": described}))
    shutil.copy(DBT_PROJECT / "profiles.yml", project)
    for macros in ("contracts.sql", "materializations.sql", "persist_docs.sql"):
        shutil.copy(DBT_PROJECT / "macros" / macros, project / "macros")
    with database(postgres_url, urlsplit(prepared_url).path.removeprefix("/")) as url:
        warehouse = Warehouse(url)
        assert built(warehouse, project, {name: change.before for name, change in CHANGES.items()}) == {}
        with warehouse.connect() as connection:
            for change in CHANGES.values():
                connection.execute(change.meanwhile.encode())
        yield Reports(warehouse, built(warehouse, project, {name: change.after for name, change in CHANGES.items()}))


def test_a_table_takes_the_place_of_the_one_before(reports: Reports) -> None:
    assert (reports.numbers("replaced"), reports.relations("replaced")) == ([2], ["replaced r"])


@pytest.mark.parametrize(("name", "indexes"), [("indexed_table", 1), ("described_view", 0)])
def test_grants_descriptions_and_indexes_are_those_of_the_model_after_each_build(
    reports: Reports, name: str, indexes: int
) -> None:
    described = f"select description from pg_description where objoid = 'marts.{name}'::regclass order by objsubid"
    assert reports.numbers(name) == [2]
    assert reports.query(described) == ["What it shows", "The number's meaning"]
    assert reports.query(f"select has_table_privilege('wiseparts_analyst', 'marts.{name}', 'select')") == [True]
    assert reports.query(f"select count(*) from pg_index where indrelid = 'marts.{name}'::regclass") == [indexes]


@pytest.mark.parametrize(("name", "kind"), [("view_then_table", "r"), ("table_then_view", "v")])
def test_the_relation_before_may_be_of_another_type(reports: Reports, name: str, kind: str) -> None:
    assert (reports.numbers(name), reports.relations(name)) == ([2], [f"{name} {kind}"])


@pytest.mark.parametrize("name", ["littered_table", "littered_view"])
def test_what_was_left_over_is_dropped(reports: Reports, name: str) -> None:
    assert (reports.numbers(name), len(reports.relations(name))) == ([2], 1)


@pytest.mark.parametrize("name", ["failing_statement", "failing_hook"])
def test_a_statement_or_hook_that_fails_leaves_the_table_as_it_was(reports: Reports, name: str) -> None:
    assert "division by zero" in reports.messages[name]
    assert (reports.numbers(name), reports.relations(name)) == ([1], [f"{name} r"])


def test_hooks_see_the_table_before_and_the_new_one(reports: Reports) -> None:
    assert reports.query("select at || ' ' || number from public.seen order by number") == ["before 1", "after 2"]


@pytest.mark.parametrize(("name", "named"), [("of_another_type", "TEXT"), ("of_another_name", "count")])
def test_columns_that_differ_from_the_contract_are_named_and_leave_the_table_as_it_was(
    reports: Reports, name: str, named: str
) -> None:
    assert "This model has an enforced contract that failed" in reports.messages[name]
    assert named in reports.messages[name]
    assert reports.numbers(name) == [1]


def test_nothing_else_fails(reports: Reports) -> None:
    assert set(reports.messages) == {"failing_statement", "failing_hook", "of_another_type", "of_another_name"}
