"""The ready configuration of ITscope in Dagster, with downloads."""

import shutil
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import dagster as dg
import pytest
import yaml

from tests.configurations.examples import CONFIGURATIONS
from tests.downloading import media as media_server
from tests.downloading.media import JPEG, Media
from tests.matching.records import put
from wiseparts_pipeline.config.loader import load_configuration
from wiseparts_pipeline.definitions import definitions
from wiseparts_pipeline.downloading.service import download
from wiseparts_pipeline.orchestration.pulls import downloads
from wiseparts_pipeline.warehouse import Warehouse

FILES = """
type: wiseparts_pipeline.components.FileSource
attributes: {name: files, protocol: local, root: %s}
"""
VARIABLES = ("ITSCOPE_ACCOUNT_ID", "ITSCOPE_API_KEY")


@pytest.fixture
def media() -> Iterator[Media]:
    with media_server.running() as media:
        media.files = {"/a.jpg": JPEG}
        yield media


@pytest.fixture
def repository(
    tmp_path: Path, dbt_target: Path, warehouse: Warehouse, media: Media, monkeypatch: pytest.MonkeyPatch
) -> dg.RepositoryDefinition:
    """The configuration as it is, but for downloads into a folder."""
    defs = tmp_path / "defs"
    shutil.copytree(CONFIGURATIONS / "itscope", defs)
    products = defs / "supplier_products" / "defs.yaml"
    component = yaml.safe_load(products.read_text(encoding="utf-8"))
    component["attributes"]["download"] = {"images": 1, "hosts": media.host, "source": "files", "products": "all"}
    products.write_text(yaml.safe_dump(component), encoding="utf-8")
    (tmp_path / "files").mkdir()
    (defs / "files").mkdir()
    (defs / "files" / "defs.yaml").write_text(FILES % (tmp_path / "files"))
    environment = {
        "WISEPARTS_HOME": str(dbt_target),
        "WISEPARTS_DEFS": str(defs),
        "WISEPARTS_DATABASE_URL": warehouse.url,
    }
    for name, value in {**environment, **dict.fromkeys(VARIABLES, "unused")}.items():
        monkeypatch.setenv(name, value)
    # As if the name service said that the host is in this machine.
    monkeypatch.setattr(downloads, "download", partial(download, addresses=lambda host, port: ["127.0.0.1"]))
    return definitions().get_repository_def()


def test_dagster_pulls_by_itself_and_downloads_at_night(
    repository: dg.RepositoryDefinition, warehouse: Warehouse, media: Media, tmp_path: Path
) -> None:
    schedules = {schedule.job_name: schedule.cron_schedule for schedule in repository.schedule_defs}
    assert {f"pull_{name}" for name in load_configuration().pulls} <= set(schedules)
    assert schedules["download_market_products"] == "0 1 * * *"
    files = repository.asset_graph.get(dg.AssetKey(["downloads", "market_products"]))
    assert files.parent_keys == {dg.AssetKey(["raw", "supplier_products"])}

    with warehouse.connect(autocommit=True) as connection:
        put(connection, "supplier_products", "puid image_urls", [("1", [media.url("/a.jpg")])])
    job = repository.get_job("download_market_products")
    with dg.instance_for_test() as instance:
        run = job.execute_in_process(instance=instance, tags=job.tags)
    (event,) = run.asset_materializations_for_node("downloads__market_products")
    assert (event.metadata["fetched"].value, event.metadata["failed"].value) == (1, 0)
    assert [path.read_bytes() for path in (tmp_path / "files").rglob("*.jpg")] == [JPEG]
