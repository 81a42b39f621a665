"""The components of a `defs.yaml` that say where files are, how they are imported, and what goes the other way."""

from dataclasses import dataclass

import dagster as dg

from wiseparts_pipeline.components.attributes import Attributes
from wiseparts_pipeline.components.configured import Configured, configuration_of, importers_of
from wiseparts_pipeline.config.exports.exporter import ExporterSettings
from wiseparts_pipeline.config.importer import ImporterSettings
from wiseparts_pipeline.config.source import SourceSettings
from wiseparts_pipeline.orchestration.arrivals import arrival_sensor, import_schedule
from wiseparts_pipeline.orchestration.exports.asset import export_asset, export_job
from wiseparts_pipeline.orchestration.exports.deliveries import delivery_sensors
from wiseparts_pipeline.orchestration.imports import folder_assets, import_asset, import_job


class SourceAttributes(Attributes):
    settings = SourceSettings


class ImporterAttributes(Attributes):
    settings = ImporterSettings


class ExporterAttributes(Attributes):
    settings = ExporterSettings


@dataclass(frozen=True)
class FileSource(Configured[SourceSettings]):
    """A file server, or a folder of this machine, that files are put on."""

    attributes = SourceAttributes

    def build_defs(self, context: dg.ComponentLoadContext) -> dg.Definitions:
        """The folders as assets, a job for each importer, what starts it, and what delivers to the source."""
        importers = [each for each in importers_of(context).values() if each.source.name == self.settings.name]
        jobs = {importer.name: import_job(importer) for importer in importers}
        configuration = configuration_of(context)
        arrivals = [arrival_sensor(self.settings, importers, list(jobs.values()))] if importers else []
        return dg.Definitions(
            assets=folder_assets(importers),
            jobs=list(jobs.values()),
            schedules=[import_schedule(each, jobs[each.name]) for each in importers if each.settings.schedule],
            sensors=[*arrivals, *delivery_sensors(self.settings.name, configuration)],
        )


@dataclass(frozen=True)
class FileImporter(Configured[ImporterSettings]):
    """An importer: the files of one folder and pattern become rows of one entity."""

    attributes = ImporterAttributes

    def build_defs(self, context: dg.ComponentLoadContext) -> dg.Definitions:
        """The asset of the entity's table; the first of the importers that feed it defines it."""
        importers = [each for each in importers_of(context).values() if each.settings.entity == self.settings.entity]
        if importers[0].settings != self.settings:
            return dg.Definitions()
        asset = import_asset(self.settings.entity_definition, importers, configuration_of(context))
        return dg.Definitions(assets=[asset])


@dataclass(frozen=True)
class Exporter(Configured[ExporterSettings]):
    """An exporter: records that some sources created become files on another, or are created in a system."""

    attributes = ExporterAttributes

    def build_defs(self, context: dg.ComponentLoadContext) -> dg.Definitions:
        """The exported records as an asset, and the job that delivers them."""
        asset = export_asset(self.settings, configuration_of(context))
        return dg.Definitions(assets=[asset], jobs=[export_job(self.settings)])
