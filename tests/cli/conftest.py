"""An installation with a local source and a database of its own, and a server that refuses every login."""

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import asyncssh
import pytest

from tests.installation import Installation
from wiseparts_pipeline.warehouse import Warehouse


@pytest.fixture
def installation(tmp_path: Path, warehouse: Warehouse, dbt_target: Path) -> Installation:
    """Customers and sales from a local folder, without time to settle, into a database of this test's own."""
    installation = Installation(tmp_path, {"WISEPARTS_DATABASE_URL": warehouse.url})
    installation.share_parsed(dbt_target)
    installation.source("drop", protocol="local", root=str(installation.drop), settle_seconds=0)
    installation.importer("customers")
    installation.importer("sales")
    return installation


@pytest.fixture
def closed_server() -> Iterator[dict[str, Any]]:
    """A source whose SSH server, on this machine, asks for a password and accepts none."""
    key = asyncssh.generate_private_key("ssh-ed25519")

    async def start() -> asyncssh.SSHAcceptor:
        return await asyncssh.listen("127.0.0.1", 0, server_factory=_Closed, server_host_keys=[key])

    async def stop() -> None:
        server.close()
        await server.wait_closed()

    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    server = asyncio.run_coroutine_threadsafe(start(), loop).result(30)
    try:
        yield {
            "protocol": "sftp",
            "host": "127.0.0.1",
            "port": server.get_port(),
            "username": "erp",
            "password": "s3cret",
            "host_key": key.get_fingerprint(),
        }
    finally:
        asyncio.run_coroutine_threadsafe(stop(), loop).result(30)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


class _Closed(asyncssh.SSHServer):
    def password_auth_supported(self) -> bool:
        return True

    def validate_password(self, username: str, password: str) -> bool:
        return False
