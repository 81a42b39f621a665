"""A warehouse into which the example files of one ready configuration were imported."""

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from tests.configurations.stand import Stand
from tests.conftest import database
from wiseparts_pipeline.warehouse import Warehouse


@pytest.fixture(scope="module")
def empty_stand(
    request: pytest.FixtureRequest, postgres_url: str, prepared_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Stand]:
    """A stand of the module's CONFIGURATION with nothing in it."""
    home = tmp_path_factory.mktemp("home")
    template = urlsplit(prepared_url).path.removeprefix("/")
    with database(postgres_url, template) as url, pytest.MonkeyPatch.context() as environment:
        environment.setenv("WISEPARTS_HOME", str(home))
        yield Stand(request.module.CONFIGURATION, Warehouse(url), tmp_path_factory.mktemp("drop"))


@pytest.fixture(scope="module")
def stand(empty_stand: Stand) -> Stand:
    """The stand with the example files imported, each as it lies in the package."""
    empty_stand.drop_example()
    empty_stand.import_all()
    return empty_stand
