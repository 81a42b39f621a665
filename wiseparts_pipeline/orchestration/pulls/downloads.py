"""Downloads of what pulled products link to: an asset, a job and a schedule for each pull that has `download`."""

from dataclasses import asdict

import dagster as dg
from dagster import AssetExecutionContext
from pydantic import Field

from wiseparts_pipeline.config.connections.download import DownloadSettings
from wiseparts_pipeline.config.connections.pull import PullSettings
from wiseparts_pipeline.config.loader import Configuration
from wiseparts_pipeline.downloading.service import download
from wiseparts_pipeline.orchestration.dagster_internals import UnresolvedAssetJobDefinition
from wiseparts_pipeline.orchestration.errors import report_user_errors
from wiseparts_pipeline.orchestration.imports import OWNERS, raw_asset
from wiseparts_pipeline.orchestration.runs import UNFINISHED
from wiseparts_pipeline.warehouse import Role, Warehouse

_TAG = "wiseparts/download"
# Dagster ends a run after six hours. What is left then is for the next one.
_SECONDS = 5 * 60 * 60


class DownloadRun(dg.Config):
    """What a run follows; left as it is: the links that were not followed yet."""

    again: bool = Field(default=False, description="Also the links that were refused or given up before.")
    seconds: float = Field(default=_SECONDS, gt=0, le=_SECONDS, description="After how many no more link is followed.")


def downloads_asset(pull: str) -> dg.AssetKey:
    """The files, as an asset that is made of the table whose products link to them."""
    return dg.AssetKey(["downloads", pull])


def download_asset(pull: PullSettings, settings: DownloadSettings, configuration: Configuration) -> dg.AssetsDefinition:
    """The pictures and datasheets of a pull's products, where they are put."""

    @dg.asset(
        key=downloads_asset(pull.name),
        deps=[raw_asset(pull.entity)],
        description=f"Pictures and datasheets that the products of pull {pull.name} link to, in {settings.folder}/ of"
        f" {settings.source}.",
        group_name="downloads",
        kinds={configuration.sources[settings.source].protocol},
        owners=OWNERS,
        metadata={"schedule": settings.schedule or "none", "hosts": ", ".join(settings.hosts)},
    )
    def downloads(context: AssetExecutionContext, config: DownloadRun) -> dg.MaterializeResult[None]:
        with report_user_errors(), Warehouse.open(role=Role.IMPORTER) as warehouse:
            (done,) = download(warehouse, configuration, [pull.name], again=config.again, seconds=config.seconds)
        if done.refused or done.failed:
            context.log.warning(f"{done.refused} links were refused and {done.failed} failed; see ops.downloads.")
        counts = {name: count for name, count in asdict(done).items() if isinstance(count, int)}
        return dg.MaterializeResult(metadata=counts)

    return downloads


def download_job(pull: PullSettings) -> UnresolvedAssetJobDefinition:
    """The job of one pull's downloads."""
    return dg.define_asset_job(
        f"download_{pull.name}",
        selection=[downloads_asset(pull.name)],
        description=f"Downloads what the products of pull {pull.name} link to and is not there yet.",
        tags={_TAG: pull.name},
    )


def download_schedule(pull: PullSettings, cron: str, job: UnresolvedAssetJobDefinition) -> dg.ScheduleDefinition:
    """The cadence of `download`."""

    @dg.schedule(
        name=f"download_{pull.name}_schedule",
        job=job,
        cron_schedule=cron,
        execution_timezone=pull.timezone,
        default_status=dg.DefaultScheduleStatus.RUNNING,
        description=f"Downloads what the products of pull {pull.name} link to.",
    )
    def cadence(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
        if context.instance.get_runs(dg.RunsFilter(tags={_TAG: pull.name}, statuses=UNFINISHED), limit=1):
            return dg.SkipReason("A run of these downloads is in progress.")
        return dg.RunRequest()

    return cadence
