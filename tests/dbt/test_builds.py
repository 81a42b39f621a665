"""What a build records of the models that it has built, and what it does not."""

import json
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests import forking
from tests.dbt.building import AS_OF, insert
from wiseparts_pipeline.dbt import lineage
from wiseparts_pipeline.dbt.builds import build_marts, exclusive_build
from wiseparts_pipeline.dbt.day import set_sample_day
from wiseparts_pipeline.dbt.manifest import parsed_for
from wiseparts_pipeline.dbt.project import project_variables
from wiseparts_pipeline.dbt.state import built_models, due_models, recorded_day
from wiseparts_pipeline.importing.ledger.changes import current_versions, note_changes
from wiseparts_pipeline.warehouse import DATABASE_URL, Warehouse

CALL = {"call_id": "1", "started_at": "2025-01-02 08:00:00+00", "disposition": "answered"}

SHOWN = ("stg_calls", "fct_calls")


@dataclass(frozen=True)
class Result:
    """`seen`: by model of SHOWN that is recorded as built, the version of the calls that it is made of."""

    failures: list[str]
    overtaken: list[str]
    succeeded: bool
    seen: Mapping[str, int]


def built(warehouse: Warehouse, target: Path, *, meanwhile: bool = False) -> Result:
    """The result of a build of fct_calls; `meanwhile`: an import commits during it."""
    environment = os.environ | {DATABASE_URL: warehouse.url, "WISEPARTS_HOME": str(target)}
    done = forking.run(f"{__name__}:build_calls", ["meanwhile"] if meanwhile else [], environment, Path.cwd())
    assert done.status == 0, done.err
    return Result(**json.loads(done.out.splitlines()[-1]))


def build_calls() -> None:
    """Builds fct_calls in this process, and prints the result as JSON."""
    imports = ["calls"] if "meanwhile" in sys.argv else []
    with Warehouse.open() as warehouse, warehouse.connect(autocommit=True) as connection:

        def import_meanwhile(event: Any) -> None:
            if event.info.name == "LogModelResult" and imports:
                note_changes(connection, 2, [imports.pop()])

        with exclusive_build(warehouse, print) as opened:
            done = build_marts(opened, ["+fct_calls"], variables={"as_of": AS_OF}, on_event=import_meanwhile)
        seen = {name: each.seen["calls"] for name, each in built_models(connection).items() if name in SHOWN}
    failures = [node.name for node in done.failures]
    print(json.dumps(vars(Result(failures, sorted(done.overtaken), done.succeeded, seen))))


@pytest.fixture
def warehouse_with_calls(warehouse: Warehouse) -> Warehouse:
    with warehouse.connect() as connection:
        insert(connection, "calls", [CALL | {"direction": "inbound"}])
        note_changes(connection, 1, ["calls"])
    return warehouse


def break_rule(warehouse: Warehouse) -> None:
    with warehouse.connect() as connection:
        connection.execute("update raw.calls set direction = 'sideways'")


def failing(warehouse: Warehouse) -> list[tuple[Any, ...]]:
    with warehouse.connect() as connection:
        return connection.execute("select node, builds from ops.build_failures").fetchall()


def test_models_that_pass_their_tests_are_recorded_with_what_they_are_made_of(
    warehouse_with_calls: Warehouse, target: Path
) -> None:
    result = built(warehouse_with_calls, target)
    assert result == Result([], [], succeeded=True, seen={"stg_calls": 1, "fct_calls": 1})


def test_a_model_that_fails_a_test_is_not_recorded(warehouse_with_calls: Warehouse, target: Path) -> None:
    break_rule(warehouse_with_calls)
    result = built(warehouse_with_calls, target)
    assert result == Result(["fct_calls_holds"], [], succeeded=False, seen={"stg_calls": 1})
    assert failing(warehouse_with_calls) == [("fct_calls_holds", 1)]


def test_a_test_that_an_import_has_overtaken_is_no_failure_and_its_model_is_not_recorded(
    warehouse_with_calls: Warehouse, target: Path
) -> None:
    break_rule(warehouse_with_calls)
    result = built(warehouse_with_calls, target, meanwhile=True)
    assert result == Result([], ["fct_calls_holds"], succeeded=True, seen={"stg_calls": 1})
    assert failing(warehouse_with_calls) == []


TODAY = datetime.now(ZoneInfo(project_variables()["timezone"])).date().isoformat()


