"""Compares requests and answers with the vendor's OpenAPI description where that is there, as it is no part of this."""

import json
import re
from collections.abc import Mapping
from functools import cache
from typing import Any

import jsonschema_rs

from tests.real.harness import DATA

PATH = DATA / "itscope" / "itscope-api-2.1.json"


class NotDescribed(AssertionError):
    """The server, or its test, does what the description has not."""


@cache
def description() -> dict[str, Any] | None:
    """None where it is not there: then nothing is compared."""
    if not PATH.is_file():
        return None
    described: dict[str, Any] = json.loads(PATH.read_text(encoding="utf-8"))
    return described


@cache
def _paths() -> list[tuple[re.Pattern[str], str]]:
    described = description() or {"paths": {}}
    # A path with more fixed parts is meant before one with fewer.
    templates = sorted(described["paths"], key=lambda path: (path.count("{"), -len(path)))
    return [(re.compile(re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+?)", re.escape(path))), path) for path in templates]


def check_request(method: str, path: str, query: Mapping[str, list[str]]) -> tuple[int, str] | None:
    """What the service answers to a request that is not described: a status and why."""
    if description() is None:
        return None
    found = _operation(method, path)
    if found is None:
        return 404, f"{method} {path} is not described"
    operation, parts = found
    for parameter in operation.get("parameters", []):
        name = parameter["name"]
        values = [parts[name]] if parameter["in"] == "path" else query.get(name, [])
        if parameter["in"] == "query" and parameter.get("required") and not values:
            return 400, f"{name} is missing"
        allowed = parameter["schema"].get("enum")
        if parameter["in"] != "header" and allowed and any(value not in allowed for value in values):
            return 400, f"{name} cannot be {', '.join(values)}"
    if unknown := set(query) - {each["name"] for each in operation.get("parameters", []) if each["in"] == "query"}:
        return 400, f"there is no {', '.join(unknown)}"
    return None


def check_answer(method: str, path: str, status: int, content_type: str, content: bytes) -> None:
    """Raises NotDescribed."""
    described = description()
    if described is None or (found := _operation(method, path)) is None:
        return
    responses = found[0]["responses"]
    # What is answered when all is well is missing for some operations.
    usual: dict[str, Any] | None = {} if status == 200 and "200" not in responses else None
    told = responses.get(str(status), responses.get("default", usual))
    if told is None:
        raise NotDescribed(f"{method} {path}: {status} is not described, but {', '.join(responses)}")
    schema = told.get("content", {}).get(content_type, {}).get("schema")
    if schema is not None and content_type == "application/json":
        for fault in _validator(json.dumps(schema)).iter_errors(json.loads(content)):
            raise NotDescribed(f"{method} {path}: {fault.instance_path}: {fault.message}")


@cache
def _validator(schema: str) -> jsonschema_rs.Draft4Validator:
    whole = {**json.loads(schema), "components": (description() or {})["components"]}
    if "$ref" in whole:
        # Beside a reference, nothing else counts.
        whole = {"allOf": [{"$ref": whole.pop("$ref")}], "components": whole["components"]}
    return jsonschema_rs.Draft4Validator(whole, validate_formats=True)


def _operation(method: str, path: str) -> tuple[dict[str, Any], dict[str, str]] | None:
    """The operation of a path, and the parts of the path."""
    described = description()
    assert described is not None
    for pattern, template in _paths():
        operation = described["paths"][template].get(method.lower())
        if operation is not None and (found := pattern.fullmatch(path)):
            return operation, found.groupdict()
    return None
