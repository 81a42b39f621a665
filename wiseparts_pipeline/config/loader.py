"""Reads a folder of `defs.yaml` files into sources and importers; errors name the file and what is wrong in it."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel

from wiseparts_pipeline.config.agreement import misplaced, not_shared, unprotected
from wiseparts_pipeline.config.connections.connection import ConnectionSettings
from wiseparts_pipeline.config.connections.importing import (
    PULL_TYPE,
    make_folders,
    packaged_pull,
    pull_importers,
    pulled_source,
)
from wiseparts_pipeline.config.connections.itscope import catalogue_problems
from wiseparts_pipeline.config.connections.live import LiveSettings, live_problems
from wiseparts_pipeline.config.connections.pull import PullSettings
from wiseparts_pipeline.config.connections.rest import rest_problems
from wiseparts_pipeline.config.connections.service import service_names
from wiseparts_pipeline.config.documents import components_in, parse
from wiseparts_pipeline.config.exports.exporter import ExporterSettings
from wiseparts_pipeline.config.importer import ImporterSettings
from wiseparts_pipeline.config.operations.alerts import AlertSettings
from wiseparts_pipeline.config.operations.retention import RetentionSettings
from wiseparts_pipeline.config.source import SourceSettings
from wiseparts_pipeline.errors import ConfigurationError
from wiseparts_pipeline.home import defs_folder

SOURCE_TYPE = "wiseparts_pipeline.components.FileSource"
IMPORTER_TYPE = "wiseparts_pipeline.components.FileImporter"
EXPORTER_TYPE = "wiseparts_pipeline.components.Exporter"
CONNECTION_TYPE = "wiseparts_pipeline.components.Connection"
LIVE_TYPE = "wiseparts_pipeline.components.Live"
RETENTION_TYPE = "wiseparts_pipeline.components.Retention"
ALERTS_TYPE = "wiseparts_pipeline.components.Alerts"
_MODELS: dict[str, type[BaseModel]] = {
    SOURCE_TYPE: SourceSettings,
    IMPORTER_TYPE: ImporterSettings,
    EXPORTER_TYPE: ExporterSettings,
    CONNECTION_TYPE: ConnectionSettings,
    PULL_TYPE: PullSettings,
    LIVE_TYPE: LiveSettings,
    RETENTION_TYPE: RetentionSettings,
    ALERTS_TYPE: AlertSettings,
}

Model = TypeVar("Model", bound=BaseModel)
Place = TypeVar("Place", SourceSettings, ConnectionSettings)


@dataclass(frozen=True)
class Configuration:
    """All components by name, how long things are kept, and who is alerted.

    The folders of connections are among the sources, and the importers of what is pulled among the importers.
    """

    sources: Mapping[str, SourceSettings]
    importers: Mapping[str, ImporterSettings]
    exporters: Mapping[str, ExporterSettings] = field(default_factory=dict)
    connections: Mapping[str, ConnectionSettings] = field(default_factory=dict)
    pulls: Mapping[str, PullSettings] = field(default_factory=dict)
    live: Mapping[str, LiveSettings] = field(default_factory=dict)
    retention: RetentionSettings = field(default_factory=RetentionSettings)
    alerts: AlertSettings = field(default_factory=AlertSettings)

    def importers_of(self, source: str) -> list[ImporterSettings]:
        return [importer for importer in self.importers.values() if importer.source == source]

    def importer(self, name: str) -> ImporterSettings:
        """Raises ConfigurationError if there is no such importer."""
        if name not in self.importers:
            raise ConfigurationError(f"There is no importer {name!r}; there are: {', '.join(self.importers)}.")
        return self.importers[name]

    def pull(self, name: str) -> PullSettings:
        """Raises ConfigurationError if there is no such pull."""
        if name not in self.pulls:
            raise ConfigurationError(f"There is no pull {name!r}; there are: {', '.join(self.pulls) or 'none'}.")
        return self.pulls[name]

    @property
    def file_sources(self) -> list[SourceSettings]:
        """The sources that are not the folder of a connection."""
        return [source for name, source in self.sources.items() if name not in self.connections]

    def with_pulled(self) -> "Configuration":
        """The same with the folders of connections, and the importers of what is pulled."""
        folders = {name: pulled_source(connection) for name, connection in self.connections.items()}
        pulls = {
            name: pull.completed(packaged_pull(self.connections[pull.connection].system, pull.entity))
            for name, pull in self.pulls.items()
        }
        make_folders(pulls.values())
        pulled = [each for pull in pulls.values() for each in pull_importers(Path(pull.name), pull)]
        return replace(
            self,
            pulls=pulls,
            sources={**self.sources, **folders},
            importers={**self.importers, **{importer.name: importer for importer in pulled}},
        )

    def exporter(self, name: str) -> ExporterSettings:
        """Raises ConfigurationError if there is no such exporter."""
        if name not in self.exporters:
            there_are = ", ".join(self.exporters) or "none"
            raise ConfigurationError(f"There is no exporter {name!r}; there are: {there_are}.")
        return self.exporters[name]

    def exporters_to(self, source: str) -> list[ExporterSettings]:
        return [exporter for exporter in self.exporters.values() if exporter.to == source]

    def waiting_at_most(self, seconds: float) -> "Configuration":
        """The same, in which no source and no system is waited for longer than this."""
        return replace(self, sources=_hasty(self.sources, seconds), connections=_hasty(self.connections, seconds))

    def source_of(self, importer: ImporterSettings) -> SourceSettings:
        return self.sources[importer.source]


def _hasty(places: Mapping[str, Place], seconds: float) -> dict[str, Place]:
    return {
        name: each.model_copy(update={"timeout_seconds": min(each.timeout_seconds, seconds)})
        for name, each in places.items()
    }


def load_configuration(folder: Path | None = None) -> Configuration:
    """Reads every `defs.yaml` below the folder (`WISEPARTS_DEFS`, or the packaged one).

    Raises ConfigurationError that lists every error with its file and attribute.
    """
    errors: list[str] = []
    found = _found(folder or defs_folder(), errors)
    sources, connections = found[SOURCE_TYPE], found[CONNECTION_TYPE]
    errors += [
        f"{path}: attributes.name: {name!r} is taken by {sources[name][0]}"
        for name, (path, _) in connections.items()
        if name in sources
    ]
    taken = service_names()
    errors += [
        f"{path}: attributes.name: {name!r} is that of what is created over the HTTP service; choose another one"
        for kind in (sources, connections, found[IMPORTER_TYPE], found[PULL_TYPE])
        for name, (path, _) in kind.items()
        if name in taken
    ]
    complete = not errors
    pulls = _completed(found[PULL_TYPE], connections, complete, errors)
    importers = found[IMPORTER_TYPE] | _importers_of(pulls, found[IMPORTER_TYPE], errors)
    errors += _conflicts(importers, sources, connections, complete)
    if complete:
        errors += live_problems(found[LIVE_TYPE], _settings(connections))
        errors += [
            f"{path}: attributes.download.source: {pull.download.source!r} is not a source; allowed: {_names(sources)}"
            for path, pull in pulls.values()
            if pull.download and pull.download.source not in sources
        ]
    if not errors:
        errors += [
            f"{path}: attributes.{problem}"
            for path, importer in importers.values()
            for problem in unprotected(importer, importers)
        ]
        errors += [
            f"{path}: attributes.{problem}"
            for path, exporter in found[EXPORTER_TYPE].values()
            for problem in misplaced(exporter, sources, connections, importers, found[EXPORTER_TYPE])
        ]
    if errors:
        raise ConfigurationError("\n".join(errors))
    return Configuration(
        sources=_settings(sources),
        importers=_settings(found[IMPORTER_TYPE]),
        exporters=_settings(found[EXPORTER_TYPE]),
        connections=_settings(connections),
        pulls=_settings(pulls),
        live=_settings(found[LIVE_TYPE]),
        retention=next(iter(_settings(found[RETENTION_TYPE]).values()), RetentionSettings()),
        alerts=next(iter(_settings(found[ALERTS_TYPE]).values()), AlertSettings()),
    ).with_pulled()


def _settings(found: Mapping[str, tuple[Path, Model]]) -> dict[str, Model]:
    return {name: settings for name, (_, settings) in found.items()}


def _names(found: Mapping[str, Any]) -> str:
    return ", ".join(found) or "none is configured"


def _found(folder: Path, errors: list[str]) -> dict[str, dict[str, tuple[Path, Any]]]:
    """By type and name, the settings of every component and the file that they are in."""
    found: dict[str, dict[str, tuple[Path, Any]]] = {type_: {} for type_ in _MODELS}
    for path, document in components_in(folder, errors):
        type_ = document.get("type")
        if unknown := sorted(set(document) - {"type", "attributes"}):
            errors.append(f"{path}: {unknown[0]}: unknown; allowed: type, attributes")
        elif type_ in _MODELS:
            _add(found[type_], path, _MODELS[type_], document, errors)
        else:
            errors.append(f"{path}: type: {type_!r} is unknown; allowed: {', '.join(_MODELS)}")
    return found


def _completed(
    pulls: Mapping[str, tuple[Path, PullSettings]],
    connections: Mapping[str, tuple[Path, ConnectionSettings]],
    complete: bool,
    errors: list[str],
) -> dict[str, tuple[Path, PullSettings]]:
    """The pulls as their packaged ones complete them; of those whose connection is unknown an error."""
    completed: dict[str, tuple[Path, PullSettings]] = {}
    taken: dict[tuple[str, str], str] = {}
    for name, (path, pull) in pulls.items():
        if pull.connection not in connections:
            if complete:
                errors.append(
                    f"{path}: attributes.connection: {pull.connection!r} is not a connection; allowed:"
                    f" {_names(connections)}"
                )
            continue
        other = taken.setdefault((pull.connection, pull.entity), name)
        if other != name:
            errors.append(
                f"{path}: attributes.entity: pull {other!r} takes {pull.entity} from {pull.connection} already; give"
                " this one a connection of its own"
            )
        system = connections[pull.connection][1].system
        errors += [f"{path}: attributes.{each}" for each in rest_problems(system, pull, bool(pull.reread))]
        whole = pull.completed(packaged_pull(system, pull.entity))
        problems = catalogue_problems(system, pull.entity, pull, whole.schedule, whole.full)
        errors += [f"{path}: attributes.{each}" for each in problems]
        completed[name] = path, whole
    return completed


def _importers_of(
    pulls: Mapping[str, tuple[Path, PullSettings]],
    importers: Mapping[str, tuple[Path, ImporterSettings]],
    errors: list[str],
) -> dict[str, tuple[Path, ImporterSettings]]:
    """The importers of what is pulled."""
    pulled: dict[str, tuple[Path, ImporterSettings]] = {}
    for path, pull in pulls.values():
        try:
            made = pull_importers(path, pull)
        except ConfigurationError as error:
            errors.append(str(error))
            continue
        for importer in made:
            if other := importers.get(importer.name) or pulled.get(importer.name):
                errors.append(f"{path}: attributes.name: {importer.name!r} is taken by {other[0]}")
            pulled[importer.name] = path, importer
    return pulled


def _conflicts(
    importers: Mapping[str, tuple[Path, ImporterSettings]],
    sources: Mapping[str, tuple[Path, SourceSettings]],
    connections: Mapping[str, tuple[Path, ConnectionSettings]],
    complete: bool,
) -> Iterator[str]:
    """Importers without a source, and those that cannot share files."""
    places: dict[tuple[str, str, str], list[ImporterSettings]] = defaultdict(list)
    for path, importer in importers.values():
        if importer.source not in (*sources, *connections) and complete:
            yield f"{path}: attributes.source: {importer.source!r} is not a source; allowed: {_names(sources)}"
        for pattern in importer.patterns:
            place = (importer.source, importer.folder, pattern)
            for other in places[place]:
                if problem := not_shared(importer, other):
                    yield f"{path}: attributes.{problem}"
            places[place].append(importer)


def _add(
    found: dict[str, tuple[Path, Any]],
    path: Path,
    model: type[BaseModel],
    document: dict[str, Any],
    errors: list[str],
) -> None:
    try:
        settings = parse(model, path, document["attributes"])
    except ConfigurationError as error:
        errors.append(str(error))
        return
    name = getattr(settings, "name", "")
    if name in found:
        place, taken = ("attributes.name", f"{name!r} is taken by") if name else ("type", "there is one already in")
        errors.append(f"{path}: {place}: {taken} {found[name][0]}")
    found[name] = (path, settings)
