"""The asset `raw/<entity>`: a run of it imports the pending files of the entity's importers, or the files asked for."""

from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from dataclasses import replace

import dagster as dg
from dagster import AssetExecutionContext
from pydantic import Field

from wiseparts_pipeline import notify
from wiseparts_pipeline.config.file_names import DATE
from wiseparts_pipeline.config.loader import Configuration
from wiseparts_pipeline.entities import ENTITIES
from wiseparts_pipeline.entities.schema import Entity
from wiseparts_pipeline.exporting.at_once import delivering_at_once
from wiseparts_pipeline.exporting.delivery import Delivered
from wiseparts_pipeline.importing.importer import Importer
from wiseparts_pipeline.importing.ledger.outcome import Status
from wiseparts_pipeline.importing.results import Announced, FileResult, ImportOptions, ImportResult
from wiseparts_pipeline.importing.service import import_files, in_dependency_order
from wiseparts_pipeline.matching.service import match_imported
from wiseparts_pipeline.notify.exports import report_exports
from wiseparts_pipeline.notify.wording import counted
from wiseparts_pipeline.orchestration import report
from wiseparts_pipeline.orchestration.dagster_internals import UnresolvedAssetJobDefinition
from wiseparts_pipeline.orchestration.errors import UserFacingError, report_user_errors
from wiseparts_pipeline.orchestration.exports.report import delivery_events
from wiseparts_pipeline.orchestration.pulls.running import PULL_TAG, pull_events, pull_in_run
from wiseparts_pipeline.pulling.pull import PullOptions
from wiseparts_pipeline.pulling.service import Pulled, dry_run, settled
from wiseparts_pipeline.warehouse import Role, Warehouse

OWNERS = ["team:data-platform"]
# The tags of a job's runs: the entity, and which importer of it is meant.
ENTITY_TAG = "wiseparts/entity"
IMPORTER_TAG = "wiseparts/importer"

_NO_EXPORTERS = Configuration({}, {})

Event = dg.MaterializeResult[None] | dg.AssetCheckResult


class ImportRun(dg.Config):
    """What a run imports; left as it is: everything that is pending."""

    files: list[str] = Field(
        default=[],
        description="Names of files to import, or to import again, from the importer's folder, its processed/ or its "
        "refused/. Empty: everything that is pending.",
    )
    force: bool = Field(
        default=False,
        description="Import a file that a guard would hold back: rows that are older than what is stored (stale), a "
        "list lacking more records than shrink_limit_percent (shrink), more rejected rows than reject_limit_percent.",
    )
    dry_run: bool = Field(
        default=False, description="Validate and report; load nothing and leave the files where they are."
    )
    full: bool = Field(
        default=False,
        description="Of a pull: take everything, which also finds what was deleted, instead of what has changed.",
    )
    keys: list[str] = Field(
        default=[],
        description="Of a pull: take only the records with these keys, and what other pulls have of them, such as the"
        " branches of a customer.",
    )


def raw_asset(entity: str) -> dg.AssetKey:
    return dg.AssetKey(["raw", entity])


def folder_asset(importer: Importer) -> dg.AssetKey:
    """The importer's folder on its source, as an asset that others write; of a pull, the one that it writes."""
    # Dagster has other uses for `*` and `{}`.
    parts = (part.replace(DATE, "date").replace("*", "any") for part in importer.settings.folder.split("/") if part)
    return dg.AssetKey([importer.source.name, *parts])


def pool(entity: str) -> str:
    """The pool of which an import holds the only slot, so that the next of the same entity waits in the queue."""
    return f"raw_{entity}"


def folder_assets(importers: Sequence[Importer]) -> list[dg.AssetSpec]:
    """The folders of a source's importers: others write them, and the lineage begins there."""
    in_folder: dict[dg.AssetKey, list[Importer]] = {}
    for importer in importers:
        in_folder.setdefault(folder_asset(importer), []).append(importer)
    return [
        dg.AssetSpec(
            key,
            group_name=f"{importers_[0].source.name}_files",
            description=f"The folder {importers_[0].settings.folder or '/'} of {importers_[0].source.name}.",
            kinds={importers_[0].source.protocol, importers_[0].settings.file.format},
            owners=OWNERS,
            metadata={
                "folder": importers_[0].settings.folder,
                "patterns": [pattern for importer in importers_ for pattern in importer.settings.patterns],
                "importers": [importer.name for importer in importers_],
            },
        )
        for key, importers_ in in_folder.items()
    ]


