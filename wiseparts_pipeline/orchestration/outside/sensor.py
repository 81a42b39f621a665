"""The sensor that shows in Dagster what was imported without a run of it: by a command, or by the HTTP service."""

import json
from collections.abc import Collection, Iterator, Mapping

import dagster as dg

from wiseparts_pipeline.importing.ledger import table as ledger
from wiseparts_pipeline.importing.ledger.changes import current_versions
from wiseparts_pipeline.importing.rejects import first_rejected
from wiseparts_pipeline.importing.results import SHOWN_REJECTS, FileResult
from wiseparts_pipeline.orchestration import report
from wiseparts_pipeline.orchestration.errors import report_user_errors
from wiseparts_pipeline.orchestration.imports import raw_asset
from wiseparts_pipeline.orchestration.pulls.running import pull_events
from wiseparts_pipeline.pulling import log
from wiseparts_pipeline.warehouse import Connection, Role, Warehouse

SENSOR = "imported_outside"
EVERY_SECONDS = 10
# Shown of each table at a time; the others only count as seen.
MOST_FILES = 500

Versions = Mapping[str, int]


def outside_sensor(entities: Collection[str]) -> dg.SensorDefinition:
    """Starts nothing: marts are built because rows have changed, whoever has changed them.

    `entities`: those whose tables are assets.
    """

    @dg.sensor(
        name=SENSOR,
        minimum_interval_seconds=EVERY_SECONDS,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Shows what was imported without a run: by a command, or by the HTTP service.",
    )
    def imported_outside(context: dg.SensorEvaluationContext) -> dg.SensorResult:
        with (
            report_user_errors(),
            Warehouse.open(role=Role.IMPORTER) as warehouse,
            warehouse.connect(autocommit=True) as connection,
        ):
            versions = current_versions(connection)
            # What was there before the sensor is history.
            seen = versions if context.cursor is None else json.loads(context.cursor)
            changed = {each: version for each, version in versions.items() if version > seen.get(each, 0)}
            events = list(_events(connection, seen, changed.keys() & set(entities)))
        reason = None if events else "Everything was imported by runs."
        return dg.SensorResult(skip_reason=reason, asset_events=events, cursor=json.dumps(versions))

    return imported_outside


def _events(connection: Connection, seen: Versions, entities: Collection[str]) -> Iterator[dg.AssetMaterialization]:
    """What has changed the tables since these versions, and the pulls that brought it."""
    pulled: set[int] = set()
    for entity in sorted(entities):
        rows = connection.execute(
            """
            select change.file_id from ops.entity_changes as change inner join ops.import_files as file using (file_id)
            where change.entity = %s and change.version > %s and file.run_id is null
            order by change.version desc limit %s
            """,
            [entity, seen.get(entity, 0), MOST_FILES],
        ).fetchall()
        if not rows:
            continue
        files = ledger.get_all(connection, [file_id for (file_id,) in rows])
        results = [FileResult(row, first_rejected(connection, row.file_id, SHOWN_REJECTS)) for row in files.values()]
        yield dg.AssetMaterialization(
            raw_asset(entity), description="Imported without a run.", metadata=report.metadata(results)
        )
        pulled |= files.keys()
    pulls = connection.execute(
        "select pull_id from ops.pulls where file_id = any(%s) and run_id is null", [list(pulled)]
    ).fetchall()
    yield from pull_events(list(log.get_all(connection, [pull_id for (pull_id,) in pulls]).values()))
