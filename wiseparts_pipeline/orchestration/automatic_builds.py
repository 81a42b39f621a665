"""The sensor that has the marts built: one run for everything that is made of what imports have changed."""

import hashlib
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from datetime import time as time_of_day
from zoneinfo import ZoneInfo

import dagster as dg

from wiseparts_pipeline.dbt.day import fixed_day
from wiseparts_pipeline.dbt.lineage import Model
from wiseparts_pipeline.dbt.project import project_variables
from wiseparts_pipeline.dbt.state import built_models, due_models
from wiseparts_pipeline.importing.ledger.changes import current_versions, first_change_after
from wiseparts_pipeline.importing.ledger.history import refused_entities
from wiseparts_pipeline.orchestration.errors import report_user_errors
from wiseparts_pipeline.orchestration.runs import UNFINISHED, entities_in_progress, failures
from wiseparts_pipeline.warehouse import Connection, Role, Warehouse
from wiseparts_pipeline.warehouse.connection import current_time

SENSOR = "marts"
# What a run was to build from: the rows of all entities, and the code of all models.
STATE_TAG = "wiseparts/build_state"
# A tick costs much more than a look, and Dagster pauses for a second after each.
TICK_SECONDS = 5.0
LOOK_SECONDS = 0.25
# Imports that never pause hold a build back for so long.
LONGEST_HOLD = timedelta(minutes=1)
# How long after midnight the nightly build has ended; a day that it has missed is built by the sensor.
NIGHTLY_BUILD = timedelta(hours=1)


@dataclass(frozen=True)
class Due:
    """What is to be built.

    `state`: a name for what it would be built from. `since`: when the first import ended whose changes are not built
    yet; None if there is none. `now`: the database's time.
    """

    models: Sequence[str]
    state: str
    since: datetime | None
    now: datetime


def build_sensor(assets: dg.AssetsDefinition, models: Mapping[str, Model]) -> dg.SensorDefinition:
    """Looks all the time, in the database only, whether rows or code have changed since the models were built."""
    names = {model.unique_id: model.name for model in models.values()}
    keys = {names[spec.metadata["dagster_dbt/unique_id"]]: spec.key for spec in assets.specs}

    @dg.sensor(
        name=SENSOR,
        target=dg.AssetSelection.assets(assets),
        minimum_interval_seconds=1,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Builds the models whose data have changed, once no import is running.",
    )
    def marts(context: dg.SensorEvaluationContext) -> dg.RunRequest | dg.SkipReason:
        began = time.monotonic()
        with (
            report_user_errors(),
            Warehouse.open(role=Role.DBT) as warehouse,
            warehouse.connect(autocommit=True) as connection,
        ):
            while True:
                due = find_due(connection, models)
                reason = _reason_to_wait(context.instance, set(keys.values()), due)
                if reason is None:
                    selection = [keys[name] for name in due.models]
                    return dg.RunRequest(asset_selection=selection, tags={STATE_TAG: due.state})
                if time.monotonic() - began > TICK_SECONDS:
                    return dg.SkipReason(reason)
                time.sleep(LOOK_SECONDS)

    return marts


def find_due(connection: Connection, models: Mapping[str, Model]) -> Due:
    """What is to be built now.

    Changes of an entity whose last file was refused are left until the next one is imported: half of a delivery would
    be in the marts.
    """
    built, versions, now = built_models(connection), current_versions(connection), current_time(connection)
    held, fixed = refused_entities(connection), fixed_day(connection)
    due = due_models(models, built, versions, _day_began(now), held, fixed)
    old = [built[name] for name in due if name in built]
    seen = {
        entity: min((each.seen.get(entity, version) for each in old), default=version)
        for entity, version in versions.items()
    }
    stated = [sorted(versions.items()), sorted((model.name, model.code) for model in models.values())]
    state = hashlib.sha256(repr(stated).encode()).hexdigest()[:16]
    return Due(due, state, first_change_after(connection, seen), now)


def _day_began(now: datetime) -> datetime:
    """When the day of the business began, once the nightly build has had the time for it."""
    zone = ZoneInfo(project_variables()["timezone"])
    return datetime.combine((now - NIGHTLY_BUILD).astimezone(zone).date(), time_of_day.min, zone)


def _reason_to_wait(instance: dg.DagsterInstance, keys: set[dg.AssetKey], due: Due) -> str | None:
    """Why no models are built yet, or None."""
    if not due.models:
        return "All models are built from what is there."
    building = [
        run
        for run in instance.get_runs(dg.RunsFilter(statuses=UNFINISHED))
        if keys & set(run.asset_selection or ()) or run.job_name == "build_marts"
    ]
    if building:
        return "A build is in progress; what has changed since it began is built after it."
    importing = entities_in_progress(instance)
    # A change in the future is one from before the clock was set back.
    if importing and (due.since is None or timedelta(0) <= due.now - due.since < LONGEST_HOLD):
        return f"Waits for the import of {', '.join(sorted(importing))}, for a minute at most."
    # Someone who ends a build does not want it to begin again at once.
    ended = [dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED]
    failed = failures(instance, STATE_TAG, due.state, due.now, ended)
    if failed and due.now < failed.again:
        return f"The last build did not succeed; it is {failed}, or as soon as something changes."
    return None
