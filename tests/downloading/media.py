"""A server of pictures and datasheets, and of what pretends to be some."""

import ssl
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

JPEG = b"\xff\xd8\xff\xe0" + b"picture " * 100
PNG = b"\x89PNG\r\n\x1a\n" + b"picture " * 100
PDF = b"%PDF-1.7\n" + b"datasheet " * 100


@dataclass
class Media:
    """`files`: by path, what is there; `moved`: where to, by path; `broken`: paths that the server fails for.

    `asked`: how often each path was asked for; `hosts`: by which names the server was asked.
    """

    scheme: str = "http"
    port: int = 0
    files: dict[str, bytes] = field(default_factory=dict)
    moved: dict[str, str] = field(default_factory=dict)
    broken: set[str] = field(default_factory=set)
    asked: Counter[str] = field(default_factory=Counter)
    hosts: set[str] = field(default_factory=set)

    @property
    def host(self) -> str:
        return f"media.example:{self.port}"

    def url(self, path: str) -> str:
        return f"{self.scheme}://{self.host}{path}"


@contextmanager
def running(certificate: Path | None = None) -> Iterator[Media]:
    """`certificate`: with its key, to be asked over https."""
    media = Media(scheme="https" if certificate else "http")

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            media.asked[self.path] += 1
            media.hosts.add(self.headers["Host"])
            if self.path in media.broken:
                self.send_error(503)
            elif self.path in media.moved:
                self.send_response(302)
                self.send_header("Location", media.moved[self.path])
                self.send_header("Content-Length", "0")
                self.end_headers()
            elif self.path in media.files:
                self.send_response(200)
                # Says nothing of what it is, and nothing of how much.
                self.send_header("Content-Type", "image/jpeg")
                self.end_headers()
                self.wfile.write(media.files[self.path])
            else:
                self.send_error(404)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            server.socket = context.wrap_socket(server.socket, server_side=True)
        media.port = server.server_port
        threading.Thread(target=server.serve_forever, args=[0.01], daemon=True).start()
        try:
            yield media
        finally:
            server.shutdown()
