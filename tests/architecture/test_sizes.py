"""Modules are short and folders small enough to be read, or say why they are not."""

import ast
from collections import Counter

from tests.architecture.imports import MODULES, tree
from wiseparts_pipeline.home import PACKAGE

LONGEST_MODULE = 300
REASON = "Longer than 300 lines because "

MOST_MODULES = 12
# Folders with more: one module for each thing of a kind, named after it.
ONE_MODULE_EACH = {
    "entities": "one module per entity",
    "cli/commands": "one module per command",
    "sample/model": "one module per part of the distributor",
}


def test_a_long_module_gives_the_reason_in_its_docstring() -> None:
    long = [module for module, path in MODULES.items() if len(path.read_text().splitlines()) > LONGEST_MODULE]

    assert [module for module in long if REASON not in " ".join((ast.get_docstring(tree(module)) or "").split())] == []


def test_a_folder_holds_about_a_dozen_modules() -> None:
    folders = Counter(
        path.parent.relative_to(PACKAGE).as_posix() for path in MODULES.values() if path.name != "__init__.py"
    )

    assert {
        folder: count for folder, count in folders.items() if count > MOST_MODULES and folder not in ONE_MODULE_EACH
    } == {}
