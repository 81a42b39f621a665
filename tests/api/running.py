"""The service, served over HTTP by a thread of the tests."""

import threading
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import uuid4

import httpx2

from wiseparts_pipeline.api.keys import SCOPES, create_key
from wiseparts_pipeline.api.server import Server
from wiseparts_pipeline.api.service import REQUESTS_A_SECOND, Service
from wiseparts_pipeline.live.lookups import Lookups
from wiseparts_pipeline.warehouse import Warehouse


@dataclass(frozen=True)
class Running:
    """A service that runs. `client`: with a key for everything."""

    service: Service
    server: Server
    url: str
    client: httpx2.Client
    key: str

    def get(self, path: str, key: str | None = None, **headers: str) -> httpx2.Response:
        """With the key for everything, or another one."""
        own = {"Authorization": f"Bearer {key or self.key}"}
        return self.client.get(path, headers=own | {name.replace("_", "-"): each for name, each in headers.items()})

    def new_key(self, name: str, scopes: Collection[str] = SCOPES, customers: Collection[str] | None = None) -> str:
        with self.service.warehouse.connect(autocommit=True) as connection:
            return create_key(connection, name, scopes, customers)


@contextmanager
def running(lookups: Lookups, warehouse: Warehouse, requests_a_second: float = REQUESTS_A_SECOND) -> Iterator[Running]:
    """The service with these look-ups; it ends in order."""
    with warehouse.connect(autocommit=True) as connection:
        key = create_key(connection, f"everything {uuid4()}", SCOPES)
    began = threading.Event()
    with Service.running(lookups, warehouse, requests_a_second) as service:
        server = Server(service, "127.0.0.1", 0, began=began.set)
        thread = threading.Thread(target=server.run)
        thread.start()
        try:
            assert began.wait(60)
            port = server.servers[0].sockets[0].getsockname()[1]
            url = f"http://127.0.0.1:{port}"
            with httpx2.Client(base_url=url, timeout=60) as client:
                yield Running(service, server, url, client, key)
        finally:
            server.should_exit = True
            thread.join()
