"""Reads a folder of `defs.yaml` files into sources and importers; errors name the file and what is wrong in it."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from wiseparts_pipeline.config.agreement import misplaced, not_shared, unprotected
from wiseparts_pipeline.config.documents import read_documents, resolve_env
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
RETENTION_TYPE = "wiseparts_pipeline.components.Retention"
ALERTS_TYPE = "wiseparts_pipeline.components.Alerts"
_TYPES = (SOURCE_TYPE, IMPORTER_TYPE, EXPORTER_TYPE, RETENTION_TYPE, ALERTS_TYPE)

_SECRETS = ("password", "private_key", "private_key_passphrase")

Model = TypeVar("Model", bound=BaseModel)
Component = TypeVar("Component", SourceSettings, ImporterSettings, ExporterSettings, RetentionSettings, AlertSettings)


@dataclass(frozen=True)
class Configuration:
    """All sources, importers and exporters by name, how long things are kept, and who is alerted."""

    sources: Mapping[str, SourceSettings]
    importers: Mapping[str, ImporterSettings]
    exporters: Mapping[str, ExporterSettings] = field(default_factory=dict)
    retention: RetentionSettings = field(default_factory=RetentionSettings)
    alerts: AlertSettings = field(default_factory=AlertSettings)

    def importers_of(self, source: str) -> list[ImporterSettings]:
        return [importer for importer in self.importers.values() if importer.source == source]

    def importer(self, name: str) -> ImporterSettings:
        """Raises ConfigurationError if there is no such importer."""
        if name not in self.importers:
            raise ConfigurationError(f"There is no importer {name!r}; there are: {', '.join(self.importers)}.")
        return self.importers[name]

    def exporter(self, name: str) -> ExporterSettings:
        """Raises ConfigurationError if there is no such exporter."""
        if name not in self.exporters:
            there_are = ", ".join(self.exporters) or "none"
            raise ConfigurationError(f"There is no exporter {name!r}; there are: {there_are}.")
        return self.exporters[name]

    def exporters_to(self, source: str) -> list[ExporterSettings]:
        return [exporter for exporter in self.exporters.values() if exporter.to == source]

    def waiting_at_most(self, seconds: float) -> "Configuration":
        """The same, in which no source is waited for longer than this."""
        sources = {
            name: source.model_copy(update={"timeout_seconds": min(source.timeout_seconds, seconds)})
            for name, source in self.sources.items()
        }
        return replace(self, sources=sources)

    def source_of(self, importer: ImporterSettings) -> SourceSettings:
        return self.sources[importer.source]


def load_configuration(folder: Path | None = None) -> Configuration:
    """Reads every `defs.yaml` below the folder (`WISEPARTS_DEFS`, or the packaged one).

    Raises ConfigurationError that lists every error with its file and attribute.
    """
    folder = folder or defs_folder()
    sources: dict[str, tuple[Path, SourceSettings]] = {}
    importers: dict[str, tuple[Path, ImporterSettings]] = {}
    exporters: dict[str, tuple[Path, ExporterSettings]] = {}
    retention: dict[str, tuple[Path, RetentionSettings]] = {}
    alerts: dict[str, tuple[Path, AlertSettings]] = {}
    errors: list[str] = []
    for path, document in _documents(folder, errors):
        match document.get("type"):
            case _ if set(document) - {"type", "attributes"}:
                unknown = sorted(set(document) - {"type", "attributes"})
                errors.append(f"{path}: {unknown[0]}: unknown; allowed: type, attributes")
            case type_ if type_ == SOURCE_TYPE:
                _add(sources, path, SourceSettings, document, errors)
            case type_ if type_ == RETENTION_TYPE:
                _add(retention, path, RetentionSettings, document, errors)
            case type_ if type_ == ALERTS_TYPE:
                _add(alerts, path, AlertSettings, document, errors)
            case type_ if type_ == IMPORTER_TYPE:
                _add(importers, path, ImporterSettings, document, errors)
            case type_ if type_ == EXPORTER_TYPE:
                _add(exporters, path, ExporterSettings, document, errors)
            case type_:
                errors.append(f"{path}: type: {type_!r} is unknown; allowed: {', '.join(_TYPES)}")
    places: dict[tuple[str, str, str], list[ImporterSettings]] = defaultdict(list)
    for path, importer in importers.values():
        if importer.source not in sources and not errors:
            allowed = ", ".join(sources) or "none is configured"
            errors.append(f"{path}: attributes.source: {importer.source!r} is not a source; allowed: {allowed}")
        for pattern in importer.patterns:
            place = (importer.source, importer.folder, pattern)
            for other in places[place]:
                if problem := not_shared(importer, other):
                    errors.append(f"{path}: attributes.{problem}")
            places[place].append(importer)
    if not errors:
        errors += [
            f"{path}: attributes.{problem}"
            for path, importer in importers.values()
            for problem in unprotected(importer, importers)
        ]
        errors += [
            f"{path}: attributes.{problem}"
            for path, exporter in exporters.values()
            for problem in misplaced(exporter, sources, importers, exporters)
        ]
    if errors:
        raise ConfigurationError("\n".join(errors))
    return Configuration(
        sources={name: source for name, (_, source) in sources.items()},
        importers={name: importer for name, (_, importer) in importers.items()},
        exporters={name: exporter for name, (_, exporter) in exporters.items()},
        retention=next((settings for _, settings in retention.values()), RetentionSettings()),
        alerts=next((settings for _, settings in alerts.values()), AlertSettings()),
    )


def parse(model: type[Model], path: Path, attributes: Mapping[str, Any]) -> Model:
    """The settings of one component. Raises ConfigurationError with one line per error."""
    try:
        return model.model_validate(resolve_env(attributes, "attributes"))
    except ValidationError as error:
        raise ConfigurationError("\n".join(describe(path, error, attributes))) from None
    except ConfigurationError as error:
        raise ConfigurationError(f"{path}: {error}") from None


def describe(path: Path, error: ValidationError, document: Mapping[str, Any]) -> list[str]:
    """One line per error: file, attribute, what is wrong, what is allowed."""
    return [_describe(path, detail, error, document) for detail in error.errors()]


def component_attributes(path: Path, position: int) -> Mapping[str, Any]:
    """The attributes of one of the components in a file, as `load_configuration` has found them to be readable."""
    attributes: Mapping[str, Any] = read_documents(path.read_text(encoding="utf-8"))[position]["attributes"]
    return attributes


def _documents(folder: Path, errors: list[str]) -> Iterator[tuple[Path, dict[str, Any]]]:
    if not folder.is_dir():
        raise ConfigurationError(
            f"{folder}: there is no such folder; set WISEPARTS_DEFS to a folder of defs.yaml files."
        )
    paths = sorted(folder.rglob("defs.yaml"))
    if not paths:
        raise ConfigurationError(f"{folder}: there is no defs.yaml in it or below it.")
    for path in paths:
        try:
            documents = read_documents(path.read_text(encoding="utf-8"))
        except yaml.MarkedYAMLError as error:
            # Not the whole error: it quotes the line, which may hold a password.
            mark = error.problem_mark
            line = f" in line {mark.line + 1}" if mark else ""
            errors.append(f"{path}: cannot be read as YAML{line}: {error.problem or error.context}")
            continue
        except (yaml.YAMLError, UnicodeDecodeError, OSError) as error:
            errors.append(f"{path}: cannot be read: {' '.join(str(error).split())}")
            continue
        if not documents or None in documents:
            # Dagster would stop at it.
            what = "a part between two lines with ---" if documents else "the file"
            errors.append(f"{path}: {what} has no component in it; take it out")
            continue
        for document in documents:
            if isinstance(document, dict) and isinstance(document.get("attributes"), dict):
                yield path, document
            else:
                errors.append(f"{path}: a component has `type:` and `attributes:` with settings below it")


def _add(
    found: dict[str, tuple[Path, Component]],
    path: Path,
    model: type[Component],
    document: dict[str, Any],
    errors: list[str],
) -> None:
    try:
        settings = parse(model, path, document["attributes"])
    except ConfigurationError as error:
        errors.append(str(error))
        return
    name = "" if isinstance(settings, RetentionSettings | AlertSettings) else settings.name
    if name in found:
        place, taken = ("attributes.name", f"{name!r} is taken by") if name else ("type", "there is one already in")
        errors.append(f"{path}: {place}: {taken} {found[name][0]}")
    found[name] = (path, settings)


def _describe(path: Path, detail: ErrorDetails, error: ValidationError, document: Mapping[str, Any]) -> str:
    # Tags of an attribute's forms are ours, not the user's.
    location = [str(part) for part in detail["loc"] if not str(part).startswith("<")]
    place = ".".join(["attributes", *location])
    match detail["type"]:
        case "extra_forbidden":
            allowed = ", ".join(_attributes(error.title, location[:-1]))
            return f"{path}: {place}: unknown attribute; allowed: {allowed}"
        case "missing":
            return f"{path}: {place}: is missing"
        case "value_error":
            reason = str(detail["ctx"]["error"])
            names_attribute = not location and re.match(r"[\w.]+: ", reason)
            return f"{path}: {place}.{reason}" if names_attribute else f"{path}: {place}: {reason}"
    message = detail["msg"].replace("Input should be", "must be")
    if location[-1:] and location[-1] in _SECRETS:
        return f"{path}: {place}: {message}"
    return f"{path}: {place}: {message}, not {detail['input']!r}"


def _attributes(title: str, location: list[str]) -> list[str]:
    """The attributes allowed at a location of a model's schema."""
    models = {
        model.__name__: model
        for model in (SourceSettings, ImporterSettings, ExporterSettings, RetentionSettings, AlertSettings)
    }
    schema = models[title].model_json_schema(by_alias=True)
    node = schema
    for part in location:
        below = node.get("properties", {}).get(part) or node.get("items") or node.get("additionalProperties") or {}
        node = _dereference(below, schema)
    return list(node.get("properties", {}))


def _dereference(node: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    for option in [node, *(each for kind in ("anyOf", "allOf", "oneOf") for each in node.get(kind, []))]:
        if "$ref" in option:
            target: dict[str, Any] = schema["$defs"][option["$ref"].rsplit("/", 1)[-1]]
            return target
    return node
