"""A warehouse whose content is gone after each test, and real servers with orders to be delivered to them."""

from collections.abc import Iterator

import pytest

from tests.exporting.deliveries import Deliveries
from tests.importing.conftest import drop
from tests.transport.conftest import (
    certificates,
    embedded,
    embedded_site,
    ftp_site,
    line,
    line_site,
    local_site,
    mod_sftp_server,
    mod_sftp_site,
    openssh,
    openssh_site,
    plain_ftp_server,
    plain_ftp_site,
    proftpd_server,
    proftpd_site,
    quick_retries,
    site,
    vsftpd_server,
    vsftpd_site,
)
from tests.transport.site import Site
from wiseparts_pipeline.warehouse import Connection, Warehouse

__all__ = [
    "certificates",
    "drop",
    "embedded",
    "embedded_site",
    "ftp_site",
    "line",
    "line_site",
    "local_site",
    "mod_sftp_server",
    "mod_sftp_site",
    "openssh",
    "openssh_site",
    "plain_ftp_server",
    "plain_ftp_site",
    "proftpd_server",
    "proftpd_site",
    "quick_retries",
    "site",
    "vsftpd_server",
    "vsftpd_site",
]


@pytest.fixture(scope="module")
def session(shared_warehouse: Warehouse) -> Iterator[Connection]:
    with shared_warehouse.connect() as connection:
        yield connection


@pytest.fixture
def connection(session: Connection) -> Iterator[Connection]:
    """What a test stores is gone after it."""
    yield session
    session.rollback()


@pytest.fixture
def deliveries(warehouse: Warehouse, local_site: Site) -> Deliveries:
    """To a folder of this machine."""
    return Deliveries(warehouse, local_site)


@pytest.fixture(params=["embedded", "openssh", "mod_sftp", "proftpd", "local"])
def everywhere(warehouse: Warehouse, request: pytest.FixtureRequest) -> Deliveries:
    """To a server of each kind."""
    return Deliveries(warehouse, request.getfixturevalue(f"{request.param}_site"))


@pytest.fixture
def over_line(warehouse: Warehouse, line_site: Site, quick_retries: None) -> Deliveries:
    """To the embedded server behind a line that can be cut."""
    return Deliveries(warehouse, line_site)
