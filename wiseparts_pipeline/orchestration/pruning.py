"""Deletes at night what has served its purpose: old runs, whose events would otherwise grow without bound, and more."""

import shutil
from datetime import UTC, datetime, timedelta

import dagster as dg
from dagster import OpExecutionContext

from wiseparts_pipeline.config.loader import load_configuration
from wiseparts_pipeline.config.operations.ages import as_timedelta
from wiseparts_pipeline.home import home
from wiseparts_pipeline.orchestration.errors import report_user_errors
from wiseparts_pipeline.retention.prune import prune
from wiseparts_pipeline.warehouse import Role, Warehouse

FINISHED = [dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED]


@dg.op(description="Deletes old runs with their events; the import log and the files' history are kept.")
def delete_old_runs(context: OpExecutionContext) -> None:
    with report_user_errors():
        age = as_timedelta(load_configuration().retention.runs)
    if age is not None:
        count = prune_runs(context.instance, datetime.now(UTC) - age)
        context.log.info(f"{count} runs older than {age // timedelta(days=1)} days were deleted.")


def prune_runs(instance: dg.DagsterInstance, before: datetime) -> int:
    """Deletes the finished runs that were created before this moment, with their events and logs; returns how many."""
    # The run of an asset's last materialization is kept however old it is.
    kept = {
        record.asset_entry.last_materialization.run_id
        for record in instance.get_asset_records()
        if record.asset_entry.last_materialization
    }
    filters = dg.RunsFilter(created_before=before, statuses=FINISHED)
    old = [run_id for run_id in instance.get_run_ids(filters) if run_id not in kept]
    for run_id in old:
        instance.delete_run(run_id)
        shutil.rmtree(home() / "dagster" / "storage" / run_id, ignore_errors=True)
    return len(old)


@dg.op(description="Deletes old contents of the schema ops, old log files, and old files in the archives of sources.")
def delete_old_details(context: OpExecutionContext) -> None:
    with report_user_errors(), Warehouse.open(role=Role.IMPORTER) as warehouse:
        for pruned in prune(warehouse, load_configuration()):
            context.log.info(str(pruned))


@dg.job(name="prune", description="Deletes what is older than the ages of the component Retention.")
def prune_job() -> None:
    delete_old_runs()
    delete_old_details()


nightly = dg.ScheduleDefinition(
    name="prune_schedule",
    job=prune_job,
    cron_schedule="17 3 * * *",
    default_status=dg.DefaultScheduleStatus.RUNNING,
)
