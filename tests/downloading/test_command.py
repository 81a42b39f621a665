"""`wiseparts download`."""

import json
from pathlib import Path

import pytest

from tests.installation import Installation
from tests.matching.records import put
from wiseparts_pipeline.warehouse import Warehouse

DOWNLOAD = {"images": 1, "hosts": ["localhost"], "source": "drop", "products": "all"}


@pytest.fixture
def installation(tmp_path: Path, warehouse: Warehouse) -> Installation:
    installation = Installation(tmp_path, {"WISEPARTS_DATABASE_URL": warehouse.url})
    installation.source("drop", protocol="local", root=str(installation.drop), settle_seconds=0)
    installation.drop.mkdir()
    installation.component(
        "Connection", "market", {"name": "market", "system": "itscope", "account_id": "m1", "api_key": "k"}
    )
    return installation


def test_what_became_of_the_links_is_told(installation: Installation, warehouse: Warehouse) -> None:
    pull = {"connection": "market", "entity": "supplier_products", "name": "offered", "ids": ["1"]}
    installation.component("Pull", "offered", pull)
    assert "No pull has `download`" in installation.run("download").out
    installation.component("Pull", "offered", pull | {"download": DOWNLOAD})
    with warehouse.connect(autocommit=True) as connection:
        urls = [["http://localhost/a.jpg"], ["http://media.example/b.jpg"]]
        put(connection, "supplier_products", "puid image_urls", [(str(number), url) for number, url in enumerate(urls)])

    done = installation.run("download", "--json")
    (told,) = json.loads(done.out)["downloads"]
    assert (done.status, told["refused"], told["elsewhere"], told["fetched"]) == (3, 1, 1, 0)
    assert "offered" in installation.run("download", "offered", "--again").out


def test_wrong_settings_are_told(installation: Installation) -> None:
    pull = {"connection": "market", "entity": "suppliers", "name": "firms", "download": DOWNLOAD}
    installation.component("Pull", "firms", pull)

    wrong = installation.run("download")
    assert (wrong.status, "download: is of pulls of supplier_products" in wrong.err) == (2, True)

    elsewhere = {"entity": "supplier_products", "ids": ["1"], "download": DOWNLOAD | {"source": "market"}}
    installation.component("Pull", "firms", pull | elsewhere)
    wrong = installation.run("download")
    assert wrong.status == 2
    assert "attributes.download.source: 'market' is not a source; allowed: drop" in wrong.err
