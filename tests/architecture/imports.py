"""Which module of the package imports which, read from the source without importing anything."""

import ast
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path

from wiseparts_pipeline.home import PACKAGE

MODULES: Mapping[str, Path] = {
    ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts).removesuffix(".__init__"): path
    for path in sorted(PACKAGE.rglob("*.py"))
}


@cache
def tree(module: str) -> ast.Module:
    return ast.parse(MODULES[module].read_text(encoding="utf-8"))


@cache
def imported_names(module: str) -> frozenset[str]:
    """The dotted names a module imports, anywhere in it; `from a import b` gives `a.b`."""
    return frozenset(_imported(tree(module)))


def _imported(parsed: ast.Module) -> Iterator[str]:
    for node in ast.walk(parsed):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@cache
def imported_modules(module: str) -> frozenset[str]:
    """The modules of this package that a module imports."""
    candidates = {name if name in MODULES else name.rpartition(".")[0] for name in imported_names(module)}
    return frozenset(candidates & MODULES.keys() - {module})


def circles(name_of: Callable[[str], str] = str) -> list[list[str]]:
    """Groups of modules, or of what `name_of` makes of them, that import each other, directly or through others."""
    graph: dict[str, set[str]] = {name_of(module): set() for module in MODULES}
    for module in MODULES:
        graph[name_of(module)] |= {name_of(imported) for imported in imported_modules(module)} - {name_of(module)}
    reachable = {name: _reachable(graph, name) for name in graph}
    groups = {
        tuple(sorted(other for other in reachable[name] if name in reachable[other]))
        for name in graph
        if name in reachable[name]
    }
    return [list(group) for group in sorted(groups)]


def _reachable(graph: Mapping[str, set[str]], start: str) -> set[str]:
    found: set[str] = set()
    ahead = [start]
    while ahead:
        for name in graph[ahead.pop()] - found:
            found.add(name)
            ahead.append(name)
    return found
