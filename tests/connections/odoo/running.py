"""An Odoo 14 of Debian 11, in a root folder of its own, with a PostgreSQL for it: both end with whoever started them.

`install.py` makes the root folder and a database with a small distributor.
"""

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp
from typing import Any
from urllib.parse import unquote, urlsplit
from urllib.request import urlopen

from tests import oldest_postgresql
from tests.conftest import QUICK_AND_SMALL, memory
from tests.connections.asterisk.ports import free_port
from tests.connections.odoo.fill import DATABASE, PASSWORD
from tests.waiting import eventually
from wiseparts_pipeline.config.connections.connection import ConnectionSettings

SYSTEMS = Path(os.environ.get("WISEPARTS_TEST_SYSTEMS") or Path.home() / ".cache" / "wiseparts-tests")
ROOT = SYSTEMS / "odoo-root"
_BINARIES = oldest_postgresql.BINARIES
_START = """
mount --rbind /dev "$1/dev" && mount -t proc proc "$1/proc" && exec chroot "$@"
"""


class Unpaced:
    """As fast as can be."""

    def wait(self) -> None: ...

    def check(self) -> None: ...

    def block(self, block: object) -> None: ...


@dataclass(frozen=True)
class Server:
    """A running PostgreSQL, and how Odoo is started with it. `folder`: for Odoo's own files, within its root folder."""

    database_url: str
    folder: Path

    def command(self, *arguments: str) -> Sequence[str | Path]:
        """What starts Odoo on its database, so that it ends with this process."""
        parts = urlsplit(self.database_url)
        options = {
            "db_host": parts.hostname,
            "db_port": parts.port,
            "db_user": parts.username,
            "db_password": unquote(parts.password or ""),
            "data_dir": f"/{self.folder.relative_to(ROOT)}",
            "list_db": False,
        }
        settings = self.folder / "odoo.conf"
        settings.write_text("[options]\n" + "".join(f"{name} = {value}\n" for name, value in options.items()))
        return [
            *("setpriv", "--pdeathsig=KILL", "unshare", "--mount", "--pid", "--fork", "--kill-child"),
            *("sh", "-c", _START, "sh", ROOT, "odoo", "-c", f"/{settings.relative_to(ROOT)}", "-d", DATABASE),
            *("--max-cron-threads=0", "--log-level=warn", *arguments),
        ]

    def run(self, *arguments: str) -> None:
        """Runs Odoo until it has done what it is to do."""
        subprocess.run(self.command(*arguments), stdin=subprocess.DEVNULL, check=True)

    @contextmanager
    def serving(self) -> Iterator[str]:
        """The address at which Odoo answers."""
        port = free_port(socket.SOCK_STREAM)
        address = ("--http-interface=127.0.0.1", f"--http-port={port}")
        log = self.folder / "log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                self.command(*address), stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT
            )
        try:
            eventually(lambda: _answers(port, process, log), seconds=120)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.kill()
            process.wait()


@contextmanager
def server() -> Iterator[Server]:
    """A PostgreSQL without Odoo's database."""
    folder = Path(mkdtemp(prefix="odoo-", dir=ROOT / "srv"))
    try:
        with oldest_postgresql.running(memory(), QUICK_AND_SMALL) as url:
            yield Server(urlsplit(url)._replace(path=f"/{DATABASE}").geturl(), folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def odoo(dump: Path) -> Iterator[tuple[str, str]]:
    """The addresses of an Odoo with what is in the dump, and of its database."""
    with server() as it:
        everywhere = urlsplit(it.database_url)._replace(path="/postgres").geturl()
        subprocess.run([_BINARIES / "createdb", f"--maintenance-db={everywhere}", DATABASE], check=True)
        subprocess.run([_BINARIES / "pg_restore", f"--dbname={it.database_url}", dump], check=True)
        with it.serving() as url:
            yield url, it.database_url


def settings(url: str, **attributes: Any) -> ConnectionSettings:
    """The connection to it, of its administrator unless specified."""
    usual = {"name": "erp", "system": "odoo", "url": url, "database": DATABASE, "allow_plaintext": True}
    login = {"username": "admin", "password": PASSWORD, "timeout_seconds": 60}
    return ConnectionSettings.model_validate(usual | login | attributes)


def _answers(port: int, process: "subprocess.Popen[bytes]", log: Path) -> bool:
    assert process.poll() is None, log.read_text()
    try:
        with urlopen(f"http://127.0.0.1:{port}/web/database/selector", timeout=60):
            return True
    except OSError as error:
        return getattr(error, "code", 0) in (403, 404)
