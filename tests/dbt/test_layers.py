"""Models read from staging to core to reports, as docs/marts.md says."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import pytest

from wiseparts_pipeline.home import PROJECT

PAGE = PROJECT / "docs" / "marts.md"


class Arrow(NamedTuple):
    """A model and one of the nodes that it reads, each with its folder."""

    folder: str
    model: str
    read_folder: str
    read: str


@pytest.fixture(scope="session")
def permitted() -> dict[str, set[str]]:
    """What the models of a folder may read besides each other, from the page's table."""
    section = PAGE.read_text(encoding="utf-8").split("## Where a model belongs")[1]
    rows = re.findall(r"^\| `(\w+)` \|.*\| (.*) \|$", section, re.MULTILINE)
    return {folder: set(re.findall(r"`(\w+)`", read)) for folder, read in rows}


@pytest.fixture(scope="session")
def arrows(manifest: dict[str, Any]) -> list[Arrow]:
    """All that models read."""
    known = manifest["nodes"] | manifest["sources"]
    return [
        Arrow(folder(node), node["name"], folder(known[read]), known[read]["name"])
        for node in models(manifest)
        for read in node["depends_on"]["nodes"]
    ]


def models(manifest: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    return (node for node in manifest["nodes"].values() if node["resource_type"] == "model")


def folder(node: Mapping[str, Any]) -> str:
    """The first folder of a model; the schema of a source; seeds or snapshots."""
    match node["resource_type"]:
        case "model":
            return str(node["path"]).split("/")[0]
        case "source":
            return str(node["schema"])
        case kind:
            return f"{kind}s"


def described(arrows: list[Arrow]) -> list[str]:
    return [f"{arrow.folder}/{arrow.model} reads {arrow.read_folder}/{arrow.read}" for arrow in arrows]


def test_models_read_only_what_their_folder_may(arrows: list[Arrow], permitted: dict[str, set[str]]) -> None:
    assert described([each for each in arrows if each.read_folder not in permitted[each.folder] | {each.folder}]) == []


def test_every_permission_is_used(arrows: list[Arrow], permitted: dict[str, set[str]]) -> None:
    used = {(arrow.folder, arrow.read_folder) for arrow in arrows}

    assert {(reading, read) for reading in permitted for read in permitted[reading]} - used == set()


def test_the_page_names_every_folder_of_models(manifest: dict[str, Any], permitted: dict[str, set[str]]) -> None:
    assert permitted.keys() == {folder(node) for node in models(manifest)}


def test_only_staging_reads_raw_and_only_core_reads_staging(arrows: list[Arrow]) -> None:
    assert {arrow.folder for arrow in arrows if arrow.read_folder == "raw"} == {"staging"}
    assert {arrow.folder for arrow in arrows if arrow.read_folder == "staging"} == {"core"}


def test_staging_and_core_read_no_report(arrows: list[Arrow]) -> None:
    below = {"raw", "ops", "seeds", "snapshots", "staging", "core"}

    upwards = [each for each in arrows if each.folder in ("staging", "core") and each.read_folder not in below]
    assert described(upwards) == []


def test_an_intermediate_model_reads_no_report(manifest: dict[str, Any]) -> None:
    reports = {node["unique_id"] for node in models(manifest) if node["schema"] == "marts" and folder(node) != "core"}

    assert [
        (node["name"], read)
        for node in models(manifest)
        if node["schema"] == "intermediate"
        for read in reports.intersection(node["depends_on"]["nodes"])
    ] == []


def test_a_model_is_built_in_the_schema_that_its_folder_is_named_after(manifest: dict[str, Any]) -> None:
    assert [node["name"] for node in models(manifest) if node["schema"] != node["path"].split("/")[-2]] == []
