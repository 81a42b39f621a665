"""Harnesses for one ready configuration and its example files."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from urllib.parse import urlsplit

import pytest

from tests.configurations.harness import Harness
from tests.conftest import database
from wiseparts_pipeline.warehouse import Warehouse


@pytest.fixture(scope="module")
def new_harness(
    request: pytest.FixtureRequest, postgres_url: str, prepared_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[], Harness]]:
    """Makes harnesses of the module's CONFIGURATION, with the example files dropped but not imported."""
    template = urlsplit(prepared_url).path.removeprefix("/")
    with ExitStack() as stack:
        environment = stack.enter_context(pytest.MonkeyPatch.context())
        environment.setenv("WISEPARTS_HOME", str(tmp_path_factory.mktemp("home")))

        def make() -> Harness:
            url = stack.enter_context(database(postgres_url, template))
            harness = Harness(request.module.CONFIGURATION, Warehouse(url), tmp_path_factory.mktemp("drop"))
            harness.drop_example()
            return harness

        yield make


@pytest.fixture(scope="module")
def harness(new_harness: Callable[[], Harness]) -> Harness:
    """A harness with the example files imported, for tests that change nothing."""
    harness = new_harness()
    harness.import_all()
    return harness
