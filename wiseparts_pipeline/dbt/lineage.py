"""What each model is made from: the entities whose tables it reads, through other models or itself, and its code."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from graphlib import TopologicalSorter
from typing import Any

from dbt.artifacts.schemas.manifest import WritableManifest
from dbt.contracts.graph.manifest import Manifest

_BUILT = ("model", "seed", "snapshot")
# Gives the day of the build, unless another is stated.
_AS_OF = "macro.wiseparts.as_of"


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


def models(manifest: Manifest | WritableManifest) -> dict[str, Model]:
    """All models, seeds and snapshots by name, each after those that it reads."""
    nodes: Mapping[str, Any] = {key: node for key, node in manifest.nodes.items() if node.resource_type in _BUILT}
    graph = {key: [each for each in _read_by(node) if each in nodes] for key, node in nodes.items()}
    found: dict[str, Model] = {}
    for key in TopologicalSorter(graph).static_order():
        node = nodes[key]
        parents = [nodes[parent].name for parent in graph[key]]
        reads = frozenset(_entities(manifest, node))
        macros = _macros(manifest, node)
        found[node.name] = Model(
            node.name,
            key,
            parents,
            reads,
            reads.union(*(found[parent].made_of for parent in parents)),
            _digest(node, macros, [found[parent].code for parent in parents]),
            by_day=_AS_OF in macros,
        )
    return found


def made_of(manifest: Manifest, found: Mapping[str, Model], test: str) -> frozenset[str]:
    """The entities that a test, by its unique id, looks at."""
    node = manifest.nodes[test]
    names = [manifest.nodes[key].name for key in _read_by(node) if key in manifest.nodes]
    return frozenset(_entities(manifest, node)).union(*(found[name].made_of for name in names if name in found))


def _read_by(node: Any) -> list[str]:
    # A seed reads nothing.
    return list(getattr(node.depends_on, "nodes", ()))


def _entities(manifest: Manifest | WritableManifest, node: Any) -> Iterator[str]:
    """The entities whose tables the node reads itself; the history of an entity is imported with it."""
    for key in _read_by(node):
        source = manifest.sources.get(key)
        if source is not None and source.schema == "raw":
            asset: Sequence[str] = source.meta.get("dagster", {}).get("asset_key", ("raw", source.name))
            yield asset[-1]


def _macros(manifest: Manifest | WritableManifest, node: Any) -> dict[str, str]:
    """By unique id, the SQL of the project's macros that a node uses; those of dbt change with its version only."""
    macros: dict[str, str] = {}
    rest = list(node.depends_on.macros)
    while rest:
        key = rest.pop()
        if key not in macros and manifest.macros[key].package_name == node.package_name:
            macros[key] = manifest.macros[key].macro_sql
            rest += manifest.macros[key].depends_on.macros
    return macros


def _digest(node: Any, macros: Mapping[str, str], parents: Sequence[str]) -> str:
    stated = [node.checksum.checksum, node.unrendered_config, sorted(macros.items()), sorted(parents)]
    return hashlib.sha256(json.dumps(stated, sort_keys=True, default=str).encode()).hexdigest()
