"""Deletes old runs, whose logs would otherwise grow without bound."""

from datetime import UTC, datetime, timedelta

import dagster as dg
from dagster import OpExecutionContext
from pydantic import Field

FINISHED = [dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED]


class Retention(dg.Config):
    """How long runs are kept, in days."""

    keep_days: int = Field(default=90, ge=1, description="Runs created longer ago are deleted with their logs.")


@dg.op(description="Deletes old runs with their logs; the import log and the files' history are kept.")
def delete_old_runs(context: OpExecutionContext, config: Retention) -> None:
    instance = context.instance
    filters = dg.RunsFilter(created_before=datetime.now(UTC) - timedelta(days=config.keep_days), statuses=FINISHED)
    # The run of an asset's last materialization is kept however old it is.
    kept = {
        record.asset_entry.last_materialization.run_id
        for record in instance.get_asset_records()
        if record.asset_entry.last_materialization
    }
    old = [run_id for run_id in instance.get_run_ids(filters) if run_id not in kept]
    for run_id in old:
        instance.delete_run(run_id)
    context.log.info(f"{len(old)} runs older than {config.keep_days} days were deleted.")


@dg.job(description="Deletes old runs with their logs.")
def prune_runs() -> None:
    delete_old_runs()


nightly = dg.ScheduleDefinition(
    name="prune_runs_schedule",
    job=prune_runs,
    cron_schedule="17 3 * * *",
    default_status=dg.DefaultScheduleStatus.RUNNING,
)
