"""The dbt project as assets downstream of `raw/<entity>`, built automatically once the imports are done."""

import json
import queue
import threading
from collections.abc import Collection, Iterator, Mapping
from typing import Any

import dagster as dg
from dagster import AssetExecutionContext
from dagster_dbt import DagsterDbtTranslator, DagsterDbtTranslatorSettings, dbt_assets
from dagster_dbt.core.dbt_cli_event import DbtCoreCliEventMessage
from dbt_common.events.base_types import EventMsg
from google.protobuf.json_format import MessageToDict  # type: ignore[import-untyped]

from wiseparts_pipeline.config.importer import ImporterSettings
from wiseparts_pipeline.dbt import lineage
from wiseparts_pipeline.dbt.builds import Build, OpenWarehouse, build_marts, exclusive_build
from wiseparts_pipeline.dbt.day import sample_day
from wiseparts_pipeline.dbt.manifest import prepare_manifest
from wiseparts_pipeline.dbt.project import project_variables
from wiseparts_pipeline.diagnostics.freshness import feeds_variable
from wiseparts_pipeline.orchestration.automatic_builds import build_sensor
from wiseparts_pipeline.orchestration.errors import UserFacingError, report_user_errors
from wiseparts_pipeline.orchestration.imports import OWNERS
from wiseparts_pipeline.warehouse import Role, Warehouse

EVERYTHING = "build_marts"
# One build at a time; the next stays in the queue.
POOL = "dbt"
# Only the events of a build that takes longer are stored while it runs.
_SHORT_BUILD_SECONDS = 10
# The events of dbt that Dagster shows.
_RESULTS = ("LogModelResult", "LogSeedResult", "LogSnapshotResult", "LogTestResult")


class Marts(DagsterDbtTranslator):
    """How Dagster shows a dbt model: grouped by layer."""

    def __init__(self) -> None:
        # An entity's import also writes its history: both tables are one asset.
        super().__init__(DagsterDbtTranslatorSettings(enable_duplicate_source_asset_keys=True))

    def get_group_name(self, dbt_resource_props: Mapping[str, Any]) -> str:
        # Only a model's schema is named after its layer.
        kind: str = dbt_resource_props["resource_type"]
        layer: str = dbt_resource_props["schema"] if kind == "model" else f"{kind}s"
        return layer

    def get_owners(self, dbt_resource_props: Mapping[str, Any]) -> list[str]:
        return OWNERS


def marts_definitions(importers: Collection[ImporterSettings]) -> dg.Definitions:
    """The models and their tests as assets and checks, downstream of what these importers import."""
    variables = {"feeds": feeds_variable(importers)}
    manifest = prepare_manifest()

    @dbt_assets(manifest=manifest, dagster_dbt_translator=Marts(), name="dbt", pool=POOL)
    def models(context: AssetExecutionContext) -> Iterator[Any]:
        with (
            report_user_errors(),
            Warehouse.open(role=Role.DBT) as warehouse,
            exclusive_build(warehouse, context.log.info) as opened,
        ):
            yield from _build(context, opened, variables)

    everything = dg.define_asset_job(
        EVERYTHING, dg.AssetSelection.assets(models), description="Builds and tests all marts."
    )
    described = json.loads(manifest.read_bytes())
    return dg.Definitions(
        assets=[models, *_readers(models, described)],
        jobs=[everything],
        schedules=[_nightly()],
        sensors=[build_sensor(models, lineage.models(described))],
    )


def _readers(models: dg.AssetsDefinition, described: Mapping[str, Any]) -> Iterator[dg.AssetSpec]:
    """What reads the marts outside of the project, with the address of its page."""
    keys = {spec.metadata["dagster_dbt/unique_id"]: spec.key for spec in models.specs}
    for exposure in described["exposures"].values():
        page = {"page": dg.MetadataValue.url(exposure["url"])} if exposure["url"] else {}
        yield dg.AssetSpec(
            ["dashboards", exposure["name"]],
            deps=[keys[node] for node in exposure["depends_on"]["nodes"]],
            description=exposure["description"],
            metadata={"for": exposure["owner"]["name"], **page},
            group_name="dashboards",
            owners=OWNERS,
            kinds={exposure["type"]},
        )


def _nightly() -> dg.ScheduleDefinition:
    """What is open, overdue or expired depends on the day, whether or not anything was imported."""

    @dg.schedule(
        name="build_marts_schedule",
        job_name=EVERYTHING,
        cron_schedule="10 0 * * *",
        execution_timezone=project_variables()["timezone"],
        default_status=dg.DefaultScheduleStatus.RUNNING,
        description="Builds all marts when the day has changed.",
    )
    def nightly() -> dg.RunRequest | dg.SkipReason:
        with report_user_errors(), Warehouse.open(role=Role.DBT) as warehouse, warehouse.connect() as connection:
            day = sample_day(connection)
        return dg.SkipReason(f"A demo is as of {day}, whatever day it is.") if day else dg.RunRequest()

    return nightly


def _build(context: AssetExecutionContext, opened: OpenWarehouse, variables: Mapping[str, Any]) -> Iterator[Any]:
    """Build and test the selected models; yields Dagster's events, those of a short build when it has ended."""
    specs = context.assets_def.specs_by_key
    names = [specs[key].metadata["dagster_dbt/unique_id"].split(".")[-1] for key in context.selected_asset_keys]
    events: queue.Queue[EventMsg | Build | BaseException] = queue.Queue()

    def put_result(event: EventMsg) -> None:
        if event.info.name in _RESULTS:
            events.put(event)

    def run() -> None:
        try:
            events.put(build_marts(opened, names, variables=variables, on_event=put_result))
        except BaseException as error:  # noqa: BLE001 - raised by the run, which would otherwise wait for ever
            events.put(error)

    # A daemon, so that a terminated run can end; the database then rolls back.
    build = threading.Thread(target=run, daemon=True)
    build.start()
    # To store events takes as much of Python's time as to run dbt: the marts of a small file should not wait for it.
    build.join(timeout=_SHORT_BUILD_SECONDS)
    while not isinstance(event := events.get(), Build):
        if isinstance(event, BaseException):
            raise event
        yield from _events(context, event)
    for name in sorted(event.overtaken):
        context.log.info(f"{name}: an import changed the rows that it compares; it is tested again by the next build.")
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
