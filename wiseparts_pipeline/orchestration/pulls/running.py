"""What a run of `raw/<entity>` pulls before it imports."""

from collections.abc import Sequence
from dataclasses import dataclass

import dagster as dg
from dagster import AssetExecutionContext

from wiseparts_pipeline.config.loader import Configuration
from wiseparts_pipeline.orchestration.errors import UserFacingError
from wiseparts_pipeline.pulling.log import PullRow, Taken
from wiseparts_pipeline.pulling.pull import PullOptions
from wiseparts_pipeline.pulling.service import Pulled, chosen_pulls, run_pulls, with_keys
from wiseparts_pipeline.warehouse import Warehouse

# Which pull a run is of. One of an importer pulls nothing, and one of neither everything that feeds the entity.
PULL_TAG = "wiseparts/pull"

Metadata = dict[str, dg.MetadataValue | int | float | str]


def connection_asset(connection: str) -> dg.AssetKey:
    """The connected system, as an asset that others write."""
    return dg.AssetKey([connection])


def pulled_asset(pull: str, connection: str) -> dg.AssetKey:
    """The files of a pull, as an asset between the system and the table."""
    return dg.AssetKey([connection, pull])


def pull_in_run(
    context: AssetExecutionContext,
    warehouse: Warehouse,
    configuration: Configuration,
    names: Sequence[str],
    keys: Sequence[str],
    options: PullOptions,
) -> Pulled:
    """Pulls what the run is to import. A pull that fails is logged, and is a problem of the result."""
    pulls = chosen_pulls(configuration, names)
    if keys:
        if len(pulls) != 1:
            raise UserFacingError("keys: start the job of the one pull whose records have them, pull_<name>.")
        pulls, asked = with_keys(configuration, pulls[0].name, keys)
        options = PullOptions(asked=asked, into=options.into, run_id=options.run_id)
    pulled = run_pulls(pulls, warehouse, options, _RunLog(context.log))
    for problem in pulled.problems:
        context.log.error(str(problem))
    return pulled


def pull_events(pulls: Sequence[PullRow]) -> list[dg.AssetMaterialization]:
    """What was pulled, as the UI shows it beside the files of each pull."""
    return [
        dg.AssetMaterialization(
            pulled_asset(row.pull, row.connection),
            description="Nothing new." if row.file is None else f"{row.records:,} records in {row.file}.",
            metadata=_metadata(row),
        )
        for row in pulls
    ]


def _metadata(row: PullRow) -> Metadata:
    since = {"since": f"{row.since:%Y-%m-%d %H:%M:%S %Z}"} if row.since else {}
    return {
        "records": row.records,
        "requests": row.requests,
        "bytes": row.bytes,
        "seconds": float(row.seconds),
        "kind": str(row.kind),
        **since,
        "until": f"{row.began_at:%Y-%m-%d %H:%M:%S %Z}",
        "status": str(row.status),
    }


@dataclass(frozen=True)
class _RunLog:
    """Writes the progress of pulls into the run's log."""

    log: dg.DagsterLogManager

    def pull_blocked(self, pull: str, holder: str) -> None:
        self.log.info(f"{pull} waits until another pull has ended. It is {holder}.")

    def pull_started(self, pull: str, what: str) -> None:
        self.log.info(f"{pull}: {what}")

    def pull_advanced(self, records: int, requests: int) -> None:
        """Called too often for a log."""

    def pull_finished(self, pull: str, taken: Taken) -> None:
        self.log.info(f"{pull}: {taken.records:,} records, {taken.requests:,} requests, {taken.seconds} s")
