"""What does not fit together in the settings of several components."""

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path
from uuid import UUID

from wiseparts_pipeline.config.connections.connection import RECEIVING, ConnectionSettings
from wiseparts_pipeline.config.connections.service import SERVICE
from wiseparts_pipeline.config.exports.exporter import ExporterSettings
from wiseparts_pipeline.config.importer import ImporterSettings
from wiseparts_pipeline.config.records.duplicates import Combine
from wiseparts_pipeline.config.records.protection import protected_from
from wiseparts_pipeline.config.source import SourceSettings


def unprotected(importer: ImporterSettings, importers: Mapping[str, tuple[Path, ImporterSettings]]) -> list[str]:
    """The importers in `protect` that nothing is protected from: misspelt, or their records are not known to be theirs.

    One that is not there at all may be: whoever uses one of several ready-made importers need not change it.
    """
    known = [
        each.name
        for _, each in importers.values()
        if each.entity == importer.entity and isinstance(each.duplicates, Combine) and each.name != importer.name
    ]
    protected = protected_from(importer.protect)
    unnamed = [name for name in known if name not in protected]
    return [
        f"protect.{name}: there is no other importer {name!r} of {importer.entity} that combines rows (`duplicates`),"
        f" so nothing would be protected; there are: {', '.join(known) or 'none'}"
        for name in protected
        if name not in known and (name in importers or get_close_matches(name, unnamed))
    ]


def misplaced(
    exporter: ExporterSettings,
    sources: Mapping[str, tuple[Path, SourceSettings]],
    connections: Mapping[str, tuple[Path, ConnectionSettings]],
    importers: Mapping[str, tuple[Path, ImporterSettings]],
    exporters: Mapping[str, tuple[Path, ExporterSettings]],
) -> Iterator[str]:
    """What an exporter names that there is not, and who else uses its folder."""
    yield from _not_delivered_to(exporter, sources, connections)
    origins = [*sources, *connections, SERVICE]
    for source in exporter.sources:
        if source not in origins:
            yield f"sources: {source!r} is not a source; allowed: {', '.join(origins)}"
    if exporter.after is not None:
        allowed = [each.name for _, each in exporters.values() if each.entity == "customers"]
        if exporter.after not in allowed:
            yield f"after: {exporter.after!r} is no exporter of customers; allowed: {', '.join(allowed) or 'none'}"
        elif exporters[exporter.after][1].to != exporter.to:
            yield f"after: {exporter.after!r} delivers to another source"
    if exporter.formerly in exporters:
        yield f"formerly: there is an exporter {exporter.formerly!r}; name one that there is no more"
    # Of a pattern with `*`, also the folder of a record.
    taken = (exporter.folder, f"{exporter.folder}/{exporter.noun}_{UUID(int=0)}")
    for _, importer in importers.values():
        if exporter.folder and importer.source == exporter.to and any(map(importer.folder_names.matches, taken)):
            yield f"folder: importer {importer.name!r} reads {exporter.folder!r}; give the exporter a folder of its own"
    for _, other in exporters.values():
        is_same = exporter.folder and (other.to, other.folder) == (exporter.to, exporter.folder)
        if other.name != exporter.name and is_same:
            yield f"folder: exporter {other.name!r} uses it as well; give each a folder of its own"


def _not_delivered_to(
    exporter: ExporterSettings,
    sources: Mapping[str, tuple[Path, SourceSettings]],
    connections: Mapping[str, tuple[Path, ConnectionSettings]],
) -> Iterator[str]:
    """Why its records cannot go to what is named in `to`, if they cannot."""
    if exporter.to in connections:
        system = connections[exporter.to][1].system
        if system not in RECEIVING:
            yield f"to: nothing can be created in {system}; it can in {', '.join(RECEIVING)}"
        elif exporter.entity not in RECEIVING[system]:
            yield f"to: {system} does not take {exporter.entity}, but {' and '.join(RECEIVING[system])}"
        if exporter.folder:
            yield f"folder: goes with a source; {exporter.to!r} is a connection, in whose system records are created"
    elif exporter.to not in sources:
        known = [*sources, *(name for name, (_, each) in connections.items() if each.system in RECEIVING)]
        yield f"to: {exporter.to!r} is not a source; allowed: {', '.join(known)}"
    elif not exporter.folder:
        yield "folder: name a folder of its own; it cannot be the source's root"


def not_shared(importer: ImporterSettings, other: ImporterSettings) -> str | None:
    """Why two importers with the same pattern cannot share files, if they cannot."""
    if not importer.takes_other_part(other):
        return (
            f"pattern: importer {other.name!r} matches the same files in the same folder and takes {other.entity} from"
            " them as well; make the patterns differ, or let each take another part of the file, such as another"
            " `file.sheet` or `file.member`"
        )
    if importer.date_format != other.date_format:
        return f"date_format: importer {other.name!r} shares these files; give both the same `date_format`"
    return None
