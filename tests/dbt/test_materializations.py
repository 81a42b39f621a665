"""How a table or view takes the place of the one before, in a project with the macros of ours and one model."""

import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from dbt.cli.main import dbtRunner

from tests import forking
from wiseparts_pipeline.dbt.internals import install
from wiseparts_pipeline.home import DBT_PROJECT
from wiseparts_pipeline.warehouse import Warehouse

PROJECT = """
name: wiseparts
profile: wiseparts
flags: {send_anonymous_usage_stats: false}
models: {+persist_docs: {relation: true, columns: true}, +grants: {select: [wiseparts_analyst]}}
"""
DESCRIPTIONS = """
models:
  - name: report
    description: What it shows
    columns: [{name: number, data_type: int, description: The number's meaning}]
"""


@dataclass(frozen=True)
class Report:
    """The model `report`, in the schema marts of a warehouse."""

    warehouse: Warehouse
    folder: Path

    def build(self, select: str, *, fails: bool = False, **config: Any) -> str:
        """Builds it from what is selected; what dbt says about it."""
        settings = ", ".join(f"{name}={value!r}" for name, value in ({"materialized": "table"} | config).items())
        (self.folder / "models" / "report.sql").write_text(f"{{{{ config({settings}) }}}}\n{select}")
        environment = os.environ | self.warehouse.dbt_environment()
        done = forking.run(f"{__name__}:dbt", ["run", "--no-use-colors"], environment, self.folder)
        assert done.status == (1 if fails else 0), done.out + done.err
        return done.out

    def query(self, query: str) -> list[Any]:
        """The first column of a query, or nothing if it returns no rows."""
        with self.warehouse.connect() as connection:
            cursor = connection.execute(query.encode())
            return [first for first, *_ in cursor.fetchall()] if cursor.description else []

    def numbers(self) -> list[Any]:
        return self.query("select number from marts.report order by 1")

    def relations(self) -> list[str]:
        """The names and kinds of all tables and views in the schema."""
        return self.query(
            "select relname || ' ' || relkind::text from pg_class"
            " where relnamespace = 'marts'::regnamespace and relkind in ('r', 'v') order by 1"
        )


def dbt() -> None:
    """`dbt` with the command line's arguments, as the package runs it."""
    install()
    sys.exit(0 if dbtRunner().invoke(sys.argv[1:]).success else 1)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a project without the model; dbt keeps what it has parsed there from one build to the next."""
    folder = tmp_path_factory.mktemp("project")
    (folder / "models").mkdir()
    (folder / "macros").mkdir()
    (folder / "dbt_project.yml").write_text(PROJECT)
    (folder / "models" / "report.yml").write_text(DESCRIPTIONS)
    shutil.copy(DBT_PROJECT / "profiles.yml", folder)
    for macros in ("contracts.sql", "materializations.sql", "persist_docs.sql"):
        shutil.copy(DBT_PROJECT / "macros" / macros, folder / "macros")
    return folder


@pytest.fixture
def report(warehouse: Warehouse, project: Path) -> Report:
    return Report(warehouse, project)


def test_a_table_takes_the_place_of_the_one_before(report: Report) -> None:
    report.build("select 1 as number")
    report.build("select 2 as number")
    assert (report.numbers(), report.relations()) == ([2], ["report r"])


@pytest.mark.parametrize("kind", ["table", "view"])
def test_grants_descriptions_and_indexes_are_those_of_the_model_after_each_build(report: Report, kind: str) -> None:
    indexes: dict[str, Any] = {"indexes": [{"columns": ["number"]}]} if kind == "table" else {}
    for number in (1, 2):
        report.build(f"select {number} as number", materialized=kind, **indexes)
    described = "select description from pg_description where objoid = 'marts.report'::regclass order by objsubid"
    assert report.query(described) == ["What it shows", "The number's meaning"]
    assert report.query("select has_table_privilege('wiseparts_analyst', 'marts.report', 'select')") == [True]
    assert report.query("select count(*) from pg_index where indrelid = 'marts.report'::regclass") == [len(indexes)]


@pytest.mark.parametrize(("before", "after"), [("view", "table"), ("table", "view")])
def test_the_relation_before_may_be_of_another_type(report: Report, before: str, after: str) -> None:
    report.build("select 1 as number", materialized=before)
    report.build("select 2 as number", materialized=after)
    assert (report.numbers(), report.relations()) == ([2], [f"report {after[0].replace('t', 'r')}"])


@pytest.mark.parametrize("kind", ["table", "view"])
def test_what_was_left_over_is_dropped(report: Report, kind: str) -> None:
    report.build("select 1 as number", materialized=kind)
    report.query("create table marts.report__dbt_backup (); create view marts.report__dbt_tmp as select 1 as one")
    report.build("select 2 as number", materialized=kind)
    assert (report.numbers(), len(report.relations())) == ([2], 1)


def test_a_statement_that_fails_leaves_the_table_as_it_was(report: Report) -> None:
    report.build("select 1 as number")
    report.build("select 1 / 0 as number", fails=True)
    assert (report.numbers(), report.relations()) == ([1], ["report r"])


def test_a_hook_that_fails_leaves_the_table_as_it_was(report: Report) -> None:
    report.build("select 1 as number")
    report.build("select 2 as number", fails=True, post_hook="select 1 / 0")
    assert (report.numbers(), report.relations()) == ([1], ["report r"])


def test_hooks_see_the_table_before_and_the_new_one(report: Report) -> None:
    report.build("select 1 as number")
    report.query("create table public.seen (at text, number int)")
    hook = "insert into public.seen select '{}', number from {{{{ this }}}}"
    report.build("select 2 as number", pre_hook=hook.format("before"), post_hook=hook.format("after"))
    assert report.query("select at || ' ' || number from public.seen order by number") == ["before 1", "after 2"]


@pytest.mark.parametrize(("select", "named"), [("'a' as number", "TEXT"), ("1 as count", "count")])
def test_columns_that_differ_from_the_contract_are_named_and_leave_the_table_as_it_was(
    report: Report, select: str, named: str
) -> None:
    contract: dict[str, Any] = {"contract": {"enforced": True}}
    report.build("select 1 as number", **contract)
    told = report.build(f"select {select}", fails=True, **contract)
    assert "This model has an enforced contract that failed" in told
    assert named in told
    assert report.numbers() == [1]
