"""Serves the application until it is told to end: it finishes what it has begun, and takes nothing new."""

import logging
from collections.abc import Callable
from pathlib import Path
from socket import socket

import uvicorn

from wiseparts_pipeline.api.app import asgi
from wiseparts_pipeline.api.service import Service

# How long requests that have begun may take when it ends: longer than a look-up may.
END_SECONDS = 70


class Server(uvicorn.Server):
    """`began`: called when it takes requests."""

    def __init__(
        self,
        service: Service,
        host: str,
        port: int,
        *,
        certificate: Path | None = None,
        private_key: Path | None = None,
        began: Callable[[], None] = lambda: None,
    ) -> None:
        super().__init__(
            uvicorn.Config(
                asgi(service),
                host=host,
                port=port,
                ssl_certfile=certificate,
                ssl_keyfile=private_key,
                # Requests are counted and look-ups noted; their addresses have keys of customers in them.
                access_log=False,
                log_config=None,
                lifespan="off",
                server_header=False,
                proxy_headers=False,
                timeout_graceful_shutdown=END_SECONDS,
            )
        )
        self._began = began

    async def startup(self, sockets: list[socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._began()


def log_to_stderr() -> None:
    """Faults and what is refused; a traceback is in the log that its message names."""
    logging.basicConfig(format="%(asctime)s %(levelname)s %(message)s", level=logging.WARNING)
    logging.getLogger("uvicorn.error").addFilter(lambda record: not record.exc_info)
