"""The dbt project as assets downstream of `raw/<entity>`, built automatically once the imports are done."""

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
from wiseparts_pipeline.orchestration.errors import UserFacingError, report_user_errors
from wiseparts_pipeline.orchestration.imports import OWNERS, raw_asset
from wiseparts_pipeline.warehouse import Warehouse

# One build at a time; the next stays in the queue.
POOL = "dbt"


class Marts(DagsterDbtTranslator):
    """How Dagster shows a dbt model: grouped by layer, and built when what it reads has changed."""

    def __init__(self, entities: Iterable[str]) -> None:
        # An entity's import also writes its history: both tables are one asset.
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
            return built_once_idle(self._importing)
        return built_once_idle(dg.AutomationCondition.any_deps_in_progress())


def marts_definitions(importers: Collection[ImporterSettings]) -> dg.Definitions:
    """The models and their tests as assets and checks, downstream of what these importers import."""
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
        # What is open, overdue or expired depends on the day, whether or not anything was imported.
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
                # Evaluating the conditions of all models takes about 0.2 s of CPU time.
                minimum_interval_seconds=5,
                description="Builds the models whose data have changed, once no import is running.",
            )
        ],
    )


def import_in_progress(entities: Iterable[str]) -> dg.AutomationCondition[dg.AssetKey]:
    """Whether an import of any of these entities is queued or running: imports that end together make one build."""
    in_progress = dg.AutomationCondition.in_progress()
    return reduce(
        or_, (dg.AutomationCondition.asset_matches(raw_asset(entity), in_progress) for entity in entities)
    ).with_label("import_in_progress")


def built_once_idle(busy: dg.AutomationCondition[Any]) -> dg.AutomationCondition[dg.AssetKey]:
    """Build a model that needs it once `busy` does not hold. Differs from eager() in four ways.

    Missing models are built at once, because a table without imports is empty, not missing. What is imported during a
    build of the model causes another build; eager() would ignore it. A failed blocking check holds back the models that
    read its asset: after a refused file, until the next import passes. A changed model or seed file causes a build.
    """
    condition = dg.AutomationCondition
    touched = condition.newly_missing() | condition.any_deps_updated() | condition.code_version_changed()
    changed = touched.since(condition.newly_requested() & ~touched)
    held_back = condition.any_deps_match(
        condition.any_checks_match(condition.check_failed() & ~condition.will_be_requested(), blocking_only=True)
    )
    return (
        changed.with_label("changed")
        & ~busy
        & ~condition.in_progress()
        & ~held_back.with_label("a_blocking_check_failed")
    ).with_label("built_once_idle")


def _build(
    context: AssetExecutionContext, connection: Mapping[str, str], variables: Mapping[str, Any]
) -> Iterator[Any]:
    """Build and test the selected models; yields Dagster's events as they happen."""
    specs = context.assets_def.specs_by_key
    names = [specs[key].metadata["dagster_dbt/unique_id"].split(".")[-1] for key in context.selected_asset_keys]
    events: queue.Queue[EventMsg | Build | BaseException] = queue.Queue()

    def run() -> None:
        try:
            events.put(build_marts(connection, names, variables=variables, on_event=events.put))
        except BaseException as error:  # noqa: BLE001 - raised by the run, which would otherwise wait for ever
            events.put(error)

    # A daemon, so that a terminated run can end; the database then rolls back.
    threading.Thread(target=run, daemon=True).start()
    while not isinstance(event := events.get(), Build):
        if isinstance(event, BaseException):
            raise event
        yield from _events(context, event)
    if not event.succeeded:
        failures = [f"{node.name}: {node.message}" for node in event.failures]
        raise UserFacingError("dbt: " + "\n".join(failures or [f"{event.skipped} models and tests were skipped."]))


def _events(context: AssetExecutionContext, event: EventMsg) -> Iterator[Any]:
    raw_event = MessageToDict(event, preserving_proto_field_name=True)
    if raw_event["info"]["name"] in ("LogModelResult", "LogTestResult"):
        context.log.info(raw_event["info"]["msg"])
    metadata = context.assets_def.metadata_by_key[next(iter(context.selected_asset_keys))]
    for shown in DbtCoreCliEventMessage(raw_event=raw_event, event_history_metadata={}).to_default_asset_events(
        manifest=metadata["dagster_dbt/manifest"].manifest,
        dagster_dbt_translator=metadata["dagster_dbt/dagster_dbt_translator"],
        context=context,
    ):
        # dbt also runs tests of other models that read one of these; they are not part of this run.
        if not isinstance(shown, dg.AssetObservation):
            yield shown
