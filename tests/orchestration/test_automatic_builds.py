"""When the marts are built."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import dagster as dg
import pytest

from wiseparts_pipeline.dbt.day import set_sample_day
from wiseparts_pipeline.dbt.lineage import Model
from wiseparts_pipeline.dbt.state import note_as_of, note_built
from wiseparts_pipeline.importing.discovery import retries
from wiseparts_pipeline.importing.ledger.changes import current_versions, note_changes
from wiseparts_pipeline.orchestration import automatic_builds
from wiseparts_pipeline.orchestration.automatic_builds import STATE_TAG, build_sensor
from wiseparts_pipeline.orchestration.imports import ENTITY_TAG
from wiseparts_pipeline.warehouse import DATABASE_URL, Warehouse


def model(name: str, *parents: Model, reads: str = "", code: str = "1", by_day: bool = False) -> Model:
    own = frozenset(reads.split())
    made_of = own.union(*(parent.made_of for parent in parents))
    return Model(name, f"model.{name}", [parent.name for parent in parents], own, made_of, code, by_day)


SALES, CUSTOMERS = model("stg_sales", reads="sales"), model("stg_customers", reads="customers")
FACT = model("fct_sales", SALES, CUSTOMERS)
MODELS = {each.name: each for each in (SALES, CUSTOMERS, FACT)}
ALL = set(MODELS)


class Site:
    """A warehouse and a Dagster instance; what the sensor asks for is built at once."""

    def __init__(self, warehouse: Warehouse, instance: dg.DagsterInstance) -> None:
        self.warehouse = warehouse
        self.instance = instance
        self.models = dict(MODELS)
        specs = [
            dg.AssetSpec(each.name, metadata={"dagster_dbt/unique_id": each.unique_id}) for each in MODELS.values()
        ]

        @dg.multi_asset(specs=specs, can_subset=True)
        def dbt() -> Iterator[Any]:
            yield from ()

        self.assets = dbt
        self.job = dg.define_asset_job("built", [dbt])

    def request(self) -> dg.RunRequest | dg.SkipReason:
        sensor = build_sensor(self.assets, self.models)
        with dg.build_sensor_context(instance=self.instance) as context:
            asked: Any = sensor(context)
        assert isinstance(asked, dg.RunRequest | dg.SkipReason)
        return asked

    def tick(self) -> set[str]:
        """The models that are asked for, and are then built."""
        asked = self.request()
        if isinstance(asked, dg.SkipReason):
            return set()
        names = {key.to_user_string() for key in asked.asset_selection or ()}
        with self.warehouse.connect(autocommit=True) as connection:
            note_built(connection, self.models, names, current_versions(connection))
        return names

    def reason(self) -> str:
        asked = self.request()
        assert isinstance(asked, dg.SkipReason)
        return asked.skip_message or ""

    def import_(self, *entities: str, status: str = "imported", run_id: str | None = None) -> None:
        """Files a finished import that has changed rows of the entities, unless it was refused."""
        with self.warehouse.connect(autocommit=True) as connection:
            row = connection.execute(
                """
                insert into ops.import_files (importer, entity, source, path, name, status, run_id, finished_at)
                values (%(entity)s, %(entity)s, 'erp', 'a', 'a', %(status)s, %(run_id)s, clock_timestamp())
                returning file_id
                """,
                {"entity": entities[0], "status": status, "run_id": run_id},
            ).fetchone()
            assert row is not None
            if status == "imported":
                note_changes(connection, row[0], entities)

    def start(self, *, tags: dict[str, str] | None = None, status: Any = dg.DagsterRunStatus.STARTED) -> dg.DagsterRun:
        """A run of the assets, or with the tags of an import."""
        defs = dg.Definitions(assets=[self.assets], jobs=[self.job])
        selection = None if tags and ENTITY_TAG in tags else set(self.assets.keys)
        return self.instance.create_run_for_job(
            defs.resolve_job_def("built"), status=status, tags=tags, asset_selection=selection
        )


@pytest.fixture
def site(warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """A site where everything has been built once; a tick looks once."""
    monkeypatch.setenv(DATABASE_URL, warehouse.url)
    monkeypatch.setattr(automatic_builds, "TICK_SECONDS", 0)
    with dg.DagsterInstance.ephemeral() as instance:
        site = Site(warehouse, instance)
        site.tick()
        yield site


def test_models_are_built_before_anything_is_imported(warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(DATABASE_URL, warehouse.url)
    with dg.DagsterInstance.ephemeral() as instance:
        assert Site(warehouse, instance).tick() == ALL


def test_nothing_is_built_when_nothing_has_changed(site: Site) -> None:
    assert site.tick() == set()


def test_exactly_what_is_made_of_the_imported_rows_is_built(site: Site) -> None:
    site.import_("sales")
    assert (site.tick(), site.tick()) == ({"stg_sales", "fct_sales"}, set())


def test_rows_that_another_import_has_released_are_built_too(site: Site) -> None:
    site.import_("customers", "sales")
    assert site.tick() == ALL


def test_imports_that_end_one_after_the_other_make_one_build(site: Site) -> None:
    site.import_("customers")
    running = site.start(tags={ENTITY_TAG: "sales"})
    while_it_runs = site.tick()
    site.instance.report_run_failed(running)
    site.import_("sales")
    assert (while_it_runs, site.tick(), site.tick()) == (set(), ALL, set())


def test_imports_that_never_pause_hold_a_build_back_for_a_minute_at_most(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.import_("customers")
    site.start(tags={ENTITY_TAG: "sales"})
    reason = site.reason()
    monkeypatch.setattr(automatic_builds, "LONGEST_HOLD", timedelta(0))
    assert reason == "Waits for the import of sales, for a minute at most."
    assert site.tick() == {"stg_customers", "fct_sales"}


def test_what_is_imported_during_a_build_makes_one_more_after_it(site: Site) -> None:
    building = site.start()
    site.import_("sales")
    during_the_build = site.tick()
    site.instance.report_run_canceled(building)
    assert (during_the_build, site.tick()) == (set(), {"stg_sales", "fct_sales"})


def test_a_model_that_failed_is_built_again_and_the_others_are_not(site: Site) -> None:
    site.import_("sales")
    with site.warehouse.connect(autocommit=True) as connection:
        note_built(connection, site.models, {"stg_sales"}, current_versions(connection))
    assert site.tick() == {"fct_sales"}


def test_a_failed_build_is_tried_again_after_a_pause_that_grows(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    site.import_("sales")
    asked = site.request()
    assert isinstance(asked, dg.RunRequest)
    site.instance.report_run_failed(site.start(tags={STATE_TAG: asked.tags[STATE_TAG]}))
    after_a_failure = site.reason()
    monkeypatch.setattr(retries, "FIRST_PAUSE", timedelta(0))
    assert "tried again" in after_a_failure
    assert site.tick() == {"stg_sales", "fct_sales"}


def test_a_failed_build_is_tried_again_at_once_when_something_changes(site: Site) -> None:
    site.import_("sales")
    asked = site.request()
    assert isinstance(asked, dg.RunRequest)
    site.instance.report_run_failed(site.start(tags={STATE_TAG: asked.tags[STATE_TAG]}))
    site.import_("customers")
    assert site.tick() == ALL


def test_a_refused_file_holds_back_the_changes_of_its_entity(site: Site) -> None:
    site.import_("sales", run_id="1")
    site.import_("sales", status="refused", run_id="1")
    site.import_("customers")
    assert site.tick() == {"stg_customers", "fct_sales"}


def test_the_next_import_ends_the_hold(site: Site) -> None:
    site.import_("sales", run_id="1")
    site.import_("sales", status="refused", run_id="1")
    held_back = site.tick()
    site.import_("sales", run_id="2")
    assert (held_back, site.tick()) == (set(), {"stg_sales", "fct_sales"})


def test_changed_code_builds_the_model_and_those_after_it(site: Site) -> None:
    changed = model("stg_sales", reads="sales", code="2")
    site.models |= {"stg_sales": changed}
    assert site.tick() == {"stg_sales", "fct_sales"}


def test_what_depends_on_the_day_is_built_when_the_nightly_build_has_missed_it(site: Site) -> None:
    site.models |= {"fct_sales": model("fct_sales", SALES, CUSTOMERS, by_day=True)}
    today = site.tick()
    with site.warehouse.connect() as connection:
        connection.execute("update ops.model_builds set built_at = now() - interval '25 hours'")
    assert (today, site.tick(), site.tick()) == (set(), {"fct_sales"}, set())


def test_what_depends_on_the_day_is_built_once_more_after_a_build_as_of_another_day(site: Site) -> None:
    site.models |= {"fct_sales": model("fct_sales", SALES, CUSTOMERS, by_day=True)}
    with site.warehouse.connect() as connection:
        note_as_of(connection, site.models, ALL, date(2025, 12, 31))
    assert [site.tick(), site.tick()] == [{"fct_sales"}, set()]


def test_what_depends_on_the_day_stays_as_of_that_of_the_sample_in_a_demo(site: Site) -> None:
    site.models |= {"fct_sales": model("fct_sales", SALES, CUSTOMERS, by_day=True)}
    day = date(2025, 12, 31)
    with site.warehouse.connect(autocommit=True) as connection:
        set_sample_day(connection, day)
        note_as_of(connection, site.models, ALL, day)
        connection.execute("update ops.model_builds set built_at = now() - interval '25 hours'")
        in_demo = site.tick()
        set_sample_day(connection, None)
    assert (in_demo, site.tick(), site.tick()) == (set(), {"fct_sales"}, set())


def test_what_is_imported_during_a_tick_is_asked_for_by_it(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    def import_(_: float) -> None:
        site.import_("sales")

    monkeypatch.setattr(automatic_builds, "TICK_SECONDS", 60)
    monkeypatch.setattr("wiseparts_pipeline.orchestration.automatic_builds.time.sleep", import_)
    assert site.tick() == {"stg_sales", "fct_sales"}
