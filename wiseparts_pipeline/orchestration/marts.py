"""The dbt project as assets behind `raw/<entity>`, built by themselves once the imports are done."""

import queue
import threading
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import reduce
from operator import or_
from typing import Any

import dagster as dg
from dagster import AssetExecutionContext
from dagster_dbt import DagsterDbtTranslator, DagsterDbtTranslatorSettings, dbt_assets
from dagster_dbt.core.dbt_cli_event import DbtCoreCliEventMessage
from dbt_common.events.base_types import EventMsg
from google.protobuf.json_format import MessageToDict  # type: ignore[import-untyped]

from wiseparts_pipeline.config.importer import ImporterSettings
from wiseparts_pipeline.dbt.builds import Build, build_marts, exclusive_build
from wiseparts_pipeline.dbt.manifest import prepare_manifest
from wiseparts_pipeline.dbt.project import project_variables
from wiseparts_pipeline.diagnostics.freshness import feeds_variable
from wiseparts_pipeline.errors import WisepartsError
from wiseparts_pipeline.orchestration.errors import UserFacingError, report_user_errors
from wiseparts_pipeline.orchestration.imports import OWNERS, raw_asset
from wiseparts_pipeline.warehouse import Warehouse

# A build waits in the queue for another one.
POOL = "dbt"


class Marts(DagsterDbtTranslator):
    """How a dbt model is shown: grouped by its layer, built when what it is made of has changed."""

    def __init__(self, entities: Iterable[str]) -> None:
        # The table of a record's earlier versions is written by the import of its entity: one asset.
        super().__init__(DagsterDbtTranslatorSettings(enable_duplicate_source_asset_keys=True))
        self._importing = import_in_progress(entities)

    def get_group_name(self, dbt_resource_props: Mapping[str, Any]) -> str:
        # Only a model's schema is named after its layer.
        kind: str = dbt_resource_props["resource_type"]
        layer: str = dbt_resource_props["schema"] if kind == "model" else f"{kind}s"
        return layer

    def get_owners(self, dbt_resource_props: Mapping[str, Any]) -> list[str]:
        return OWNERS

    def get_automation_condition(
        self, dbt_resource_props: Mapping[str, Any]
    ) -> dg.AutomationCondition[dg.AssetKey] | None:
        read = dbt_resource_props.get("depends_on", {}).get("nodes", [])
        if any(node.startswith("source.") for node in read):
            return built_once_settled(self._importing)
        return built_once_settled(dg.AutomationCondition.any_deps_in_progress())


def marts_definitions(importers: Collection[ImporterSettings]) -> dg.Definitions:
    """The models and their tests as assets and checks; they wait for what these importers import."""
    entities = dict.fromkeys(importer.entity for importer in importers)
    variables = {"feeds": feeds_variable(importers)}

    @dbt_assets(manifest=prepare_manifest(), dagster_dbt_translator=Marts(entities), name="dbt", pool=POOL)
    def models(context: AssetExecutionContext) -> Iterator[Any]:
        with (
            report_user_errors(),
            Warehouse.open() as warehouse,
            exclusive_build(warehouse, context.log.info) as connection,
        ):
            yield from _build(context, connection, variables)

    everything = dg.define_asset_job(
        "build_marts", dg.AssetSelection.assets(models), description="Builds and tests all marts, as of today."
    )
    return dg.Definitions(
        assets=[models],
        jobs=[everything],
        # What is open, overdue or expired is so as of a day, whether or not there was anything to import.
        schedules=[
            dg.ScheduleDefinition(
                name="build_marts_schedule",
                job=everything,
                cron_schedule="10 0 * * *",
                execution_timezone=project_variables()["timezone"],
                default_status=dg.DefaultScheduleStatus.RUNNING,
                description="Builds all marts when the day has changed.",
            )
        ],
        sensors=[
            dg.AutomationConditionSensorDefinition(
                "marts",
                target=dg.AssetSelection.assets(models),
                default_status=dg.DefaultSensorStatus.RUNNING,
                minimum_interval_seconds=1,
                description="Builds the models whose data have changed, once no import is running.",
            )
        ],
    )


def import_in_progress(entities: Iterable[str]) -> dg.AutomationCondition[dg.AssetKey]:
    """Whether an import is queued or running, of whatever entity: imports that end together make one build."""
    in_progress = dg.AutomationCondition.in_progress()
    return reduce(
        or_, (dg.AutomationCondition.asset_matches(raw_asset(entity), in_progress) for entity in entities)
    ).with_label("import_in_progress")


def built_once_settled(unsettled: dg.AutomationCondition[Any]) -> dg.AutomationCondition[dg.AssetKey]:
    """Like eager(), which waits for the model's own dependencies, with four differences.

    A table without an import so far is empty and hinders nobody, so models that are missing are built at once. What
    comes in while the model is being built makes another build after it; eager() would take it for done. A failed
    blocking check holds back what is made of its asset: after a refused file, until the next import passes. And a model
    or seed whose file has changed is built anew.
    """
    condition = dg.AutomationCondition
    touched = condition.newly_missing() | condition.any_deps_updated() | condition.code_version_changed()
    changed = touched.since(condition.newly_requested() & ~touched)
    held_back = condition.any_deps_match(
        condition.any_checks_match(condition.check_failed() & ~condition.will_be_requested(), blocking_only=True)
    )
    return (
        changed.with_label("changed")
        & ~unsettled
        & ~condition.in_progress()
        & ~held_back.with_label("a_blocking_check_failed")
    ).with_label("built_once_settled")


def _build(
    context: AssetExecutionContext, connection: Mapping[str, str], variables: Mapping[str, Any]
) -> Iterator[Any]:
    """Builds and tests the models that the run is for, and yields what Dagster keeps of it as it happens."""
    specs = context.assets_def.specs_by_key
    names = [specs[key].metadata["dagster_dbt/unique_id"].split(".")[-1] for key in context.selected_asset_keys]
    events: queue.Queue[EventMsg | Build | WisepartsError] = queue.Queue()

    def run() -> None:
        try:
            # Unit tests try the models' logic on rows of their own, which no import changes.
            events.put(build_marts(connection, names, variables=variables, unit_tests=False, on_event=events.put))
        except WisepartsError as error:
            events.put(error)

    # A run that is terminated must not wait for it; the database rolls back when the process ends.
    threading.Thread(target=run, daemon=True).start()
    while not isinstance(event := events.get(), Build):
        if isinstance(event, WisepartsError):
            raise event
        yield from _events(context, event)
    if event.failures:
        failures = "\n".join(f"{node.name}: {node.message}" for node in event.failures)
        raise UserFacingError(f"dbt: {failures}")


def _events(context: AssetExecutionContext, event: EventMsg) -> Iterator[Any]:
    told = MessageToDict(event, preserving_proto_field_name=True)
    if told["info"]["name"] in ("LogModelResult", "LogTestResult"):
        context.log.info(told["info"]["msg"])
    metadata = context.assets_def.metadata_by_key[next(iter(context.selected_asset_keys))]
    for shown in DbtCoreCliEventMessage(raw_event=told, event_history_metadata={}).to_default_asset_events(
        manifest=metadata["dagster_dbt/manifest"].manifest,
        dagster_dbt_translator=metadata["dagster_dbt/dagster_dbt_translator"],
        context=context,
    ):
        # dbt also runs the tests of other models that read one of these; nobody has asked for them.
        if not isinstance(shown, dg.AssetObservation):
            yield shown
