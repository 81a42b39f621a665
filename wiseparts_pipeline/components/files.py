"""The components of a `defs.yaml` that say where files are, how they are imported, and what goes the other way."""

from dataclasses import dataclass
from typing import ClassVar, Generic, Self, TypeVar, cast

import dagster as dg
from pydantic import BaseModel

from wiseparts_pipeline.components.attributes import Attributes
from wiseparts_pipeline.config.documents import component_attributes, parse
from wiseparts_pipeline.config.exports.exporter import ExporterSettings
from wiseparts_pipeline.config.importer import ImporterSettings
from wiseparts_pipeline.config.loader import Configuration
from wiseparts_pipeline.config.source import SourceSettings
from wiseparts_pipeline.importing.importer import Importer, with_competitors
from wiseparts_pipeline.orchestration.arrivals import arrival_sensor, import_schedule
from wiseparts_pipeline.orchestration.exports.asset import export_asset, export_job
from wiseparts_pipeline.orchestration.exports.deliveries import delivery_sensor
from wiseparts_pipeline.orchestration.imports import folder_assets, import_asset, import_job

Settings = TypeVar("Settings", bound=BaseModel)


class SourceAttributes(Attributes):
    settings = SourceSettings


class ImporterAttributes(Attributes):
    settings = ImporterSettings


class ExporterAttributes(Attributes):
    settings = ExporterSettings


@dataclass(frozen=True)
class _Configured(dg.Component, Generic[Settings]):
    """A component whose attributes are those that the command line reads."""

    settings: Settings
    attributes: ClassVar[type[Attributes]]

    @classmethod
    def get_model_cls(cls) -> type[BaseModel]:
        return cls.attributes

    @classmethod
    def load(cls, attributes: BaseModel | None, context: dg.ComponentLoadContext) -> Self:
        """Reads as the command line does: Dagster has made truth values and numbers of texts such as `No`, `00123`."""
        path, position = context.path / "defs.yaml", context.component_path.instance_key
        settings = parse(cls.attributes.settings, path, component_attributes(path, int(position or 0)))
        return cls(cast("Settings", settings))


@dataclass(frozen=True)
class FileSource(_Configured[SourceSettings]):
    """A file server, or a folder of this machine, that files are put on."""

    attributes = SourceAttributes

    def build_defs(self, context: dg.ComponentLoadContext) -> dg.Definitions:
        """The folders as assets, a job for each importer, what starts it, and what delivers to the source."""
        importers = [each for each in _importers(context).values() if each.source.name == self.settings.name]
        jobs = {importer.name: import_job(importer) for importer in importers}
        configuration = _configuration(context)
        exporters = configuration.exporters_to(self.settings.name)
        arrivals = [arrival_sensor(self.settings, importers, list(jobs.values()))] if importers else []
        deliveries = [delivery_sensor(self.settings.name, exporters, configuration)] if exporters else []
        return dg.Definitions(
            assets=folder_assets(importers),
            jobs=list(jobs.values()),
            schedules=[import_schedule(each, jobs[each.name]) for each in importers if each.settings.schedule],
            sensors=arrivals + deliveries,
        )


@dataclass(frozen=True)
class FileImporter(_Configured[ImporterSettings]):
    """An importer: the files of one folder and pattern become rows of one entity."""

    attributes = ImporterAttributes

    def build_defs(self, context: dg.ComponentLoadContext) -> dg.Definitions:
        """The asset of the entity's table; the first of the importers that feed it defines it."""
        importers = [each for each in _importers(context).values() if each.settings.entity == self.settings.entity]
        if importers[0].settings != self.settings:
            return dg.Definitions()
        asset = import_asset(self.settings.entity_definition, importers, _configuration(context))
        return dg.Definitions(assets=[asset])


@dataclass(frozen=True)
class Exporter(_Configured[ExporterSettings]):
    """An exporter: records that some sources created become files on another."""

    attributes = ExporterAttributes

    def build_defs(self, context: dg.ComponentLoadContext) -> dg.Definitions:
        """The exported records as an asset, and the job that delivers them."""
        asset = export_asset(self.settings, _configuration(context))
        return dg.Definitions(assets=[asset], jobs=[export_job(self.settings)])


def _configuration(context: dg.ComponentLoadContext) -> Configuration:
    """The sources, importers and exporters of the code location."""
    tree = context.component_tree
    return Configuration(
        sources={each.settings.name: each.settings for each in tree.get_all_components(FileSource)},
        importers={each.settings.name: each.settings for each in tree.get_all_components(FileImporter)},
        exporters={each.settings.name: each.settings for each in tree.get_all_components(Exporter)},
    )


def _importers(context: dg.ComponentLoadContext) -> dict[str, Importer]:
    """All importers of the code location, by name."""
    configuration = _configuration(context)
    return with_competitors(configuration.importers.values(), configuration.sources, configuration.exporters.values())
