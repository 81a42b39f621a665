"""An importer as it runs: its settings, its source, and the importers that compete with it for files."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from wiseparts_pipeline.config.exports.exporter import ExporterSettings
from wiseparts_pipeline.config.importer import ImporterSettings
from wiseparts_pipeline.config.source import SourceSettings


@dataclass(frozen=True)
class Importer:
    """An importer with the source of its files.

    `competing`: the other importers of its folder, or of folders that may be the same. A file that matches one of their
    patterns as well is left alone, unless they share it.
    `siblings`: the other importers of the same entity and source, None where they are not known.
    `exporters`: all that there are; those that export what it imports have to be told.
    """

    settings: ImporterSettings
    source: SourceSettings
    competing: tuple[ImporterSettings, ...]
    siblings: tuple[ImporterSettings, ...] | None = None
    exporters: tuple[ExporterSettings, ...] = ()

    @property
    def name(self) -> str:
        return self.settings.name


def with_competitors(
    importers: Iterable[ImporterSettings],
    sources: Mapping[str, SourceSettings],
    exporters: Iterable[ExporterSettings] = (),
) -> dict[str, Importer]:
    """All importers by name, given the settings of all; raises KeyError for one whose source is not among `sources`."""
    importers, exporters = list(importers), tuple(exporters)

    def others(like: ImporterSettings, *names: str) -> tuple[ImporterSettings, ...]:
        return tuple(
            other
            for other in importers
            if other.name != like.name and all(getattr(other, name) == getattr(like, name) for name in names)
        )

    def competing(importer: ImporterSettings) -> tuple[ImporterSettings, ...]:
        return tuple(
            other
            for other in others(importer, "source")
            if other.folder == importer.folder or other.folder_names.is_pattern or importer.folder_names.is_pattern
        )

    return {
        each.name: Importer(each, sources[each.source], competing(each), others(each, "source", "entity"), exporters)
        for each in importers
    }
