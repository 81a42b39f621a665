"""The ready configurations are packaged, load, can be combined, and have up-to-date examples."""

import shutil
import tomllib
from pathlib import Path

import pytest

from tests.configurations.examples import CONFIGURATIONS, EXAMPLES, generated_files
from tests.configurations.harness import load, named_server
from wiseparts_pipeline.definitions import definitions
from wiseparts_pipeline.home import PACKAGE, PROJECT

# Those that read files; what is pulled is tested with its system, in tests/connections/.
NAMES = sorted(path.parent.name for path in CONFIGURATIONS.glob("*/example"))
PAGE = (PROJECT / "docs" / "configurations.md").read_text(encoding="utf-8")


def test_every_configuration_has_an_example() -> None:
    assert sorted(EXAMPLES) == NAMES == ["3cx", "asterisk", "greek_erp", "shopify", "wizcommerce"]


def test_the_example_files_are_up_to_date() -> None:
    files = {path: path.read_bytes().decode() for path in CONFIGURATIONS.glob("*/example/**/*") if path.is_file()}
    assert files == generated_files()


@pytest.mark.parametrize("name", NAMES)
def test_every_example_file_matches_exactly_one_importer(name: str) -> None:
    configuration = load(CONFIGURATIONS / name)
    example = CONFIGURATIONS / name / "example"
    companions = {join.pattern.split("{")[0] for each in configuration.importers.values() for join in each.join}
    for file in filter(Path.is_file, example.rglob("*")):
        folder = str(file.parent.relative_to(example))
        matching = [
            importer.name
            for importer in configuration.importers.values()
            if importer.folder == folder and importer.file_names.matches(file.name)
        ]
        assert len(matching) == 1 or file.name.startswith(tuple(companions)), (file.name, matching)


@pytest.mark.parametrize("system", ["defs", "configurations/wizcommerce", "configurations/greek_erp"])
def test_telephones_and_a_shop_can_be_combined_with_any_other_system(system: str, tmp_path: Path) -> None:
    for folder in (system, "configurations/3cx", "configurations/asterisk", "configurations/shopify"):
        shutil.copytree(PACKAGE / folder, tmp_path / Path(folder).name)
    assert {"shopify_orders", "asterisk_queue_log", "threecx_cdr", "products"} <= set(load(tmp_path).importers)


@pytest.mark.parametrize("name", NAMES)
def test_dagster_has_a_job_for_each_importer(name: str, dbt_target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = CONFIGURATIONS / name
    with named_server():
        monkeypatch.setenv("WISEPARTS_HOME", str(dbt_target))
        monkeypatch.setenv("WISEPARTS_DEFS", str(folder))
        jobs = {job.name for job in definitions().get_repository_def().get_all_jobs()}
    assert {f"import_{importer}" for importer in load(folder).importers} <= jobs


@pytest.mark.parametrize("name", NAMES)
def test_the_page_lists_every_importer_and_its_files(name: str) -> None:
    for importer in load(CONFIGURATIONS / name).importers.values():
        assert f"`{importer.name}`" in PAGE
        assert f"`{importer.folder}/{importer.pattern}`" in PAGE


def test_all_configurations_are_package_data() -> None:
    globs = tomllib.loads((PROJECT / "pyproject.toml").read_text())["tool"]["setuptools"]["package-data"]
    packaged = {path for glob in globs["wiseparts_pipeline"] for path in PACKAGE.glob(glob)}
    assert {path for path in CONFIGURATIONS.rglob("*") if path.is_file()} <= packaged
