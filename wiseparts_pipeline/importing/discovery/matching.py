"""Which importers a file is for: those whose patterns its name matches, if they share it on purpose."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations

from wiseparts_pipeline.config.file_names import names_importer
from wiseparts_pipeline.config.importer import ImporterSettings
from wiseparts_pipeline.importing.importer import Importer


@dataclass(frozen=True)
class Match:
    """An importer, and those of its patterns that a file's name matches: its own, or that of one of its joins."""

    importer: ImporterSettings
    patterns: frozenset[str]


def matches(importers: Iterable[ImporterSettings], name: str) -> list[Match]:
    """The importers that the name matches; an error file that names its importer is for no other."""
    found = [
        Match(importer, frozenset(names.pattern for names in matching))
        for importer in importers
        for matching in (
            importer.file_names.matching(name),
            *((names,) for names in importer.joined_file_names if names.matches(name)),
        )
        if matching
    ]
    return [match for match in found if names_importer(name, match.importer.name)] or found


def is_shared(found: Sequence[Match]) -> bool:
    """Whether the importers of these matches take the same file on purpose: by the same pattern, each what is its."""
    ways = {(match.importer.folder, match.importer.date_format) for match in found}
    in_common = frozenset.intersection(*(match.patterns for match in found))
    are_apart = all(one.importer.takes_other_part(other.importer) for one, other in combinations(found, 2))
    return bool(in_common) and len(ways) == 1 and are_apart


def sharing(importer: Importer, path: str) -> list[ImporterSettings]:
    """The other importers that take the importer's file at this path as well."""
    settings, folder = importer.settings, importer.settings.home_folder(path)
    here = [each for each in importer.competing if each.folder == settings.folder or each.folder_names.matches(folder)]
    found = matches((settings, *here), path.rpartition("/")[2])
    others = [match.importer for match in found if match.importer.name != importer.name]
    return others if found and is_shared(found) else []
