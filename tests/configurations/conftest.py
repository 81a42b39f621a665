"""Warehouses into which the example files of one ready configuration are imported."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from urllib.parse import urlsplit

import pytest

from tests.configurations.stand import Stand
from tests.conftest import database
from wiseparts_pipeline.warehouse import Warehouse


@pytest.fixture(scope="module")
def new_stand(
    request: pytest.FixtureRequest, postgres_url: str, prepared_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[], Stand]]:
    """Makes stands of the module's CONFIGURATION, with the example files dropped and not imported."""
    template = urlsplit(prepared_url).path.removeprefix("/")
    with ExitStack() as stack:
        environment = stack.enter_context(pytest.MonkeyPatch.context())
        environment.setenv("WISEPARTS_HOME", str(tmp_path_factory.mktemp("home")))

        def make() -> Stand:
            url = stack.enter_context(database(postgres_url, template))
            stand = Stand(request.module.CONFIGURATION, Warehouse(url), tmp_path_factory.mktemp("drop"))
            stand.drop_example()
            return stand

        yield make


@pytest.fixture(scope="module")
def stand(new_stand: Callable[[], Stand]) -> Stand:
    """A stand with the example files imported; tests look at it and change nothing."""
    stand = new_stand()
    stand.import_all()
    return stand
