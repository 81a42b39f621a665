"""What the package uses of Dagster beyond its public interface: a failing test names what an upgrade has moved."""

import ast
import inspect
import re
from importlib import import_module

import pytest

from wiseparts_pipeline.home import PACKAGE

INTERNALS = PACKAGE / "orchestration" / "dagster_internals.py"
# Whatever begins with an underscore, and all of dagster_shared.
PRIVATE = re.compile(r"dagster\w*\.(\w+\.)*_\w|dagster_shared\b")

# Read as text: importing the module would fail as a whole.
TREE = ast.parse(INTERNALS.read_text(encoding="utf-8"))
NAMES = [(node.module, alias.name) for node in TREE.body if isinstance(node, ast.ImportFrom) for alias in node.names]
MODULES = [
    name
    for node in TREE.body
    if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "IMPORTED_BY_RUNS"
    for name in ast.literal_eval(node.value)
]


def private_names(text: str) -> list[str]:
    """The private names of Dagster that a Python file imports or has in its strings."""
    found = []
    for node in ast.walk(ast.parse(text)):
        match node:
            case ast.Import():
                found += [alias.name for alias in node.names]
            case ast.ImportFrom(module=str(module)):
                found += [f"{module}.{alias.name}" for alias in node.names]
            case ast.Constant(value=str(value)):
                found += value.split()
    return [name for name in found if PRIVATE.match(name)]


@pytest.mark.parametrize(("module", "name"), NAMES, ids=[f"{module}.{name}" for module, name in NAMES])
def test_dagster_has_the_private_name(module: str, name: str) -> None:
    assert hasattr(import_module(module), name)


@pytest.mark.parametrize("module", MODULES)
def test_dagster_has_the_private_module(module: str) -> None:
    import_module(module)


def test_dagster_looks_after_this_time_again_which_sensors_are_due() -> None:
    sensor = import_module("dagster._daemon.sensor")
    assert isinstance(sensor.MIN_INTERVAL_LOOP_TIME, int | float)
    assert "MIN_INTERVAL_LOOP_TIME - loop_duration" in inspect.getsource(sensor.execute_sensor_iteration_loop)


def test_the_daemon_asks_for_the_interval_of_the_queue_when_it_starts() -> None:
    controller = import_module("dagster._daemon.controller")
    assert "run_coordinator.dequeue_interval_seconds" in inspect.getsource(controller.create_daemon_of_type)


def test_every_private_name_is_found() -> None:
    text = 'import dagster._core\nfrom dagster import _x, y\nfrom dagster_dbt.a import _b\nz = "dagster._daemon"'
    assert private_names(text) == ["dagster._core", "dagster._x", "dagster_dbt.a._b", "dagster._daemon"]


def test_no_other_module_uses_a_private_name_of_dagster() -> None:
    used = {path: private_names(path.read_text(encoding="utf-8")) for path in PACKAGE.rglob("*.py")}
    assert {path: names for path, names in used.items() if names}.keys() == {INTERNALS}
