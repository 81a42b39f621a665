"""The server over HTTP: who may ask, how often, and the routes that answer."""

import base64
import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import import_module
from re import compile as pattern
from threading import Lock, Thread
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from tests.connections.itscope.server.described import NotDescribed, check_answer, check_request
from tests.connections.itscope.server.market import Asked, Market

BASE = "/2.1"


@dataclass(frozen=True)
class Request:
    """`parts`: those of the path, unquoted once. `account`: who asks."""

    market: Market
    account: str
    parts: Mapping[str, str]
    query: Mapping[str, list[str]]
    headers: Mapping[str, str]
    body: bytes

    def one(self, name: str, otherwise: str = "") -> str:
        """A parameter of the query."""
        return self.query.get(name, [otherwise])[0]


@dataclass(frozen=True)
class Reply:
    """`value`: is sent as JSON, or as it is where it is bytes."""

    status: int = 200
    value: Any = b""
    content_type: str = "text/plain"

    @property
    def content(self) -> bytes:
        return self.value if isinstance(self.value, bytes) else json.dumps(self.value).encode()


def as_json(value: Any) -> Reply:
    return Reply(200, value, "application/json")


NOTHING = Reply(204)
Route = Callable[[Request], Reply]
_ROUTES: list[tuple[str, Any, Route]] = []


def route(method: str, path: str) -> Callable[[Route], Route]:
    """Answers what comes to this path, a pattern whose groups are `Request.parts`."""

    def add(answer: Route) -> Route:
        _ROUTES.append((method, pattern(path), answer))
        return answer

    return add


# Each registers its routes; the more special ones first.
for _module in ("catalogue", "deals"):
    import_module(f"tests.connections.itscope.server.{_module}")


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    market: Market
    lock: Lock

    def log_message(self, format: str, *args: object) -> None:
        """Nothing is to be read about it."""

    def do_GET(self) -> None:
        at = time.monotonic()
        parts = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        headers = {name.lower(): value for name, value in self.headers.items()}
        query = parse_qs(parts.query, keep_blank_values=True)
        path = parts.path.removeprefix(BASE)
        # One at a time: what one request changes is there for the next.
        with self.lock:
            try:
                reply = self._reply(path, query, headers, body)
                check_answer(self.command, path, reply.status, reply.content_type, reply.content)
            except NotDescribed as error:
                self.market.faults.append(str(error))
                reply = Reply(599, str(error).encode())
            asked = Asked(self.command, path, query, headers, at, self.market.now(), reply.status)
            self.market.asked.append(asked)
        if reply.status in self.market.answers_lost:
            self.market.answers_lost.remove(reply.status)
            self.close_connection = True
            return
        if path.endswith("/send") and reply.status == 200 and self.market.sent_answers_lost:
            self.market.sent_answers_lost -= 1
            self.close_connection = True
            return
        # Whoever asked may be gone.
        with suppress(OSError):
            self.send_response(reply.status)
            self.send_header("Content-Length", str(len(reply.content)))
            if reply.content:
                self.send_header("Content-Type", reply.content_type)
            self.end_headers()
            self.wfile.write(reply.content)

    do_POST = do_PUT = do_DELETE = do_GET

    def _reply(self, path: str, query: Mapping[str, list[str]], headers: Mapping[str, str], body: bytes) -> Reply:
        market = self.market
        if not market.admits():
            return Reply(503, b"Number of valid requests per minute exceeded")
        account = _account(market, headers.get("authorization", ""))
        if account is None:
            return Reply(401, b"Not authorized")
        known = market.accounts[account]
        if known.used >= known.quota:
            return Reply(403, b"Customer quota exceeded: Please contact the ITscope support")
        known.used += 1
        if refusal := check_request(self.command, path, query):
            return Reply(refusal[0], refusal[1].encode())
        for method, expected, answer in _ROUTES:
            if method == self.command and (found := expected.fullmatch(path)):
                named = {name: unquote(value) for name, value in found.groupdict().items()}
                return answer(Request(market, account, named, query, headers, body))
        # The market has nothing of what no route is about.
        return NOTHING if self.command == "GET" else Reply(404, b"Not found")


def _account(market: Market, authorization: str) -> str | None:
    with suppress(ValueError):
        name, _, key = base64.b64decode(authorization.removeprefix("Basic ")).decode().partition(":")
        if name in market.accounts and market.accounts[name].key == key:
            return name
    return None


@contextmanager
def running(market: Market) -> Iterator[str]:
    """The address of a server with this market, on a port of its own. Fails if it answered what is not described."""

    class ItsHandler(Handler):
        pass

    ItsHandler.market, ItsHandler.lock = market, Lock()
    with ThreadingHTTPServer(("127.0.0.1", 0), ItsHandler) as server:
        server.daemon_threads = True
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}{BASE}"
        finally:
            server.shutdown()
    assert market.faults == []
