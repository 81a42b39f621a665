"""YAML whose plain scalars are the text that stands there: `No`, `1.0`, `00123` and `12:30`.

YAML 1.1 makes a truth value, numbers and 750 of them. What an attribute needs is decided by its type, not by YAML.
"""

import re
from collections.abc import Hashable
from typing import Any

import yaml

_TEXT = "tag:yaml.org,2002:str"
_NULL = "tag:yaml.org,2002:null"
_MERGE = "tag:yaml.org,2002:merge"
# Dagster, which looks into the same files, stops at these.
_UNREADABLE = re.compile(r"=|[-+]?0[bx]_+")


def read_documents(text: str) -> list[Any]:
    """The documents of a text: mappings, lists, texts, and None where nothing, `null` or `~` is the value of a key.

    Raises yaml.YAMLError; also for a key that a mapping has twice, of which YAML would silently use the last.
    """
    return list(yaml.load_all(text, _TextLoader))


class _TextLoader(yaml.SafeLoader):
    yaml_implicit_resolvers = {  # noqa: RUF012
        first: [(tag, pattern) for tag, pattern in resolvers if tag in (_NULL, _MERGE)]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }

    def construct_scalar(self, node: yaml.ScalarNode | yaml.MappingNode) -> Any:
        if isinstance(node, yaml.ScalarNode) and node.style is None and _UNREADABLE.fullmatch(node.value):
            raise yaml.constructor.ConstructorError(problem=f"put {node.value} in quotes", problem_mark=node.start_mark)
        return super().construct_scalar(node)

    def construct_sequence(self, node: yaml.SequenceNode, deep: bool = False) -> list[Any]:
        for item in node.value:
            _keep_null(item)
        return super().construct_sequence(node, deep)

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            _keep_null(key)
            if isinstance(key, yaml.ScalarNode) and key.tag != _MERGE:
                if key.value in seen:
                    raise yaml.constructor.ConstructorError(problem=f"{key.value} twice", problem_mark=key.start_mark)
                seen.add(key.value)
        return super().construct_mapping(node, deep)


def _keep_null(node: yaml.Node) -> None:
    """A `NULL` or `~` in a list, or as a key, is that text: only the value of an attribute can be left open."""
    if node.tag == _NULL and node.value:
        node.tag = _TEXT
