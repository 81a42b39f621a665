"""Which runs the files of a source need: the sensor of a source, and the schedule of an importer."""

import hashlib
import time
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime

import dagster as dg

from wiseparts_pipeline.config.importer import ImporterSettings
from wiseparts_pipeline.config.source import SourceSettings
from wiseparts_pipeline.entities import IMPORT_ORDER
from wiseparts_pipeline.entities.schema import Policy
from wiseparts_pipeline.importing.discovery.listing import Discovery, discover
from wiseparts_pipeline.importing.importer import Importer
from wiseparts_pipeline.importing.ledger.rows import LedgerFile
from wiseparts_pipeline.orchestration.dagster_internals import UnresolvedAssetJobDefinition
from wiseparts_pipeline.orchestration.errors import report_user_errors
from wiseparts_pipeline.orchestration.imports import job_name
from wiseparts_pipeline.orchestration.runs import entities_in_progress, failures
from wiseparts_pipeline.transport import TransientError, connect
from wiseparts_pipeline.warehouse import Role, Warehouse

# Which files a run was asked for.
FILES_TAG = "wiseparts/files"
# Dagster ends a tick after 60 s, without reporting why.
TICK_TIMEOUT_SECONDS = 31.0
# A tick that has found new files waits at most this long for them to settle instead of leaving them to the next tick.
LONGEST_WAIT_SECONDS = 15


def arrival_sensor(
    source: SourceSettings, importers: Sequence[Importer], jobs: Sequence[UnresolvedAssetJobDefinition]
) -> dg.SensorDefinition:
    """Lists all folders of a source over one connection and requests a run of each importer that has settled files."""
    by_name = {importer.name: importer for importer in importers}

    @dg.sensor(
        name=f"{source.name}_files",
        jobs=jobs,
        minimum_interval_seconds=source.poll_seconds,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description=f"Checks the folders of {source.name} every {source.poll_seconds} s and imports new files.",
        tags={"source": source.name},
    )
    def files(context: dg.SensorEvaluationContext) -> dg.SensorResult:
        # All importers, not only those that start on arrival: a file begins to settle when it is first seen.
        discovery = _look(source, importers, [each.name for each in importers if each.settings.on_arrival])
        if isinstance(discovery, TransientError):
            return dg.SensorResult(skip_reason=_passing(discovery))
        for problem in discovery.problems:
            context.log.warning(str(problem))
        requests, reasons = requested_runs(discovery, by_name, entities_in_progress(context.instance))
        requests, delayed = asked_again(context.instance, requests, datetime.now(UTC))
        reasons += delayed
        return dg.SensorResult(
            run_requests=requests,
            skip_reason=None if requests else "\n".join(reasons) or f"Nothing new on {source.name}.",
        )

    return files


def requested_runs(
    discovery: Discovery, importers: Mapping[str, Importer], in_progress: set[str]
) -> tuple[list[dg.RunRequest], list[str]]:
    """A request for each importer with settled files that can start, and why there is none for the others.

    An entity is imported after those whose records its rows cannot do without.
    """
    requests: list[dg.RunRequest] = []
    reasons = list(map(str, discovery.problems))
    started = set(in_progress)
    with_files = [name for name, files in discovery.pending.items() if files]
    for name in sorted(with_files, key=lambda name: IMPORT_ORDER[importers[name].settings.entity]):
        settings, pending = importers[name].settings, discovery.pending[name]
        ready = discovery.ready(name)
        before = _needed(settings) & started
        if settings.entity in in_progress:
            reasons.append(f"{name}: a run is in progress; {_files(pending)} is left for the next one.")
        elif not settings.on_arrival:
            reasons.append(f"{name}: {_files(pending)} waits for the schedule.")
        elif not ready:
            again = min(discovery.paused[file.file_id] for file in pending)
            reasons.append(
                f"{name}: {_files(pending)} failed; tried again at {again:%H:%M:%S} UTC, or when you start"
                f" {job_name(name)}."
            )
        elif before:
            reasons.append(f"{name}: {_files(pending)} waits for the import of {', '.join(sorted(before))}.")
        else:
            key = run_key(name, ready)
            requests.append(dg.RunRequest(run_key=key, job_name=job_name(name), tags={FILES_TAG: key}))
            started.add(settings.entity)
    return requests, reasons + _left(discovery)


