"""Settings made of the attributes in a `defs.yaml`; errors name the file, the attribute and what is wrong."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from wiseparts_pipeline.config.documents.variables import resolve_env
from wiseparts_pipeline.config.documents.yaml_text import read_documents
from wiseparts_pipeline.errors import ConfigurationError

_SECRETS = ("password", "private_key", "private_key_passphrase", "api_key")

Model = TypeVar("Model", bound=BaseModel)


def parse(model: type[Model], path: Path, attributes: Mapping[str, Any]) -> Model:
    """The settings of one component. Raises ConfigurationError with one line per error."""
    try:
        resolved = resolve_env(attributes, "attributes")
    except ConfigurationError as error:
        raise ConfigurationError(f"{path}: {error}") from None
    return validated(model, path, resolved)


def validated(model: type[Model], path: Path, values: Mapping[str, Any]) -> Model:
    """The settings with these values. Raises ConfigurationError with one line per error."""
    try:
        return model.model_validate(values)
    except ValidationError as error:
        raise ConfigurationError("\n".join(_describe(path, each, model) for each in error.errors())) from None


def component_attributes(path: Path, position: int) -> Mapping[str, Any]:
    """The attributes of one of the components in a file, as `load_configuration` has found them to be readable."""
    attributes: Mapping[str, Any] = read_documents(path.read_text(encoding="utf-8"))[position]["attributes"]
    return attributes


def _describe(path: Path, detail: ErrorDetails, model: type[BaseModel]) -> str:
    """One line: file, attribute, what is wrong, what is allowed."""
    # Tags of an attribute's forms are ours, not the user's.
    location = [str(part) for part in detail["loc"] if not str(part).startswith("<")]
    place = ".".join(["attributes", *location])
    match detail["type"]:
        case "extra_forbidden":
            allowed = ", ".join(_attributes(model, location[:-1]))
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


def _attributes(model: type[BaseModel], location: list[str]) -> list[str]:
    """The attributes allowed at a location of a model's schema."""
    schema = model.model_json_schema(by_alias=True)
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
