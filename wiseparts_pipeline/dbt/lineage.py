"""What each model is made from: the entities whose tables it reads, through other models or itself, and its code."""

import hashlib
import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from graphlib import TopologicalSorter
from typing import Any

from dbt.contracts.graph.manifest import Manifest

_BUILT = ("model", "seed", "snapshot")
# Gives the day of the build, unless another is stated.
_AS_OF = "macro.wiseparts.as_of"
# Has a test look at some months only.
_TESTED_MONTHS = "macro.wiseparts.in_tested_months"


@dataclass(frozen=True)
class MonthTest:
    """A test that looks at some months only. `models`: those that it reads; `made_of`: the entities that it reads."""

    unique_id: str
    models: Sequence[str]
    made_of: frozenset[str]


@dataclass(frozen=True)
class Model:
    """A model, seed or snapshot. `parents`: the names of those that it reads.

    `reads`: the entities whose tables it reads itself; `made_of`: these and those of all models before it. `code`: a
    digest of the SQL, the rows and the settings of the model and of all models before it. `by_day`: what is in it
    depends on the day of the build.
    """

    name: str
    unique_id: str
    parents: Sequence[str]
    reads: frozenset[str]
    made_of: frozenset[str]
    code: str
    by_day: bool = False


def as_json(manifest: Manifest) -> dict[str, Any]:
    """What this module reads of a manifest, as it is in manifest.json."""
    return {
        "nodes": {
            key: {
                "name": node.name,
                "resource_type": str(node.resource_type),
                "package_name": node.package_name,
                "checksum": {"checksum": node.checksum.checksum},
                "unrendered_config": node.unrendered_config,
                "depends_on": {"macros": node.depends_on.macros, "nodes": getattr(node.depends_on, "nodes", [])},
            }
            for key, node in manifest.nodes.items()
        },
        "macros": {
            key: {
                "package_name": macro.package_name,
                "macro_sql": macro.macro_sql,
                "depends_on": {"macros": macro.depends_on.macros},
            }
            for key, macro in manifest.macros.items()
        },
        "sources": {
            key: {"schema": source.schema, "name": source.name, "meta": source.meta}
            for key, source in manifest.sources.items()
        },
    }


def models(manifest: Mapping[str, Any]) -> dict[str, Model]:
    """All models, seeds and snapshots of a manifest.json by name, each after those that it reads."""
    nodes = {key: node for key, node in manifest["nodes"].items() if node["resource_type"] in _BUILT}
    graph = {key: [each for each in _read_by(node) if each in nodes] for key, node in nodes.items()}
    found: dict[str, Model] = {}
    for key in TopologicalSorter(graph).static_order():
        node = nodes[key]
        parents = [nodes[parent]["name"] for parent in graph[key]]
        reads = frozenset(_entities(manifest, node))
        macros = _macros(manifest, node)
        found[node["name"]] = Model(
            node["name"],
            key,
            parents,
            reads,
            reads.union(*(found[parent].made_of for parent in parents)),
            _digest(node, macros, [found[parent].code for parent in parents]),
            by_day=_AS_OF in macros,
        )
    return found


def made_of(manifest: Mapping[str, Any], found: Mapping[str, Model], test: str) -> frozenset[str]:
    """The entities that a test, by its unique id, looks at."""
    node = manifest["nodes"][test]
    entities = frozenset(_entities(manifest, node))
    return entities.union(*(found[name].made_of for name in looked_at(manifest, test) if name in found))


def looked_at(manifest: Mapping[str, Any], test: str) -> list[str]:
    """The names of the nodes that a test, by its unique id, looks at."""
    return [manifest["nodes"][key]["name"] for key in _read_by(manifest["nodes"][test]) if key in manifest["nodes"]]


def tests_by_month(manifest: Mapping[str, Any], found: Mapping[str, Model], tests: Collection[str]) -> list[MonthTest]:
    """Those of the tests, given by their unique ids, that look at some months only."""
    return [
        MonthTest(test, looked_at(manifest, test), made_of(manifest, found, test))
        for test in tests
        if test in manifest["nodes"] and _TESTED_MONTHS in _macros(manifest, manifest["nodes"][test])
    ]


def _read_by(node: Mapping[str, Any]) -> Sequence[str]:
    # A seed reads nothing.
    read: Sequence[str] = node["depends_on"].get("nodes", ())
    return read


def _entities(manifest: Mapping[str, Any], node: Mapping[str, Any]) -> Iterator[str]:
    """The entities whose tables the node reads itself; the history of an entity is imported with it."""
    for key in _read_by(node):
        source = manifest["sources"].get(key)
        if source is not None and source["schema"] == "raw":
            yield source["meta"].get("dagster", {}).get("asset_key", ("raw", source["name"]))[-1]


def _macros(manifest: Mapping[str, Any], node: Mapping[str, Any]) -> dict[str, str]:
    """By unique id, the SQL of the project's macros that a node uses; those of dbt change with its version only."""
    macros: dict[str, str] = {}
    rest = list(node["depends_on"]["macros"])
    while rest:
        key = rest.pop()
        macro = manifest["macros"][key]
        if key not in macros and macro["package_name"] == node["package_name"]:
            macros[key] = macro["macro_sql"]
            rest += macro["depends_on"]["macros"]
    return macros


def _digest(node: Mapping[str, Any], macros: Mapping[str, str], parents: Sequence[str]) -> str:
    stated = [node["checksum"]["checksum"], node["unrendered_config"], sorted(macros.items()), sorted(parents)]
    return hashlib.sha256(json.dumps(stated, sort_keys=True, default=str).encode()).hexdigest()
