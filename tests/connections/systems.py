"""A server over HTTP whose answers the tests choose, also wrong ones."""

import json
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit


class Unpaced:
    """The pace of those who ask as fast as they can."""

    def wait(self) -> None: ...

    def check(self) -> None: ...

    def block(self, block: object) -> None: ...


@dataclass(frozen=True)
class Asked:
    """A request that came. `at`: when, in seconds of a clock of its own."""

    method: str
    path: str
    query: dict[str, list[str]]
    headers: dict[str, str]
    body: bytes
    at: float


class Handler(BaseHTTPRequestHandler):
    """Gives the system's next answer."""

    protocol_version = "HTTP/1.1"
    system: "System"

    def log_message(self, format: str, *args: object) -> None:
        """Nothing is to be read about it."""

    def do_GET(self) -> None:
        at = time.monotonic()
        parts = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        headers = {name.lower(): value for name, value in self.headers.items()}
        asked = Asked(self.command, parts.path, parse_qs(parts.query), headers, body, at)
        self.system.asked.append(asked)
        # Whoever asked may be gone.
        with suppress(OSError):
            self.system.next_answer()(self, asked)

    do_POST = do_GET

    def send(self, content: bytes, status: int = 200, **headers: str) -> None:
        """A complete answer. Headers are named with _ for -."""
        self.send_response(status)
        for name, value in {"Content_Type": "application/json", "Content_Length": str(len(content)), **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(content)


Answer = Callable[[Handler, Asked], None]


@dataclass
class System:
    """What it was asked, and its answers: each is given once, the last one forever. `ended`: when the test is over."""

    url: str
    asked: list[Asked] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
    ended: Event = field(default_factory=Event)

    def next_answer(self) -> Answer:
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]

    def tells(self, *answers: Answer) -> None:
        self.answers[:] = answers


def plain(value: Any = None, status: int = 200, content: bytes | None = None, **headers: str) -> Answer:
    """An answer with a value as JSON, or with some bytes."""
    body = json.dumps(value).encode() if content is None else content
    return lambda handler, asked: handler.send(body, status, **headers)


@contextmanager
def running(certificate: Path | None = None) -> Iterator[System]:
    """A system on a port of its own; with TLS if it has a certificate, a file with its key as well."""

    class ItsHandler(Handler):
        pass

    with ThreadingHTTPServer(("127.0.0.1", 0), ItsHandler) as server:
        server.daemon_threads = True
        system = System(f"http://127.0.0.1:{server.server_port}")
        if certificate is not None:
            context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
            context.load_cert_chain(certificate)
            server.socket = context.wrap_socket(server.socket, server_side=True)
            system.url = f"https://localhost:{server.server_port}"
        ItsHandler.system = system
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        try:
            yield system
        finally:
            system.ended.set()
            server.shutdown()
