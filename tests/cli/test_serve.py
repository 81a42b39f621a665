"""`wiseparts serve api`, and `wiseparts api-key`."""

import json
import signal
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest

from tests.development import free_port
from tests.installation import WISEPARTS, Installation
from tests.transport.ftp_servers import make_certificates
from tests.waiting import eventually
from wiseparts_pipeline.warehouse import Warehouse

LOADED = "import sys, {module}; print([name for name in {packages} if name in sys.modules])"
WITHOUT = """
import importlib.util
import sys

importlib.util.find_spec = lambda name: None
sys.argv = ["wiseparts", "serve", "api"]
from wiseparts_pipeline.cli.main import main

main()
"""


def python(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)


@pytest.fixture
def installation(tmp_path: Path, warehouse: Warehouse) -> Installation:
    (tmp_path / "defs").mkdir()
    installation = Installation(tmp_path, {"WISEPARTS_DATABASE_URL": warehouse.url})
    installation.source("drop", protocol="local", root=str(installation.drop))
    return installation


@contextmanager
def serving(installation: Installation, *options: object) -> Iterator[subprocess.Popen[str]]:
    """The command, once it takes requests."""
    process = subprocess.Popen(
        [WISEPARTS, "serve", "api", *map(str, options)],
        env=installation.environment,
        cwd=installation.folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        assert process.stdout is not None
        assert any("Stop with" in line for line in iter(process.stdout.readline, ""))
        yield process
    finally:
        process.kill()
        process.communicate()


def test_it_ends_in_order(installation: Installation, tmp_path: Path, warehouse: Warehouse) -> None:
    """What has begun is answered, over TLS as before, and noted; nothing else is taken, and nothing left."""
    certificates = make_certificates(tmp_path / "certificates")
    system = socket.create_server(("127.0.0.1", 0))
    connection = {
        "name": "erp",
        "system": "tryton",
        "url": f"http://127.0.0.1:{system.getsockname()[1]}",
        "allow_plaintext": True,
        "database": "live",
        "username": "reader",
        "password": "never answered",
    }
    installation.component("Connection", "erp", connection)
    installation.component("Live", "live", {"connection": "erp", "deadline_seconds": 2})
    key = json.loads(installation.run("api-key", "create", "shop", "--scopes", "customers:read", "--json").out)["key"]
    port, own = free_port(), certificates.server
    context = ssl.create_default_context(cafile=str(certificates.authority))
    with (
        system,
        serving(installation, "--port", port, "--tls-cert", own, "--tls-key", own) as process,
        httpx2.Client(base_url=f"https://127.0.0.1:{port}", verify=context, timeout=30) as client,
        ThreadPoolExecutor(1) as thread,
    ):
        begun = thread.submit(client.get, "/v1/customers/C1", headers={"Authorization": f"Bearer {key}"})
        asked, _ = system.accept()
        process.send_signal(signal.SIGTERM)
        eventually(lambda: not _is_open(port))
        assert process.poll() is None
        answer = begun.result()
        assert process.wait(30) == 0
        asked.close()
    assert (answer.status_code, answer.json()["code"]) == (504, "deadline")
    with warehouse.connect() as database:
        assert database.execute("select outcome, request_id from ops.lookups").fetchall() == [
            ("deadline", answer.headers["x-request-id"])
        ]
        assert database.execute("select last_used_at is not null from ops.api_keys").fetchall() == [(True,)]


def _is_open(port: int) -> bool:
    with socket.socket() as attempt:
        return attempt.connect_ex(("127.0.0.1", port)) == 0


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--host", "0.0.0.0"], "--behind-proxy"),
        (["--host", "::"], "--behind-proxy"),
        (["--tls-cert", "cert.pem"], "needed together"),
        (["--host", "0.0.0.0", "--tls-cert", "cert.pem", "--tls-key", "cert.pem"], "cannot be used"),
    ],
)
def test_it_refuses_what_would_be_unsafe(installation: Installation, options: list[str], message: str) -> None:
    (installation.folder / "cert.pem").write_text("no certificate")
    done = installation.run("serve", "api", *options)
    assert done.status == 2
    assert message in done.err


def test_without_the_optional_packages_it_says_how_to_install_them() -> None:
    done = python(WITHOUT)
    assert done.returncode == 1
    assert "pip install 'wiseparts-pipeline[api]'" in done.stderr


def test_other_commands_do_not_load_them() -> None:
    modules = ", ".join(f"wiseparts_pipeline.cli.commands.{name}" for name in ("dev", "api_key", "serve"))
    packages = ("fastapi", "prometheus_client", "uvicorn")
    assert python(LOADED.format(module=modules, packages=packages)).stdout.strip() == "[]"


def test_keys_are_made_listed_and_revoked(installation: Installation) -> None:
    made = installation.run(
        "api-key", "create", "app", "--scopes", "prices:read, orders:read", "--customers", "C1,C2", "--expires", "90d"
    )
    assert made.out.startswith("wp_")
    (key,) = json.loads(installation.run("api-key", "list", "--json").out)["keys"]
    assert (key["name"], key["scopes"], key["customers"]) == ("app", ["orders:read", "prices:read"], ["C1", "C2"])
    assert key["expires_at"] is not None
    assert made.out.strip() not in str(key)
    assert installation.run("api-key", "revoke", "app").status == 0
    assert installation.run("api-key", "revoke", "app").status == 1
    listed = installation.run("api-key", "list")
    assert "C1, C2" in listed.out


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--scopes", "everything"], "customers:read"),
        (["--scopes", ","], "one at least"),
        (["--scopes", "sync", "--customers", " "], "one at least"),
        (["--scopes", "sync", "--expires", "soon"], "90d"),
        (["--scopes", "sync,offers:read", "--customers", "C1"], "does not go with the scope 'offers:read'"),
    ],
)
def test_a_key_that_would_not_be_what_was_meant_is_not_made(
    installation: Installation, options: list[str], message: str
) -> None:
    done = installation.run("api-key", "create", "app", *options)
    assert done.status == 2
    assert message in " ".join(done.err.split())
