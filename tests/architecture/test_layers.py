"""The layers of docs/architecture.md are those of pyproject.toml, and imports keep to them."""

import re
import tomllib
from dataclasses import dataclass
from typing import Any

import pytest

from tests.architecture.imports import MODULES, circles, imported_modules, imported_names
from wiseparts_pipeline.home import PROJECT

PACKAGE = "wiseparts_pipeline"
PAGE = (PROJECT / "docs" / "architecture.md").read_text(encoding="utf-8")
MAY_IMPORT_DAGSTER = ("definitions", "components", "orchestration")


@dataclass(frozen=True)
class Layers:
    """A contract of import-linter: from top to bottom the names, below `container`, that are side by side."""

    container: str
    rows: tuple[frozenset[str], ...]

    def row_of(self, module: str) -> int | None:
        """The layer that a module is in; None for a module that the contract does not speak of."""
        if not module.startswith(f"{self.container}."):
            return None
        name = module.removeprefix(f"{self.container}.").partition(".")[0]
        return next((number for number, row in enumerate(self.rows) if name in row), None)


def contracts() -> list[Layers]:
    with (PROJECT / "pyproject.toml").open("rb") as file:
        found: list[dict[str, Any]] = tomllib.load(file)["tool"]["importlinter"]["contracts"]
    return [_layers(contract) for contract in found if contract["type"] == "layers"]


def _layers(contract: dict[str, Any]) -> Layers:
    (container,) = contract.get("containers", [PACKAGE])
    rows = [re.findall(r"[\w.]+", layer) for layer in contract["layers"]]
    return Layers(container, tuple(frozenset(name.removeprefix(f"{container}.") for name in row) for row in rows))


def documented(title: str) -> tuple[frozenset[str], ...]:
    """The names in code font in the second column of the first table below a heading or sentence."""
    table = PAGE.partition(title)[2].partition("\n\n|")[2].partition("\n\n")[0]
    return tuple(frozenset(re.findall(r"`(\w+)`", row.split("|")[2])) for row in table.splitlines()[2:])


@pytest.mark.parametrize(
    ("title", "container"), [("## Layers", PACKAGE), ("Within `importing`", f"{PACKAGE}.importing")]
)
def test_the_page_has_the_layers_of_pyproject(title: str, container: str) -> None:
    (contract,) = (each for each in contracts() if each.container == container)

    assert documented(title) == contract.rows


@pytest.mark.parametrize("contract", contracts(), ids=lambda contract: contract.container)
def test_every_module_has_a_layer(contract: Layers) -> None:
    inside = [module for module in MODULES if module.startswith(f"{contract.container}.")]

    assert [module for module in inside if contract.row_of(module) is None] == []


@pytest.mark.parametrize("contract", contracts(), ids=lambda contract: contract.container)
def test_imports_point_downwards(contract: Layers) -> None:
    upwards = []
    for module in MODULES:
        row = contract.row_of(module)
        for imported in imported_modules(module):
            below = contract.row_of(imported)
            if row is not None and below is not None and below < row:
                upwards.append(f"{module} imports {imported}")

    assert upwards == []


def test_no_modules_import_each_other_in_a_circle() -> None:
    assert circles() == []


def test_no_folders_import_each_other_in_a_circle() -> None:
    assert circles(lambda module: ".".join(module.split(".")[:2])) == []


def test_only_the_upper_layers_import_dagster() -> None:
    importing_dagster = [
        module for module in MODULES if any(re.match(r"dagster(_\w+)?\b", name) for name in imported_names(module))
    ]

    assert [
        module
        for module in importing_dagster
        if module.removeprefix(f"{PACKAGE}.").partition(".")[0] not in MAY_IMPORT_DAGSTER
    ] == []
