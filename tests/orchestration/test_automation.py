"""When the marts are built."""

from collections.abc import Iterator
from typing import Any

import dagster as dg
import pytest

from wiseparts_pipeline.orchestration.imports import raw_asset, record_change
from wiseparts_pipeline.orchestration.marts import built_once_idle, import_in_progress

ENTITIES = ("sales", "customers")


def raw(entity: str) -> dg.AssetsDefinition:
    key = raw_asset(entity)

    @dg.asset(key=key, check_specs=[dg.AssetCheckSpec("refused_files", asset=key, blocking=True)])
    def imported(context: dg.AssetExecutionContext) -> dg.MaterializeResult:  # type: ignore[type-arg]  # Dagster knows it by name
        if "releases" in context.run.tags:
            record_change(context, raw_asset(context.run.tags["releases"]), "Released.", {"rows_released": 1})
        passed = "refused" not in context.run.tags
        return dg.MaterializeResult(check_results=[dg.AssetCheckResult(passed=passed, check_name="refused_files")])

    return imported


def model(
    name: str, deps: list[dg.AssetKey], condition: dg.AutomationCondition[Any], code_version: str | None = None
) -> dg.AssetsDefinition:
    @dg.asset(name=name, deps=deps, automation_condition=built_once_idle(condition), code_version=code_version)
    def built() -> None: ...

    return built


RAW = {entity: raw(entity) for entity in ENTITIES}
MODELS = {
    "stg_sales": model("stg_sales", [raw_asset("sales")], import_in_progress(ENTITIES)),
    "stg_customers": model("stg_customers", [raw_asset("customers")], import_in_progress(ENTITIES)),
    "fct_sales": model(
        "fct_sales",
        [dg.AssetKey("stg_sales"), dg.AssetKey("stg_customers")],
        dg.AutomationCondition.any_deps_in_progress(),
    ),
}
DEFS = dg.Definitions(
    assets=[*RAW.values(), *MODELS.values()],
    jobs=[dg.define_asset_job(f"import_{entity}", selection=[raw_asset(entity)]) for entity in ENTITIES],
)


class Site:
    """An instance, and what its automation requests from tick to tick."""

    def __init__(self, instance: dg.DagsterInstance) -> None:
        self.instance = instance
        self.cursor: Any = None

    def tick(self) -> set[str]:
        """The models that are requested, and are then built."""
        evaluated = dg.evaluate_automation_conditions(DEFS, self.instance, cursor=self.cursor)
        self.cursor = evaluated.cursor
        names = {name for name in MODELS if evaluated.get_num_requested(dg.AssetKey(name))}
        if names:
            everything = DEFS.resolve_implicit_global_asset_job_def()
            everything.execute_in_process(instance=self.instance, asset_selection=[dg.AssetKey(name) for name in names])
        return names

    def import_(self, entity: str, **tags: str) -> None:
        dg.materialize([RAW[entity]], instance=self.instance, tags=tags, raise_on_error=False)

    def start_import(self, entity: str) -> dg.DagsterRun:
        job = DEFS.resolve_job_def(f"import_{entity}")
        return self.instance.create_run_for_job(job, status=dg.DagsterRunStatus.STARTED)


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as instance:
        yield instance


@pytest.fixture
def site(instance: dg.DagsterInstance) -> Site:
    """A site where everything has been built once."""
    site = Site(instance)
    site.tick()
    return site


def test_missing_models_are_built_before_anything_is_imported(instance: dg.DagsterInstance) -> None:
    assert Site(instance).tick() == set(MODELS)


def test_nothing_is_built_when_nothing_has_changed(site: Site) -> None:
    assert site.tick() == set()


def test_models_are_built_when_another_import_has_released_deferred_rows(site: Site) -> None:
    site.import_("customers", releases="sales")
    assert site.tick() == set(MODELS)
    assert site.tick() == set()


def test_released_rows_do_not_end_the_hold_after_a_refused_file(site: Site) -> None:
    site.import_("sales", refused="yes")
    site.import_("customers", releases="sales")
    assert site.tick() == {"stg_customers", "fct_sales"}
    site.import_("sales")
    assert site.tick() == {"stg_sales", "fct_sales"}


def test_only_models_that_read_an_imported_table_are_built(site: Site) -> None:
    site.import_("sales")
    assert site.tick() == {"stg_sales", "fct_sales"}


def test_imports_that_end_together_make_one_build(site: Site) -> None:
    site.import_("customers")
    running = site.start_import("sales")
    while_it_runs = site.tick()
    site.instance.report_run_failed(running)
    site.import_("sales")
    assert (while_it_runs, site.tick(), site.tick()) == (set(), set(MODELS), set())


def test_an_import_during_a_build_makes_another_build_after_it(site: Site) -> None:
    site.import_("sales")
    job = DEFS.resolve_implicit_global_asset_job_def()
    building = site.instance.create_run_for_job(
        job, status=dg.DagsterRunStatus.STARTED, asset_selection={asset.key for asset in MODELS.values()}
    )
    during_the_build = site.tick()
    site.instance.report_run_canceled(building)
    assert (during_the_build, site.tick()) == (set(), {"stg_sales", "fct_sales"})


def test_a_refused_file_holds_back_the_models_of_its_entity(site: Site) -> None:
    site.import_("sales", refused="yes")
    site.import_("customers")
    assert site.tick() == {"stg_customers", "fct_sales"}


def test_the_next_import_without_a_refusal_ends_the_hold(site: Site) -> None:
    site.import_("sales", refused="yes")
    site.tick()
    site.import_("sales")
    assert site.tick() == {"stg_sales", "fct_sales"}


def test_a_changed_seed_is_loaded_again(instance: dg.DagsterInstance) -> None:
    def seed(version: str) -> dg.Definitions:
        return dg.Definitions([model("rates", [], dg.AutomationCondition.any_deps_in_progress(), version)])

    first = dg.evaluate_automation_conditions(seed("1"), instance)
    seed("1").resolve_implicit_global_asset_job_def().execute_in_process(instance=instance)
    same = dg.evaluate_automation_conditions(seed("1"), instance, cursor=first.cursor)
    changed = dg.evaluate_automation_conditions(seed("2"), instance, cursor=same.cursor)

    assert (first.total_requested, same.total_requested, changed.total_requested) == (1, 0, 1)
