"""A line to a system that is cut at a chosen call: before the request has arrived, or before its answer has."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit


@dataclass
class Cutting:
    """`swallow`: what requests have that are not passed on; `cut_answer_to`: what one has whose answer is not."""

    url: str
    to: str
    swallow: str | None = None
    cut_answer_to: str | None = None


@contextmanager
def cutting(to: str) -> Iterator[Cutting]:
    """A line to the system at this address."""

    class Passing(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if line.swallow and line.swallow.encode() in body:
                self.close_connection = True
                return
            connection = HTTPConnection(urlsplit(line.to).netloc, timeout=60)
            connection.request("POST", self.path, body, dict(self.headers))
            answer = connection.getresponse()
            content = answer.read()
            connection.close()
            if line.cut_answer_to and line.cut_answer_to.encode() in body:
                line.cut_answer_to = None
                self.close_connection = True
                return
            self.send_response(answer.status)
            for name in ("Content-Type", "Content-Encoding"):
                if name in answer.headers:
                    self.send_header(name, answer.headers[name])
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Nothing is to be read about it."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Passing)
    line = Cutting(f"http://127.0.0.1:{server.server_port}", to)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield line
    finally:
        server.shutdown()
        server.server_close()
