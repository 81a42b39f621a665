"""A harness for each data set, on an embedded SFTP server; without the data, its tests are skipped."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.conftest import database
from tests.dbt.building import Dbt
from tests.real.harness import DATA, Harness
from wiseparts_pipeline.transport.embedded import EmbeddedSftp
from wiseparts_pipeline.warehouse import Warehouse


@pytest.fixture(scope="module")
def harness(
    request: pytest.FixtureRequest,
    postgres_url: str,
    prepared_url: str,
    dbt_target: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Harness]:
    """The empty harness of the module's DATA_SET, and of its DEFS if it has any."""
    data_set: str = request.module.DATA_SET
    if not (DATA / data_set).is_dir():
        pytest.skip(f"the real data are not available: {DATA / data_set} (set WISEPARTS_REAL_DATA to their folder)")
    home = tmp_path_factory.mktemp(data_set)
    template = urlsplit(prepared_url).path.removeprefix("/")
    with (
        database(postgres_url, template) as url,
        EmbeddedSftp.running(home) as server,
        pytest.MonkeyPatch.context() as environment,
    ):
        for name, value in server.environment().items():
            environment.setenv(name, value)
        environment.setenv("WISEPARTS_HOME", str(home))
        environment.setenv("REAL_FILES", str(server.root))
        warehouse = Warehouse(url)
        defs = getattr(request.module, "DEFS", "defs")
        yield Harness(warehouse, server.root, Dbt(warehouse, dbt_target), data_set, defs)
