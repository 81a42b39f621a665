"""Pulls in Dagster: lineage, jobs and schedules, and what a run of each kind does."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from tests.connections import systems
from tests.installation import Installation
from tests.pulling.shop import CONTACTS, CUSTOMERS, Shop, connect_shop, customer, now
from wiseparts_pipeline import definitions
from wiseparts_pipeline.config.connections.connection import ConnectionSettings
from wiseparts_pipeline.config.connections.pull import PullSettings
from wiseparts_pipeline.orchestration.errors import UserFacingError
from wiseparts_pipeline.orchestration.pulls.schedule import pull_job, pull_schedule
from wiseparts_pipeline.warehouse import Connection, Warehouse

Repository = dg.RepositoryDefinition


@pytest.fixture(scope="module")
def connected(
    tmp_path_factory: pytest.TempPathFactory, dbt_target: Path
) -> Iterator[tuple[Shop, Repository, Installation]]:
    """The shop, and the definitions that are made of its pulls, which take seconds to load."""
    with systems.running() as system, pytest.MonkeyPatch.context() as patch:
        shop = Shop(system)
        installation = Installation(tmp_path_factory.mktemp("connected"))
        installation.share_parsed(dbt_target)
        connect_shop(installation, shop)
        scheduled = CUSTOMERS | {"schedule": "*/5 * * * *", "full": "0 3 * * 0"}
        installation.component("Pull", "shop_customers", scheduled)
        installation.component("Pull", "shop_contacts", CONTACTS)
        for name in ("WISEPARTS_HOME", "WISEPARTS_DEFS"):
            patch.setenv(name, installation.environment[name])
        yield shop, definitions.definitions().get_repository_def(), installation


@pytest.fixture
def shop(connected: tuple[Shop, Repository, Installation]) -> Shop:
    shop, _, _ = connected
    shop.has_only(customer("C1"), customer("C2"), customer("C3"))
    shop.contacts = {"1": {"id": "1", "customer": "C1", "email": "ada@example.com"}}
    return shop


@pytest.fixture
def repository(
    connected: tuple[Shop, Repository, Installation],
    shop: Shop,
    warehouse: Warehouse,
    monkeypatch: pytest.MonkeyPatch,
) -> Repository:
    _, repository, installation = connected
    for name in ("WISEPARTS_HOME", "WISEPARTS_DEFS"):
        monkeypatch.setenv(name, installation.environment[name])
    monkeypatch.setenv("WISEPARTS_DATABASE_URL", warehouse.url)
    return repository


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.instance_for_test() as instance:
        yield instance


def run(repository: Repository, instance: dg.DagsterInstance, job: str, **config: Any) -> dg.ExecuteInProcessResult:
    found = repository.get_job(job)
    run_config = {"ops": {"raw_customers": {"config": config}}} if config else {}
    return found.execute_in_process(instance=instance, run_config=run_config, tags=found.tags, raise_on_error=False)


def materialized(result: dg.ExecuteInProcessResult) -> dict[str, Any]:
    """By asset, the metadata of what the run has materialized."""
    return {
        str(event.asset_key and event.asset_key.to_user_string()): {
            name: value.value for name, value in event.materialization.metadata.items()
        }
        for event in result.all_events
        if event.is_step_materialization
    }


def test_the_lineage_leads_from_the_system_to_the_table(repository: Repository) -> None:
    graph = repository.asset_graph

    assert graph.get(dg.AssetKey(["raw", "customers"])).parent_keys == {dg.AssetKey(["shop", "shop_customers"])}
    assert graph.get(dg.AssetKey(["shop", "shop_customers"])).parent_keys == {dg.AssetKey(["shop"])}


def test_a_pull_with_a_schedule_has_a_job_that_runs_by_it(repository: Repository) -> None:
    (schedule,) = [each for each in repository.schedule_defs if each.name.startswith("pull_")]

    assert (schedule.job_name, list(schedule.cron_schedule)) == ("pull_shop_customers", ["*/5 * * * *", "0 3 * * 0"])
    assert {"pull_shop_contacts", "import_shop_customers_full"} <= {job.name for job in repository.get_all_jobs()}


def test_a_run_tells_what_it_has_pulled(repository: Repository, instance: dg.DagsterInstance) -> None:
    found = materialized(run(repository, instance, "pull_shop_customers"))

    pulled = found["shop/shop_customers"]
    assert (pulled["records"], pulled["requests"], pulled["kind"], pulled["status"]) == (3, 2, "full", "imported")
    assert found["raw/customers"]["rows_created"] == 3


def evaluated(result: dg.ExecuteInProcessResult) -> list[tuple[str, bool, str | None]]:
    """The checks of a run, whether they were passed, and why."""
    return [(each.check_name, each.passed, each.description) for each in result.get_asset_check_evaluations()]


def test_a_run_that_finds_nothing_new_leaves_its_checks_as_they_were(
    repository: Repository, instance: dg.DagsterInstance, shop: Shop
) -> None:
    nothing = "There was nothing to import. "
    shop.has_only()
    empty = run(repository, instance, "pull_shop_customers")
    assert evaluated(empty) == [("rejected_rows", True, nothing), ("refused_files", True, nothing)]

    shop.has(customer("C1", now()), customer("C2", now(), limit="much"))
    run(repository, instance, "pull_shop_customers")
    shop.customers.clear()
    for _ in range(2):
        again = run(repository, instance, "pull_shop_customers")
        assert again.success
        assert evaluated(again) == [
            ("rejected_rows", False, f"{nothing}1 row was rejected"),
            ("refused_files", True, f"{nothing}Every file was accepted"),
        ]


def test_a_run_for_a_key_also_tells_of_what_belongs_to_it(repository: Repository, instance: dg.DagsterInstance) -> None:
    found = materialized(run(repository, instance, "pull_shop_customers", keys=["C1"]))

    assert (found["raw/customers"]["rows_created"], found["raw/contacts"]["rows_created"]) == (1, 1)


def test_materializing_the_table_pulls_what_feeds_it(
    repository: Repository, instance: dg.DagsterInstance, connection: Connection
) -> None:
    job = repository.get_implicit_job_def_for_assets([dg.AssetKey(["raw", "customers"])])
    assert job is not None

    result = job.execute_in_process(instance=instance, asset_selection=[dg.AssetKey(["raw", "customers"])])

    assert result.success
    assert connection.execute("select count(*) from raw.customers").fetchone() == (3,)


def test_the_importers_job_asks_the_system_for_nothing(
    repository: Repository, instance: dg.DagsterInstance, shop: Shop
) -> None:
    assert run(repository, instance, "import_shop_customers").success
    assert shop.system.asked == []


def test_a_run_fails_with_what_the_system_said(
    repository: Repository, instance: dg.DagsterInstance, shop: Shop
) -> None:
    shop.most_pages = 0
    result = run(repository, instance, "pull_shop_customers")

    (failure,) = [event for event in result.all_events if event.is_step_failure]
    assert not result.success
    assert "/customers" in str(failure.step_failure_data.error)


def tick(repository: Repository, instance: dg.DagsterInstance) -> Any:
    context = dg.build_schedule_context(instance=instance)
    return repository.get_schedule_def("pull_shop_customers_schedule")(context)


def test_a_tick_asks_for_a_run(repository: Repository, instance: dg.DagsterInstance) -> None:
    assert isinstance(tick(repository, instance), dg.RunRequest)


@contextmanager
def unused_port() -> Iterator[int]:
    """A port that nobody listens on, and that nobody gets meanwhile."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield bound.getsockname()[1]


def test_a_tick_waits_for_a_system_that_cannot_be_reached(repository: Repository, instance: dg.DagsterInstance) -> None:
    with unused_port() as port:
        pull = PullSettings(connection="gone", entity="customers", schedule="* * * * *")
        gone = ConnectionSettings(name="gone", system="vendure", url=f"https://127.0.0.1:{port}")
        schedule = pull_schedule(pull, gone, pull_job(pull))
        answer = schedule(dg.build_schedule_context(instance=instance))

    assert isinstance(answer, dg.SkipReason)
    assert "the next tick tries again" in str(answer.skip_message)


def test_a_tick_fails_for_a_password_that_was_refused(
    repository: Repository, instance: dg.DagsterInstance, shop: Shop
) -> None:
    shop.password = "another"
    run(repository, instance, "pull_shop_customers")
    asked = len(shop.system.asked)

    with pytest.raises(UserFacingError, match="not tried again"):
        tick(repository, instance)
    assert len(shop.system.asked) == asked == 1
