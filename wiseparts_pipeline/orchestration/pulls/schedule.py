"""The assets, job and schedule of pulls."""

from collections.abc import Sequence

import dagster as dg

from wiseparts_pipeline.config.connections.connection import ConnectionSettings
from wiseparts_pipeline.config.connections.pull import PullSettings
from wiseparts_pipeline.connections.errors import Unreachable
from wiseparts_pipeline.connections.logins import check_reachable
from wiseparts_pipeline.orchestration.dagster_internals import UnresolvedAssetJobDefinition
from wiseparts_pipeline.orchestration.errors import report_user_errors
from wiseparts_pipeline.orchestration.imports import ENTITY_TAG, OWNERS, raw_asset
from wiseparts_pipeline.orchestration.pulls.running import PULL_TAG, connection_asset, pulled_asset
from wiseparts_pipeline.orchestration.runs import UNFINISHED
from wiseparts_pipeline.warehouse import Role, Warehouse


def connection_assets(connection: ConnectionSettings, pulls: Sequence[PullSettings]) -> list[dg.AssetSpec]:
    """The system, and what is pulled from it: the lineage begins there."""
    system = dg.AssetSpec(
        connection_asset(connection.name),
        group_name=connection.name,
        description=f"The system {connection.system} at {connection.host}.",
        kinds={connection.system},
        owners=OWNERS,
    )
    pulled = [
        dg.AssetSpec(
            pulled_asset(pull.name, connection.name),
            deps=[system.key],
            group_name=connection.name,
            description=f"The {pull.entity} that pull {pull.name} takes from {connection.name}.",
            kinds={connection.system, "jsonl"},
            owners=OWNERS,
            metadata={"schedule": pull.schedule or "none", "full": pull.full or "none", "lookback": pull.lookback},
        )
        for pull in pulls
    ]
    return [system, *pulled]


def pull_job(pull: PullSettings) -> UnresolvedAssetJobDefinition:
    """The job of one pull: the run of the entity's asset with the pull's tag."""
    return dg.define_asset_job(
        f"pull_{pull.name}",
        selection=[raw_asset(pull.entity)],
        description=f"Takes from {pull.connection} what has changed, and imports it into raw.{pull.entity}; with `full`"
        " in the run configuration everything, with `keys` these records and what belongs to them.",
        tags={ENTITY_TAG: pull.entity, PULL_TAG: pull.name},
    )


def pull_schedule(
    pull: PullSettings, connection: ConnectionSettings, job: UnresolvedAssetJobDefinition
) -> dg.ScheduleDefinition:
    """The pull's own cadence. A system that cannot be reached is asked again at the next tick."""

    @dg.schedule(
        name=f"pull_{pull.name}_schedule",
        job=job,
        # Dagster shows a list as one.
        cron_schedule=pull.crons if len(pull.crons) > 1 else pull.crons[0],
        execution_timezone=pull.timezone,
        default_status=dg.DefaultScheduleStatus.RUNNING,
        description=f"Takes from {connection.name} what has changed in its {pull.entity}.",
    )
    def cadence(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
        unfinished = dg.RunsFilter(tags={PULL_TAG: pull.name}, statuses=UNFINISHED)
        if context.instance.get_runs(unfinished, limit=1):
            return dg.SkipReason("A run of this pull is in progress.")
        with (
            report_user_errors(),
            Warehouse.open(role=Role.IMPORTER) as warehouse,
            warehouse.connect(autocommit=True) as database,
        ):
            try:
                check_reachable(connection, database)
            except Unreachable as error:
                return dg.SkipReason(f"{error}. This can pass by itself; the next tick tries again.")
        return dg.RunRequest()

    return cadence
