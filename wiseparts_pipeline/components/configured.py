"""What the components with attributes share: they are read as the command line reads them, and know all others."""

from dataclasses import dataclass
from typing import Any, ClassVar, Generic, Self, TypeVar, cast

import dagster as dg
from pydantic import BaseModel

from wiseparts_pipeline.components.attributes import Attributes
from wiseparts_pipeline.config.connections.connection import ConnectionSettings
from wiseparts_pipeline.config.connections.pull import PullSettings
from wiseparts_pipeline.config.documents import component_attributes, parse
from wiseparts_pipeline.config.exports.exporter import ExporterSettings
from wiseparts_pipeline.config.importer import ImporterSettings
from wiseparts_pipeline.config.loader import Configuration
from wiseparts_pipeline.config.source import SourceSettings
from wiseparts_pipeline.importing.importer import Importer, with_competitors

Settings = TypeVar("Settings", bound=BaseModel)
Named = TypeVar("Named", SourceSettings, ImporterSettings, ExporterSettings, ConnectionSettings, PullSettings)


@dataclass(frozen=True)
class Configured(dg.Component, Generic[Settings]):
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


def configuration_of(context: dg.ComponentLoadContext) -> Configuration:
    """All components of the code location."""
    found: list[Any] = [each.settings for each in context.component_tree.get_all_components(Configured)]  # type: ignore[type-abstract]

    def named(model: type[Named]) -> dict[str, Named]:
        return {each.name: each for each in found if isinstance(each, model)}

    return Configuration(
        sources=named(SourceSettings),
        importers=named(ImporterSettings),
        exporters=named(ExporterSettings),
        connections=named(ConnectionSettings),
        pulls=named(PullSettings),
    ).with_pulled()


def importers_of(context: dg.ComponentLoadContext) -> dict[str, Importer]:
    """All importers of the code location, by name."""
    configuration = configuration_of(context)
    return with_competitors(configuration.importers.values(), configuration.sources, configuration.exporters.values())
