"""The configuration of nginx in docs/operating.md lets in those with a password, web sockets included."""

import base64
import os
import re
import socket
import subprocess
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests import debian
from tests.development import free_port
from tests.waiting import eventually
from wiseparts_pipeline.home import PROJECT

NGINX = Path("/usr/sbin/nginx")
BEHIND = "127.0.0.1:3000"


class Ui(BaseHTTPRequestHandler):
    """In the place of Dagster's UI: answers with the headers that it was sent."""

    def do_GET(self) -> None:
        if self.headers["Upgrade"] == "websocket":
            self.send_response(101)
            self.send_header("Upgrade", "websocket")
            self.send_header("Connection", "upgrade")
            self.end_headers()
            self.wfile.write(b"pushed")
            self.close_connection = True
            return
        self.send_response(200)
        self.end_headers()
        self.wfile.write(str(self.headers).encode())

    def log_message(self, format: str, *arguments: object) -> None:
        """Nothing."""


@pytest.fixture(scope="module")
def proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of nginx with the documented configuration, without TLS and with one person."""
    debian.need(NGINX, "nginx")
    folder, port = tmp_path_factory.mktemp("nginx"), free_port()
    users = folder / "users"
    hashed = subprocess.run(["openssl", "passwd", "-apr1", "s3cret"], capture_output=True, text=True, check=True).stdout
    users.write_text(f"anna:{hashed}")
    server = ThreadingHTTPServer(("127.0.0.1", 0), Ui)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    page = (PROJECT / "docs" / "operating.md").read_text(encoding="utf-8")
    documented = page.partition("```nginx\n")[2].partition("```")[0]
    here = documented.replace("listen 443 ssl;", f"listen 127.0.0.1:{port};").replace(
        "/etc/nginx/dagster.users", str(users)
    )
    here = re.sub(r"\n *ssl_certificate[^\n]*", "", here).replace(BEHIND, f"127.0.0.1:{server.server_port}")
    assert BEHIND in documented
    temporary = "".join(
        f"{kind}_temp_path {folder}/{kind};\n" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    user = "user root;\n" if os.geteuid() == 0 else ""
    configuration = folder / "nginx.conf"
    configuration.write_text(
        f"{user}daemon off;\npid {folder}/pid;\nerror_log {folder}/error.log;\nevents {{}}\n"
        f"http {{\naccess_log off;\n{temporary}{here}}}\n"
    )
    with subprocess.Popen([NGINX, "-c", configuration, "-p", folder, "-e", folder / "error.log"]) as process:
        try:
            eventually(lambda: _is_open(port) or process.poll() is not None)
            yield port
        finally:
            process.terminate()
            process.wait()
            server.shutdown()
            server.server_close()


def test_nobody_is_let_in_without_a_password(proxy: int) -> None:
    for login in (None, "anna:wrong", "bob:s3cret"):
        with pytest.raises(urllib.error.HTTPError, match="401") as refused:
            ask(proxy, login)
        refused.value.close()


def test_who_has_one_is_let_in_and_the_ui_is_not_told_it(proxy: int) -> None:
    seen = ask(proxy, "anna:s3cret")

    assert "Host: 127.0.0.1" in seen
    assert "Authorization" not in seen


def test_a_web_socket_is_passed_on(proxy: int) -> None:
    login = base64.b64encode(b"anna:s3cret").decode()
    with socket.create_connection(("127.0.0.1", proxy), timeout=30) as connection:
        headers = f"Host: x\r\nAuthorization: Basic {login}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        connection.sendall(f"GET /graphql HTTP/1.1\r\n{headers}\r\n".encode())
        answer = b""
        while not answer.endswith(b"pushed") and (received := connection.recv(4096)):
            answer += received

    assert answer.startswith(b"HTTP/1.1 101")
    assert answer.endswith(b"pushed")


def ask(port: int, login: str | None) -> str:
    headers = {"Authorization": f"Basic {base64.b64encode(login.encode()).decode()}"} if login else {}
    request = urllib.request.Request(f"http://127.0.0.1:{port}/", headers=headers)
    with urllib.request.urlopen(request, timeout=30) as answer:
        return str(answer.read().decode())


def _is_open(port: int) -> bool:
    with socket.socket() as attempt:
        return attempt.connect_ex(("127.0.0.1", port)) == 0