def import_job(importer: Importer) -> UnresolvedAssetJobDefinition:
    """The job of one importer: the asset's run with the importer's tag."""
    settings = importer.settings
    return dg.define_asset_job(
        job_name(importer.name),
        selection=[raw_asset(settings.entity)],
        description=f"Imports what is pending in {settings.folder or 'the root'}/ of {settings.source} into "
        f"raw.{settings.entity}; with `files` in the run configuration these files, archived ones included.",
        tags={ENTITY_TAG: settings.entity, IMPORTER_TAG: importer.name},
    )


def job_name(importer: str) -> str:
    return f"import_{importer}"


def import_asset(
    entity: Entity, importers: Sequence[Importer], configuration: Configuration = _NO_EXPORTERS
) -> dg.AssetsDefinition:
    """The asset of an entity's table, which all its importers feed; a run's tag may name one of them."""
    key = raw_asset(entity.name)

    @dg.multi_asset(
        name=f"raw_{entity.name}",
        specs=[
            dg.AssetSpec(
                key,
                deps=sorted({folder_asset(importer) for importer in importers}),
                description=f"{entity.description} Imported by {', '.join(importer.name for importer in importers)}.",
                group_name=entity.group,
                kinds={"python", "postgres"},
                owners=OWNERS,
                freshness_policy=report.freshness_policy(importers),
                metadata={
                    "dagster/column_schema": report.column_schema(entity),
                    "dagster/table_name": f"raw.{entity.name}",
                },
                # A dry run, and a run that finds nothing, leave no materialization behind.
                skippable=True,
            )
        ],
        check_specs=report.check_specs(key),
        # As with skippable; the checks are evaluated with an import and cannot be run alone.
        can_subset=True,
        pool=pool(entity.name),
    )
    def imports(context: AssetExecutionContext, config: ImportRun) -> Iterator[Event]:
        if not context.selected_asset_keys:
            raise UserFacingError(f"The checks of {key.to_user_string()} run with each import; start an import.")
        names = _pulls(context, config, entity, configuration)
        options = PullOptions(full=config.full, run_id=context.run.run_id)
        with (
            report_user_errors(),
            dry_run(options) if config.dry_run else nullcontext(options) as options,
            Warehouse.open(role=Role.IMPORTER) as warehouse,
        ):
            pulled = pull_in_run(context, warehouse, configuration, names, config.keys, options)
            chosen = _chosen(context, config, importers, pulled, configuration)
            result = _import(context, warehouse, chosen, config, configuration, pulled)
            for event in pull_events(settled(warehouse, pulled)):
                context.log_event(event)
            own = [each for each in result.files if each.file.entity == entity.name]
            if config.dry_run:
                description = "A dry run: nothing was loaded."
                context.log_event(dg.AssetObservation(key, description=description, metadata=report.metadata(own)))
            else:
                yield from _events(entity, warehouse, own)
                if not result.files and not pulled.problems:
                    yield from report.check_results_again(key, context.instance)
                _report_others(context, warehouse, [each for each in result.files if each not in own])
                _report_released(context, warehouse, result.files)
        _raise_for_failures(result, pulled)

    return imports


def _pulls(
    context: AssetExecutionContext, config: ImportRun, entity: Entity, configuration: Configuration
) -> list[str]:
    """The pulls that the run begins with: that of its job, none for an importer's, else all that feed the entity."""
    if (name := context.run.tags.get(PULL_TAG)) is not None:
        return [name]
    feeding = [] if IMPORTER_TAG in context.run.tags or config.files else configuration.pulls.values()
    names = [pull.name for pull in feeding if pull.entity == entity.name]
    if not names and (config.keys or config.full):
        raise UserFacingError("full, keys: are of a pull; start the job pull_<name>.")
    return names


def _chosen(
    context: AssetExecutionContext,
    config: ImportRun,
    importers: Sequence[Importer],
    pulled: Pulled,
    configuration: Configuration,
) -> Sequence[Importer]:
    """The importers that the run is of: of a pull, those that take what it has written."""
    if PULL_TAG in context.run.tags:
        return in_dependency_order(configuration, pulled.files)
    name = context.run.tags.get(IMPORTER_TAG)
    chosen = [importer for importer in importers if name in (None, importer.name)]
    if not chosen:
        names = ", ".join(importer.name for importer in importers)
        raise UserFacingError(f"The tag {IMPORTER_TAG} says {name!r}, which is not an importer of this asset: {names}.")
    if config.files and len(chosen) > 1:
        jobs = ", ".join(job_name(importer.name) for importer in chosen)
        raise UserFacingError(f"Several importers feed this asset. To import files by name, start one of: {jobs}.")
    return chosen