@pytest.mark.parametrize(
    ("as_of", "fixed", "recorded"),
    [
        (AS_OF, None, AS_OF),
        ("2999-12-31", None, "2999-12-31"),
        (TODAY, None, None),
        (None, None, None),
        (AS_OF, AS_OF, AS_OF),
        (AS_OF, "2025-04-01", AS_OF),
        (TODAY, TODAY, TODAY),
        (TODAY, AS_OF, None),
        (None, AS_OF, None),
    ],
)
def test_the_day_of_a_build_is_recorded_unless_it_is_its_own(
    as_of: str | None, fixed: str | None, recorded: str | None
) -> None:
    day = date.fromisoformat(fixed) if fixed else None
    assert recorded_day(as_of, day, datetime.now(UTC)) == (recorded and date.fromisoformat(recorded))


def test_a_model_that_depends_on_the_day_is_recorded_with_another_one_and_due_again(
    warehouse_with_calls: Warehouse, target: Path
) -> None:
    environment = os.environ | {DATABASE_URL: warehouse_with_calls.url, "WISEPARTS_HOME": str(target)}
    program = f"{__name__}:build_as_of_days"
    done = forking.run(program, [], environment, Path.cwd())
    assert done.status == 0, done.err
    # The last build is looked at as the first build has left it.
    assert json.loads(done.out.splitlines()[-1]) == [
        [["last_build", "fct_due_docs"], 0],
        [["last_build"], 1],
        [[], 0],
    ]


def test_models_given_by_their_names_are_built_with_the_same_tests_as_dbt_selects(
    warehouse_with_calls: Warehouse, target: Path
) -> None:
    environment = os.environ | {DATABASE_URL: warehouse_with_calls.url, "WISEPARTS_HOME": str(target)}
    done = forking.run(f"{__name__}:build_by_names", [], environment, Path.cwd())
    assert done.status == 0, done.err
    by_names, by_dbt = json.loads(done.out.splitlines()[-1])
    assert by_names == by_dbt
    assert {"fct_calls", "fct_calls_holds"} <= set(by_names)


def build_by_names() -> None:
    """Prints as JSON the nodes that are built if models are given by name, and if dbt selects them."""
    nodes = []
    with Warehouse.open() as warehouse, exclusive_build(warehouse, print) as opened:
        known = lineage.models(lineage.as_json(parsed_for(opened.environment)))
        names = ["fct_calls"]
        for name in names:
            names += [parent for parent in known[name].parents if parent not in names]
        for select in (names, ["+fct_calls"]):
            built = build_marts(opened, select, variables={"as_of": AS_OF})
            nodes.append(sorted(node.name for node in built.nodes))
    print(json.dumps(nodes))


def build_as_of_days() -> None:
    """Prints as JSON, after builds as of a past day, of today and in a demo, what is due and which marts do not fit."""
    found: list[tuple[list[str], int]] = []
    with Warehouse.open() as warehouse, exclusive_build(warehouse, print) as opened:
        connection = opened.connection
        for variables, demo in (({"as_of": AS_OF}, None), ({}, None), ({}, date.fromisoformat(AS_OF))):
            set_sample_day(connection, demo)
            # What the document's mart is made of is the same each time.
            build_marts(opened, ["fct_due_docs"] if found else ["+fct_due_docs", "last_build"], variables=variables)
            known = lineage.models(lineage.as_json(parsed_for(opened.environment)))
            built = built_models(connection)
            models = {name: each for name, each in known.items() if name in built}
            beginning = datetime.now(UTC) - timedelta(days=1)
            due = due_models(models, built, current_versions(connection), beginning, fixed=demo)
            [[others]] = connection.execute("select marts_of_other_days from marts.last_build").fetchall()
            found.append((due, others))
        set_sample_day(connection, None)
    print(json.dumps(found))


def test_a_model_is_made_of_all_entities_before_it(manifest: dict[str, Any]) -> None:
    models = lineage.models(manifest)
    assert models["fct_calls"].made_of >= {"calls"}
    assert models["fct_sales"].made_of >= {"sales", "customers", "products", "brand_families"}
    assert models["import_log"].made_of == frozenset()


def test_the_history_of_an_entity_changes_with_it(manifest: dict[str, Any]) -> None:
    assert lineage.models(manifest)["stg_due_docs_history"].made_of == {"due_docs"}


def test_a_macro_is_part_of_the_code_of_all_models_that_use_it(manifest: dict[str, Any]) -> None:
    before = lineage.models(manifest)
    changed = json.loads(json.dumps(manifest))
    changed["macros"]["macro.wiseparts.as_of"]["macro_sql"] += " "
    after = lineage.models(changed)
    different = {name for name in before if before[name].code != after[name].code}
    assert {"fct_due_docs", "receivables_aging"} <= different
    assert "stg_sales" not in different
