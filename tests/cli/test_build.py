"""`wiseparts build`."""

import json
from datetime import date

import pytest

from tests.dbt.building import insert
from tests.installation import Installation
from wiseparts_pipeline.dbt.day import sample_day, set_sample_day
from wiseparts_pipeline.warehouse import Warehouse


def test_reports_how_much_was_built(installation: Installation) -> None:
    done = installation.run("build", "--select", "+dim_brand_families import_log")

    assert done.status == 0
    assert "models and tests; all passed." in done.out


@pytest.mark.parametrize(
    "options", [["--select", "stg_calls", "stg_quotes"], ["--select", "stg_calls", "--select", "stg_quotes"]]
)
def test_several_models_may_be_selected(installation: Installation, options: list[str]) -> None:
    done = installation.run("build", *options, "--json")

    assert {"stg_calls", "stg_quotes"} <= {node["name"] for node in json.loads(done.out)["nodes"]}


def test_models_without_select_are_a_usage_error(installation: Installation) -> None:
    done = installation.run("build", "stg_calls")

    assert done.status == 2
    assert "goes before the names of models: --select stg_calls" in done.err


def test_tests_the_logic_of_the_models_on_request(installation: Installation) -> None:
    selected = ("build", "--select", "+int_brand_families", "--json")
    plain, thorough = (installation.run(*selected, *option) for option in ([], ["--unit-tests"]))

    built, tested = ({node["name"] for node in json.loads(done.out)["nodes"]} for done in (plain, thorough))
    assert built < tested
    assert "a_cycle_is_broken_at_its_smallest_key" in tested - built


def test_names_the_test_that_fails(installation: Installation, warehouse: Warehouse) -> None:
    call = {"call_id": "1", "started_at": "2025-01-02 08:00:00+00", "direction": "sideways", "disposition": "answered"}
    with warehouse.connect() as connection:
        insert(connection, "calls", [call])

    done = installation.run("build", "--select", "+fct_calls", "--json")

    failed = [node["name"] for node in json.loads(done.out)["nodes"] if node["status"] == "fail"]
    assert done.status == 1
    assert failed == ["fct_calls_holds"]
    assert "fct_calls_holds: fail: " in done.err


def test_an_unknown_model_is_a_usage_error(installation: Installation) -> None:
    done = installation.run("build", "--select", "fct_sails")

    assert done.status == 2
    assert "fct_sails is not a model or test" in done.err


def test_builds_as_of_the_date_given(installation: Installation, warehouse: Warehouse) -> None:
    doc = {
        "doc_id": "D1",
        "doc_type": "invoice",
        "customer_id": "C1",
        "issued_on": "2025-01-01",
        "due_on": "2025-02-10",
    }
    with warehouse.connect() as connection:
        insert(connection, "due_docs", [doc | {"amount": 10, "open_amount": 10, "currency": "EUR"}])

    for option in (["+fct_due_docs", "--as-of", "2025-02-28"], ["fct_due_docs", "--vars", "{as_of: 2025-02-28}"]):
        done = installation.run("build", "--select", *option)
        assert done.status == 0, done.err
        assert days_overdue(warehouse) == 18


def test_a_demo_is_as_of_the_last_day_of_its_sample_until_today_is_asked_for(
    installation: Installation, warehouse: Warehouse
) -> None:
    with warehouse.connect(autocommit=True) as connection:
        set_sample_day(connection, date(2025, 12, 31))
        done = [installation.run("build", "--select", "stg_quotes", *option) for option in ([], ["--as-of", "today"])]
        day = sample_day(connection)

    assert [each.status for each in done] == [0, 0]
    assert "as of 31 December 2025, the last day of the demo's sample; `wiseparts build --as-of today`" in done[0].err
    assert "From now on, builds are as of today." in done[1].err
    assert day is None


def days_overdue(warehouse: Warehouse) -> int:
    with warehouse.connect() as connection:
        ((days,),) = connection.execute("select days_overdue from marts.fct_due_docs").fetchall()
        connection.execute("update marts.fct_due_docs set days_overdue = null")
        return int(days)


def test_a_full_refresh_builds_incremental_models_from_scratch(installation: Installation) -> None:
    done = installation.run("build", "--select", "stg_calls import_freshness+", "--full-refresh", "--json")

    assert done.status == 0, done.err
    assert {node["status"] for node in json.loads(done.out)["nodes"]} == {"success", "pass"}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--as-of", "30/06/2025"], "30/06/2025 is not a date; write it like 2025-06-30"),
        (["--vars", "{as_of: yesterday}"], "as_of: yesterday is not a date; write it like 2025-06-30"),
        (["--vars", "{as_of: 2025-06-30}", "--as-of", "2025-06-30"], "as_of: --as-of sets it as well"),
        (["--vars", "{service_level: 30}"], "service_level: no such variable; there are: as_of, timezone,"),
        (["--vars", "{as_of: ["], "cannot be read as YAML"),
        (["--vars", "as_of"], "not a mapping: as_of; write it like {service_level_seconds: 30}"),
    ],
)
def test_a_bad_variable_is_a_usage_error(installation: Installation, arguments: list[str], message: str) -> None:
    done = installation.run("build", *arguments)

    assert done.status == 2
    assert message in " ".join(done.err.split())