def asked_again(
    instance: dg.DagsterInstance, requests: Sequence[dg.RunRequest], now: datetime
) -> tuple[list[dg.RunRequest], list[str]]:
    """The requests, with another key where a run for the same files failed before it could count an attempt.

    Dagster starts no two runs with one key. Those whose pause is not over are left out, with the reason.
    """
    asked: list[dg.RunRequest] = []
    reasons: list[str] = []
    for request in requests:
        failed = failures(instance, FILES_TAG, str(request.run_key), now)
        if failed is None:
            asked.append(request)
        elif now < failed.again:
            reasons.append(f"{request.job_name}: the last run failed before it began to import; it is {failed}.")
        else:
            key = f"{request.run_key}:{failed.count}"
            asked.append(dg.RunRequest(run_key=key, job_name=request.job_name, tags=request.tags))
    return asked, reasons


def _left(discovery: Discovery) -> list[str]:
    """What is not imported yet, and why."""
    unsettled = [f"{name}: still being written: {_files(found)}" for name, found in discovery.unsettled.items()]
    incomplete = discovery.incomplete.items()
    return unsettled + [f"{name}: {_some(list(map(str, found)), '; ')}" for name, found in incomplete if found]


def _needed(importer: ImporterSettings) -> set[str]:
    """The entities without whose records rows are not loaded, or lack what is looked up there."""
    references = importer.entity_definition.references
    looked_up = {lookup.entity for lookup in importer.lookup if lookup.entity is not None}
    return looked_up | {to.entity for column, to in references.items() if importer.policy(column) is not Policy.WARN}


def import_schedule(importer: Importer, job: UnresolvedAssetJobDefinition) -> dg.ScheduleDefinition:
    """The importer's own cadence: a run when files are pending, also those that failed too often to be retried.

    Checking costs a listing and a run costs a process; a day of empty runs would also bury those that did something.
    """
    settings = importer.settings
    assert settings.schedule is not None

    @dg.schedule(
        name=f"{importer.name}_schedule",
        job=job,
        cron_schedule=settings.schedule,
        execution_timezone=settings.timezone,
        default_status=dg.DefaultScheduleStatus.RUNNING,
        description=f"Imports what is pending in {settings.folder or 'the root'}/ of {settings.source}.",
    )
    def cadence(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
        discovery = _look(importer.source, [importer], [importer.name])
        if isinstance(discovery, TransientError):
            return dg.SkipReason(_passing(discovery))
        if not discovery.pending[importer.name]:
            return dg.SkipReason("\n".join([*map(str, discovery.problems), *_left(discovery)]) or "Nothing is pending.")
        if settings.entity in entities_in_progress(context.instance):
            return dg.SkipReason("A run is in progress.")
        return dg.RunRequest()

    return cadence


def run_key(importer: str, files: Iterable[LedgerFile]) -> str:
    """The same for the same unchanged files, so that nothing starts twice; a different one for another attempt."""
    together = [each for file in files for each in (file, *file.companions)]
    states = sorted((file.file_id, file.size_bytes, file.modified_at.isoformat(), file.attempts) for file in together)
    return f"{importer}:{hashlib.sha256(repr(states).encode()).hexdigest()[:16]}"


def _look(source: SourceSettings, importers: Sequence[Importer], starting: Sequence[str]) -> Discovery | TransientError:
    """What is there; an error that can pass is returned, one that someone has to fix is raised.

    Looks once more when the files of the importers that are `starting` were seen for the first time just now.
    """
    patient = source.model_copy(update={"timeout_seconds": min(source.timeout_seconds, TICK_TIMEOUT_SECONDS)})
    with (
        report_user_errors(),
        Warehouse.open(role=Role.IMPORTER) as warehouse,
        warehouse.connect(autocommit=True) as connection,
    ):
        try:
            with connect(patient) as transport:
                discovery = discover(transport, source, importers, connection)
                if source.settle_seconds <= LONGEST_WAIT_SECONDS and _only_unsettled(discovery, starting):
                    time.sleep(source.settle_seconds)
                    discovery = discover(transport, source, importers, connection)
                return discovery
        except TransientError as error:
            return error


def _only_unsettled(discovery: Discovery, starting: Sequence[str]) -> bool:
    return any(discovery.unsettled.get(name) for name in starting) and not any(map(discovery.ready, starting))


def _passing(error: TransientError) -> str:
    return f"{error}. This can pass by itself; the next tick tries again."


def _files(files: Sequence[LedgerFile]) -> str:
    return _some([file.name for file in files], ", ")


def _some(texts: Sequence[str], separator: str) -> str:
    shown = separator.join(texts[:3])
    return shown if len(texts) <= 3 else f"{shown} and {len(texts) - 3} more"
