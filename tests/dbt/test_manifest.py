"""dbt's manifest in the state folder, and what is read of the project without it."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from wiseparts_pipeline.dbt import manifest
from wiseparts_pipeline.dbt.manifest import prepare_manifest
from wiseparts_pipeline.dbt.project import mart_keys
from wiseparts_pipeline.home import DBT_PROJECT


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The manifest in a state folder of this module: parsing takes seconds."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("WISEPARTS_HOME", str(tmp_path_factory.mktemp("home")))
        yield prepare_manifest()


def test_marts_and_their_keys_are_those_that_dbt_knows(prepared: Path) -> None:
    nodes = json.loads(prepared.read_text(encoding="utf-8"))["nodes"]
    marts = {key: node for key, node in nodes.items() if node["resource_type"] == "model" and node["schema"] == "marts"}
    tests = [node for node in nodes.values() if (node.get("test_metadata") or {}).get("name") == "unique_key"]
    configured = {
        mart["name"]: tuple(mart["config"]["unique_key"]) for mart in marts.values() if mart["config"]["unique_key"]
    }
    tested = {
        marts[test["attached_node"]]["name"]: tuple(test["test_metadata"]["kwargs"]["columns"])
        for test in tests
        if test["attached_node"] in marts
    }

    assert mart_keys() == configured | tested


def test_the_manifest_is_parsed_again_only_after_a_change_whatever_the_time_of_the_file(
    prepared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = shutil.copytree(DBT_PROJECT, tmp_path / "project", ignore=shutil.ignore_patterns("target", "logs"))
    parsed: list[Path] = []
    monkeypatch.setattr(manifest, "DBT_PROJECT", project)
    monkeypatch.setattr(manifest, "_parse", lambda path: parsed.append(shutil.copyfile(prepared, path)))

    prepare_manifest()
    assert parsed == []

    macro = next(project.rglob("*.sql"))
    macro.write_text(macro.read_text() + "\n")
    shutil.copystat(DBT_PROJECT / macro.relative_to(project), macro)
    prepare_manifest()
    prepare_manifest()
    assert len(parsed) == 1
