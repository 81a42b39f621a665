"""The sensor that delivers what is due to a source or connection: first attempts that had no time, and retries."""

import json
from collections.abc import Sequence

import dagster as dg

from wiseparts_pipeline.config.exports.exporter import ExporterSettings
from wiseparts_pipeline.config.loader import Configuration
from wiseparts_pipeline.exporting import log
from wiseparts_pipeline.exporting.delivery import deliver
from wiseparts_pipeline.notify.exports import report_exports
from wiseparts_pipeline.orchestration.arrivals import TICK_TIMEOUT_SECONDS
from wiseparts_pipeline.orchestration.errors import UserFacingError, report_user_errors
from wiseparts_pipeline.orchestration.exports import report
from wiseparts_pipeline.orchestration.exports.report import exports_asset
from wiseparts_pipeline.warehouse import Role, Warehouse

EVERY_SECONDS = 5
# Dagster ends a tick after 60 s; what is left of them is for the database, e-mail and Dagster's own storage.
_SECONDS = 30.0
_SECONDS_FOR_MAIL = 5.0

_Events = list[dg.AssetMaterialization | dg.AssetObservation | dg.AssetCheckEvaluation]


def delivery_sensors(source: str, configuration: Configuration) -> list[dg.SensorDefinition]:
    """That of a source or connection, if something is delivered to it.

    It delivers in its tick, without a run, and reports what was delivered and what the checks say when it changes.
    """
    exporters = configuration.exporters_to(source)
    return [_delivery_sensor(source, exporters, configuration)] if exporters else []


def _delivery_sensor(
    source: str, exporters: Sequence[ExporterSettings], configuration: Configuration
) -> dg.SensorDefinition:
    names = [each.name for each in exporters]

    @dg.sensor(
        name=f"deliver_{source}",
        asset_selection=dg.AssetSelection.assets(*(exports_asset(name) for name in names)),
        minimum_interval_seconds=EVERY_SECONDS,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description=f"Delivers to {source} what is due, such as what could not be delivered at once"
        f" ({', '.join(names)}), and notes what was collected.",
        tags={"source": source},
    )
    def deliveries(context: dg.SensorEvaluationContext) -> dg.SensorResult:
        with report_user_errors(), Warehouse.open(role=Role.IMPORTER) as warehouse:
            hasty = configuration.waiting_at_most(TICK_TIMEOUT_SECONDS)
            done = deliver(warehouse, hasty, names, seconds=_SECONDS)
            notices = report_exports(warehouse, configuration, _SECONDS_FOR_MAIL)
            events, cursor = _news(warehouse, exporters, done.export_ids, context.cursor)
            with warehouse.connect() as connection:
                put_off = log.put_off(connection, exporters)
        for notice in notices:
            context.log.warning(notice)
        if done.problems and not events:
            raise UserFacingError("\n".join(done.notices), kind="Export")
        reason = "\n".join(done.notices or put_off) or "Nothing is due."
        if events:
            for notice in done.notices:
                context.log.warning(notice)
        return dg.SensorResult(asset_events=events, skip_reason=None if events else reason, cursor=cursor)

    return deliveries


def _news(
    warehouse: Warehouse, exporters: Sequence[ExporterSettings], export_ids: Sequence[int], known: str | None
) -> tuple[_Events, str]:
    """What was delivered, what the checks say of that or if it is not what they said last, and what they say now."""
    before = json.loads(known or "{}")
    events: _Events = []
    said = {}
    with warehouse.connect() as connection:
        delivered = report.by_exporter(log.with_ids(connection, export_ids)) if export_ids else {}
        for exporter in exporters:
            found = report.look(connection, exporter)
            said[exporter.name] = report.digest(found)
            if exporter.name in delivered:
                metadata = report.metadata(connection, exporter, delivered[exporter.name])
                events.append(dg.AssetMaterialization(exports_asset(exporter.name), metadata=metadata))
            # The UI shows those of the latest materialization only.
            if exporter.name in delivered or before.get(exporter.name) != said[exporter.name]:
                events += [verdict.evaluation(exporter.name) for verdict in report.verdicts(found)]
    return events, json.dumps(said)
