"""The asset `exports/<name>`: a run of it delivers what is due, or the records asked for."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import dagster as dg
from dagster import AssetExecutionContext
from pydantic import Field

from wiseparts_pipeline.config.exports.exporter import ExporterSettings
from wiseparts_pipeline.config.loader import Configuration
from wiseparts_pipeline.exporting import log
from wiseparts_pipeline.exporting.delivery import Delivered
from wiseparts_pipeline.exporting.requests import Request, carry_out, preview
from wiseparts_pipeline.notify.exports import report_exports
from wiseparts_pipeline.orchestration.dagster_internals import UnresolvedAssetJobDefinition
from wiseparts_pipeline.orchestration.errors import UserFacingError, report_user_errors
from wiseparts_pipeline.orchestration.exports import report
from wiseparts_pipeline.orchestration.exports.report import exports_asset
from wiseparts_pipeline.orchestration.imports import OWNERS, raw_asset
from wiseparts_pipeline.warehouse import Role, Warehouse

_PREVIEWED = 1000

Event = dg.MaterializeResult[None] | dg.AssetCheckResult


class ExportRun(dg.Config):
    """What a run delivers; left as it is: everything that is due, also what would be tried again only later."""

    records: list[str] = Field(
        default=[],
        description="Keys of records, order_id or customer_id, to deliver whatever their time. Empty: all that is due.",
    )
    again: bool = Field(
        default=False,
        description="Deliver these records also if they were delivered: under the same UUID, as the next version.",
    )
    since: str = Field(
        default="", description="A day such as 2026-01-31: also the records from before `start`, from this day on."
    )
    dry_run: bool = Field(default=False, description="Report what would be delivered; deliver nothing.")


def export_job(exporter: ExporterSettings) -> UnresolvedAssetJobDefinition:
    """The job of an exporter: its asset's run."""
    return dg.define_asset_job(
        f"export_{exporter.name}",
        selection=[exports_asset(exporter.name)],
        description=f"Delivers what is due to {exporter.destination}; with `records` in the run"
        " configuration these records.",
    )


def export_asset(exporter: ExporterSettings, configuration: Configuration) -> dg.AssetsDefinition:
    """The records of an exporter on the server that they go to, as an asset that is made of the entity's table."""
    key = exports_asset(exporter.name)

    @dg.multi_asset(
        name=f"exports_{exporter.name}",
        specs=[
            dg.AssetSpec(
                key,
                deps=_made_of(exporter),
                description=f"The {exporter.entity} that {', '.join(exporter.sources)} created, on their way to"
                f" {exporter.destination}. They are delivered as soon as they are imported, and by the"
                f" sensor deliver_{exporter.to}.",
                group_name="exports",
                kinds=_kinds(exporter, configuration),
                owners=OWNERS,
                metadata=_metadata(exporter),
                # A dry run, and a run that finds nothing, leave no materialization behind.
                skippable=True,
            )
        ],
        check_specs=report.check_specs(exporter),
        can_subset=True,
    )
    def exports(context: AssetExecutionContext, config: ExportRun) -> Iterator[Event]:
        with report_user_errors(), Warehouse.open(role=Role.IMPORTER) as warehouse:
            if config.dry_run:
                _preview(context, warehouse, exporter, config)
                return
            request = Request([exporter.name], config.records, config.again, _day(config.since))
            done = carry_out(warehouse, configuration, request)
            yield from events(warehouse, exporter, done)
            for notice in report_exports(warehouse, configuration):
                context.log.warning(notice)
        for delay in done.delayed:
            context.log.warning(delay)
        if done.problems:
            raise UserFacingError("\n".join(done.problems))

    return exports


def events(warehouse: Warehouse, exporter: ExporterSettings, done: Delivered) -> Iterator[Event]:
    """What a run reports: its deliveries, if there were any, and the checks."""
    with warehouse.connect() as connection:
        found = report.look(connection, exporter)
        delivered = report.by_exporter(log.with_ids(connection, done.export_ids)).get(exporter.name, [])
        if delivered:
            yield dg.MaterializeResult(
                asset_key=exports_asset(exporter.name), metadata=report.metadata(connection, exporter, delivered)
            )
    for verdict in report.verdicts(found):
        yield verdict.result(exporter.name)


def _kinds(exporter: ExporterSettings, configuration: Configuration) -> set[str]:
    if exporter.is_creating:
        return {configuration.connections[exporter.to].system}
    return {"csv", configuration.sources[exporter.to].protocol}


def _metadata(exporter: ExporterSettings) -> dict[str, Any]:
    if exporter.is_creating:
        return {"connection": exporter.to}
    return {"folder": exporter.folder, "source": exporter.to, "files": list(exporter.files)}


def _made_of(exporter: ExporterSettings) -> list[dg.AssetKey]:
    """The tables that its files are written from, and the exporter whose records go first."""
    entities = {file.entity_of(exporter.entity_definition).name for file in exporter.files.values()}
    first = [exports_asset(exporter.after)] if exporter.after is not None else []
    return [*(raw_asset(name) for name in sorted({exporter.entity} | entities)), *first]


def _preview(
    context: AssetExecutionContext, warehouse: Warehouse, exporter: ExporterSettings, config: ExportRun
) -> None:
    with warehouse.connect() as connection:
        previews = list(preview(connection, exporter, config.records, limit=_PREVIEWED))
        connection.rollback()
    context.log_event(
        dg.AssetObservation(
            exports_asset(exporter.name),
            description="A dry run: nothing was delivered.",
            metadata=report.previewed(previews),
        )
    )


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise UserFacingError(f"since: {text!r} is not a day; write it like 2026-01-31.") from None
