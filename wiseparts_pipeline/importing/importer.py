"""An importer as it runs: its settings, its source, and the importers that compete with it for files."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from wiseparts_pipeline.config.importer import ImporterSettings
from wiseparts_pipeline.config.source import SourceSettings


@dataclass(frozen=True)
class Importer:
    """An importer with the source of its files.

    `competing`: the other importers of its folder. A file that matches one of their patterns as well is left alone.
    """

    settings: ImporterSettings
    source: SourceSettings
    competing: tuple[ImporterSettings, ...]

    @property
    def name(self) -> str:
        return self.settings.name


def with_competitors(
    importers: Iterable[ImporterSettings], sources: Mapping[str, SourceSettings]
) -> dict[str, Importer]:
    """All importers by name, given the settings of all; raises KeyError for one whose source is not among `sources`."""
    importers = list(importers)
    return {
        each.name: Importer(
            each,
            sources[each.source],
            tuple(
                other
                for other in importers
                if other.name != each.name and (other.source, other.folder) == (each.source, each.folder)
            ),
        )
        for each in importers
    }
