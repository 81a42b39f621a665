"""The classes that a dagster.yaml names are where it looks for them, also one written for version 0.1.0."""

from importlib import import_module
from typing import Any

import pytest
import yaml

from wiseparts_pipeline.home import PROJECT
from wiseparts_pipeline.orchestration.runtime.coordinator import PromptRunCoordinator
from wiseparts_pipeline.orchestration.runtime.launcher import ForkingRunLauncher
from wiseparts_pipeline.orchestration.runtime.storage import WarehouseStorage

SETTINGS: dict[str, Any] = yaml.safe_load((PROJECT / "dagster.yaml").read_text(encoding="utf-8"))
NAMED = {"storage": SETTINGS["storage"]["custom"], "launcher": SETTINGS["run_launcher"]}
CLASSES = {"storage": WarehouseStorage, "launcher": ForkingRunLauncher}


@pytest.mark.parametrize("what", CLASSES)
@pytest.mark.parametrize("folder", ["orchestration.runtime", "orchestration"])
def test_a_class_of_dagster_yaml_is_found(what: str, folder: str) -> None:
    assert NAMED[what] == {
        "module": f"wiseparts_pipeline.orchestration.runtime.{what}",
        "class": CLASSES[what].__name__,
    }
    module = import_module(f"wiseparts_pipeline.{folder}.{what}")
    assert getattr(module, NAMED[what]["class"]) is CLASSES[what]


def test_the_run_queue_is_that_of_dagster_yaml() -> None:
    assert PromptRunCoordinator.__module__ == SETTINGS["run_coordinator"]["module"]
    assert PromptRunCoordinator.__name__ == SETTINGS["run_coordinator"]["class"]


def test_a_run_has_a_longest_run_time() -> None:
    assert 0 < SETTINGS["run_monitoring"]["max_runtime_seconds"] <= 24 * 60 * 60
