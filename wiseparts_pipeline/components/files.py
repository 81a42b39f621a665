"""The components of a `defs.yaml`: where exports are dropped, and what is made of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import dagster as dg
from pydantic import BaseModel

from wiseparts_pipeline.components.attributes import Attributes
from wiseparts_pipeline.config.importer import ImporterSettings
from wiseparts_pipeline.config.loader import parse
from wiseparts_pipeline.orchestration.arrivals import arrival_sensor, import_schedule
from wiseparts_pipeline.orchestration.imports import Importer, folder_assets, import_asset, import_job
from wiseparts_pipeline.transport import SourceSettings

Settings = TypeVar("Settings", bound=BaseModel)


class SourceAttributes(Attributes):
    settings = SourceSettings


class ImporterAttributes(Attributes):
    settings = ImporterSettings


@dataclass(frozen=True)
class FileSource(dg.Component):
    """A file server, or a folder of this machine, that exports are dropped on."""

    settings: SourceSettings

    @classmethod
    def get_model_cls(cls) -> type[BaseModel]:
        return SourceAttributes

    @classmethod
    def load(cls, attributes: BaseModel | None, context: dg.ComponentLoadContext) -> "FileSource":
        return cls(_settings(SourceSettings, attributes, context))

    def build_defs(self, context: dg.ComponentLoadContext) -> dg.Definitions:
        """The folders as assets, a job for each importer, and what starts it: the sensor and the schedules."""
        settings = [each.settings for each in _all_importers(context) if each.settings.source == self.settings.name]
        importers = [Importer(each, self.settings) for each in settings]
        jobs = {importer.name: import_job(importer) for importer in importers}
        return dg.Definitions(
            assets=folder_assets(importers),
            jobs=list(jobs.values()),
            schedules=[import_schedule(each, jobs[each.name]) for each in importers if each.settings.schedule],
            sensors=[arrival_sensor(self.settings, importers, list(jobs.values()))] if importers else [],
        )


@dataclass(frozen=True)
class FileImporter(dg.Component):
    """What is made of the files of one folder and pattern: rows of one entity."""

    settings: ImporterSettings

    @classmethod
    def get_model_cls(cls) -> type[BaseModel]:
        return ImporterAttributes

    @classmethod
    def load(cls, attributes: BaseModel | None, context: dg.ComponentLoadContext) -> "FileImporter":
        return cls(_settings(ImporterSettings, attributes, context))

    def build_defs(self, context: dg.ComponentLoadContext) -> dg.Definitions:
        """The asset of the entity's table; it comes with the first of the importers that feed it."""
        siblings = [each for each in _all_importers(context) if each.settings.entity == self.settings.entity]
        if siblings[0] != self:
            return dg.Definitions()
        sources = {source.settings.name: source.settings for source in _all_sources(context)}
        everyone = [each.settings for each in _all_importers(context)]
        importers = [
            Importer(
                each.settings,
                sources[each.settings.source],
                tuple(other for other in everyone if other.source == each.settings.source),
            )
            for each in siblings
        ]
        return dg.Definitions(assets=[import_asset(self.settings.entity_definition, importers)])


def _all_sources(context: dg.ComponentLoadContext) -> Sequence[FileSource]:
    return context.component_tree.get_all_components(FileSource)


def _all_importers(context: dg.ComponentLoadContext) -> Sequence[FileImporter]:
    return context.component_tree.get_all_components(FileImporter)


def _settings(model: type[Settings], attributes: BaseModel | None, context: dg.ComponentLoadContext) -> Settings:
    given = attributes.root if isinstance(attributes, Attributes) else {}
    return parse(model, context.path / "defs.yaml", given)
