"""dbt's manifest in the state folder, and what is read of the project without it."""

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from dbt.contracts.graph.manifest import Manifest

from wiseparts_pipeline.dbt import manifest
from wiseparts_pipeline.dbt.manifest import parsed_for, prepare_manifest
from wiseparts_pipeline.dbt.project import mart_keys, project_variables
from wiseparts_pipeline.dbt.runner import parse
from wiseparts_pipeline.home import DBT_PROJECT


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory, manifest: dict[str, Any], target: Path) -> Iterator[Path]:
    """The manifest in a state folder of this module, with what was parsed for the session: parsing takes seconds."""
    home = tmp_path_factory.mktemp("home")
    (home / "dbt" / "target").mkdir(parents=True)
    for path in ("manifest.json", "manifest.sha256", "parsed.pickle", "target/partial_parse.msgpack"):
        shutil.copy(target / "dbt" / path, home / "dbt" / path)
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("WISEPARTS_HOME", str(home))
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
    parsed = counted(monkeypatch)
    monkeypatch.setattr(manifest, "DBT_PROJECT", project)

    prepare_manifest()
    assert parsed == []

    macro = next(project.rglob("*.sql"))
    macro.write_text(macro.read_text() + "\n")
    shutil.copystat(DBT_PROJECT / macro.relative_to(project), macro)
    prepare_manifest()
    prepare_manifest()
    assert len(parsed) == 1


def test_the_process_that_writes_the_manifest_has_parsed_it(prepared: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    parsed_for({"WISEPARTS_PG_DBNAME": "parts"})
    prepared.unlink()
    parsed = counted(monkeypatch)
    prepare_manifest()
    assert len(parsed) == 1


def test_a_build_reads_what_was_parsed_for_any_warehouse(prepared: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    parsed = counted(monkeypatch)
    (prepared.parent / "parsed.pickle").unlink()

    first, same, another = (parsed_for({"WISEPARTS_PG_DBNAME": name}) for name in ("parts", "parts", "others"))

    assert len(parsed) == 1
    assert described(same) == described(first)
    assert {node.database for node in same.nodes.values()} == {"parts"}
    assert {node.database for node in another.nodes.values()} == {"others"}


def test_the_other_variables_make_no_difference_to_what_is_parsed(
    prepared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    others = {
        "as_of": "2024-02-29",
        "country": None,
        "timezone": "UTC",
        "fiscal_year_start_month": 4,
        "company_days": {"2025-12-24": "Stocktaking"},
        "reporting_currency": "EUR",
        "abc_class_a_share": 0.7,
        "abc_class_b_share": 0.9,
        "trend_rate": 0.2,
        "session_gap_minutes": 20,
        "web_channels": ["web"],
        "sales_channels": {"web": ["internet"]},
        "service_level_seconds": 10,
        "short_abandon_seconds": 9,
        "follow_up_hours": 2,
        "phone_country": "DE",
        "dso_days": 30,
        "tested_months": "changed",
        "aging_months": 3,
    }
    monkeypatch.setenv("WISEPARTS_HOME", str(tmp_path))

    parsed: Any = parse(others)
    parsed.write(str(tmp_path / "manifest.json"))

    assert project_variables().keys() - others.keys() == {"feeds"}
    assert without_times(tmp_path / "manifest.json") == without_times(prepared)


def described(project: Manifest) -> dict[str, Any]:
    """The nodes that are enabled."""
    return {key: node.to_dict() for key, node in project.nodes.items()}


def counted(monkeypatch: pytest.MonkeyPatch) -> list[Manifest]:
    """What is parsed from now on."""
    parsed: list[Manifest] = []

    def count() -> Manifest:
        parsed.append(parse())
        return parsed[-1]

    monkeypatch.setattr(manifest, "parse", count)
    return parsed


def without_times(manifest: Path) -> dict[str, Any]:
    """A manifest as JSON, apart from when it was parsed."""
    text = re.sub(r'"created_at": [0-9.]+', '"created_at": 0', manifest.read_text(encoding="utf-8"))
    return {name: part for name, part in json.loads(text).items() if name != "metadata"}