def _import(
    context: AssetExecutionContext,
    warehouse: Warehouse,
    importers: Sequence[Importer],
    config: ImportRun,
    configuration: Configuration,
    pulled: Pulled,
) -> ImportResult:
    def report_finished(importer: Importer, done: ImportResult) -> None:
        if not config.dry_run:
            for notice in notify.report(importer.settings, done, warehouse):
                context.log.warning(notice)
            if done.files:
                context.log_event(dg.AssetObservation(folder_asset(importer), metadata=report.delivered(done.files)))
        if not done.files:
            context.log.info(f"{importer.name}: nothing is pending in {importer.settings.folder or 'the root'}/.")
        for name in done.unsettled:
            context.log.info(f"{importer.name}: {name} is still being written and is left for the next run.")
        for incomplete in done.incomplete:
            context.log.info(f"{importer.name}: {incomplete}; they are imported together.")

    options = ImportOptions(
        names=config.files or None, force=config.force, dry_run=config.dry_run, run_id=context.run.run_id
    )
    if config.dry_run:
        result = ImportResult()
        for importer in importers:
            # What a pull writes in a dry run is in a folder that nobody looks into.
            alone = replace(options, local=pulled.files.get(importer.name))
            log = report.RunLog(context.log)
            result.add(import_files([importer], warehouse, alone, progress=log, finished=report_finished))
        return result
    with delivering_at_once(warehouse, configuration) as exports:
        progress = Announced(report.RunLog(context.log), exports.wake)
        result = import_files(importers, warehouse, options, progress=progress, finished=report_finished)
    _report_exports(context, warehouse, configuration, exports.done)
    return result


def _report_exports(
    context: AssetExecutionContext, warehouse: Warehouse, configuration: Configuration, results: Sequence[Delivered]
) -> None:
    """Reports what was delivered while it was imported, and matches; what could not be done is no failure of it."""
    for event in delivery_events(warehouse, configuration, results):
        context.log_event(event)
    notices = [*match_imported(warehouse, configuration), *(notice for done in results for notice in done.notices)]
    for notice in dict.fromkeys([*notices, *(report_exports(warehouse, configuration) if results else [])]):
        context.log.warning(notice)


def _events(entity: Entity, warehouse: Warehouse, results: Sequence[FileResult]) -> Iterator[Event]:
    key = raw_asset(entity.name)
    if report.with_status(results, Status.IMPORTED, Status.IMPORTED_WITH_ERRORS):
        row_count = report.rows_in_table(warehouse, entity)
        yield dg.MaterializeResult(asset_key=key, metadata={**report.metadata(results), "dagster/row_count": row_count})
    if results:
        yield from report.check_results(key, results)


def _report_others(context: AssetExecutionContext, warehouse: Warehouse, results: Sequence[FileResult]) -> None:
    """Reports the tables of other entities that a pull of some keys has brought records of."""
    for name in dict.fromkeys(result.file.entity for result in results):
        files = [result for result in results if result.file.entity == name]
        metadata = {**report.metadata(files), "dagster/row_count": report.rows_in_table(warehouse, ENTITIES[name])}
        context.log_event(dg.AssetMaterialization(raw_asset(name), metadata=metadata))


def _report_released(context: AssetExecutionContext, warehouse: Warehouse, results: Sequence[FileResult]) -> None:
    """Reports the tables whose deferred rows these files released: another entity's run has changed them."""
    for name, count in report.released(results).items():
        rows = counted(count, "deferred row", "deferred rows")
        description = f"{rows} loaded by an import of the records they refer to."
        metadata = {"rows_released": count, "dagster/row_count": report.rows_in_table(warehouse, ENTITIES[name])}
        context.log_event(dg.AssetMaterialization(raw_asset(name), description=description, metadata=metadata))


def _raise_for_failures(result: ImportResult, pulled: Pulled) -> None:
    """The run fails when a pull, or a file, was refused or failed, even if others were imported."""
    failures = report.failures(result.files)
    problems = [*pulled.problems, *result.problems]
    if failures or problems:
        raise UserFacingError("\n".join([*failures, *map(str, problems)]))
