"""Databases with the tables that an Asterisk has written, and a user who may only read them."""

import csv
import os
import socket
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import psycopg
import pymysql

from tests.connections.asterisk.ports import free_port
from tests.waiting import eventually
from wiseparts_pipeline.config.connections.connection import ConnectionSettings

RECORDED = Path(__file__).parent / "recorded"
READER, PASSWORD = "reader", "p@ss: word/%41"
MARIADB = Path("/usr/sbin/mariadbd")


@dataclass(frozen=True)
class Database:
    """`url`: of its owner. `kind`: postgresql or mysql."""

    url: str
    kind: str

    @property
    def settings(self) -> ConnectionSettings:
        """The connection of the user who may only read."""
        return self.settings_with()

    def settings_with(self, **attributes: Any) -> ConnectionSettings:
        parts = urlsplit(self.url)
        url = f"{self.kind}://127.0.0.1:{parts.port}{parts.path}"
        known = {"name": "pbx", "system": "asterisk", "url": url, "username": READER, "password": PASSWORD}
        return ConnectionSettings.model_validate(known | attributes)

    @contextmanager
    def connected(self) -> Iterator[Any]:
        """A cursor of the owner."""
        parts = urlsplit(self.url)
        if self.kind == "postgresql":
            with psycopg.connect(self.url, autocommit=True) as connection:
                yield connection.cursor()
            return
        login: dict[str, Any] = {"host": "127.0.0.1", "port": parts.port, "user": "root", "autocommit": True}
        with closing(pymysql.connect(**login, database=parts.path[1:] or None)) as server:
            yield server.cursor()

    def run(self, statements: str) -> None:
        """Runs statements, each of which ends with a semicolon."""
        with self.connected() as cursor:
            for statement in filter(str.strip, statements.split(";")):
                cursor.execute(statement)

    def insert(self, table: str, rows: Iterable[Mapping[str, Any]]) -> None:
        """Inserts rows; what is not given is left to the table."""
        mark = '"' if self.kind == "postgresql" else "`"
        with self.connected() as cursor:
            for row in rows:
                names = ", ".join(f"{mark}{name}{mark}" for name in row)
                cursor.execute(
                    f"insert into {table} ({names}) values ({', '.join(['%s'] * len(row))})", tuple(row.values())
                )

    def create(self) -> None:
        """The tables as a site has them, without a row."""
        self.run((RECORDED / f"{self.kind}.sql").read_text())

    def fill(self) -> None:
        """What the Asterisk wrote."""
        for table in ("cdr", "queue_log"):
            self.insert(table, recorded(table))

    def allow(self, *tables: str) -> None:
        """Lets the reader read these tables."""
        to = READER if self.kind == "postgresql" else f"'{READER}'@'127.0.0.1'"
        self.run("".join(f"grant select on {table} to {to};" for table in tables))


def recorded(table: str) -> list[dict[str, str]]:
    """The rows of a table that an Asterisk wrote; where nothing is known, there is no value."""
    with (RECORDED / f"{table}.csv").open(newline="") as file:
        return [{name: value for name, value in row.items() if value} for row in csv.DictReader(file)]


@contextmanager
def new_database(server: Database) -> Iterator[Database]:
    """An empty database on a server."""
    name = f"asterisk_{uuid4().hex}"
    server.run(f"create database {name}")
    try:
        yield Database(urlsplit(server.url)._replace(path=f"/{name}").geturl(), server.kind)
    finally:
        server.run(f"drop database {name}" + (" with (force)" if server.kind == "postgresql" else ""))


def make_reader(server: Database) -> None:
    """The user who may read what is granted, and nothing else."""
    with server.connected() as cursor:
        if server.kind == "postgresql":
            cursor.execute(f"create role {READER} login password '{PASSWORD}'")
        else:
            cursor.execute(f"create user '{READER}'@'127.0.0.1' identified by %s", [PASSWORD])


def encrypt(server: Database, certificate: Path) -> None:
    """Lets a PostgreSQL use a certificate; its key is beside it."""
    with server.connected() as cursor:
        folder = Path(cursor.execute("show data_directory").fetchone()[0])
        for source, name in ((certificate, "server.crt"), (certificate.with_name("key.pem"), "server.key")):
            (folder / name).write_bytes(source.read_bytes())
            (folder / name).chmod(0o600)
            os.chown(folder / name, folder.stat().st_uid, folder.stat().st_gid)
        cursor.execute("alter system set ssl = on")
        cursor.execute("select pg_reload_conf()")


@contextmanager
def mariadb(parent: Path | None, certificate: Path) -> Iterator[str]:
    """The URL of a MariaDB of this machine, of root. `certificate`: its key is beside it."""
    with TemporaryDirectory(dir=parent, ignore_cleanup_errors=True) as name:
        home = Path(name)
        user = ["--user=root"] if os.geteuid() == 0 else []
        usual = ["--no-defaults", f"--datadir={home / 'data'}", *user]
        subprocess.run(
            ["mariadb-install-db", *usual, "--auth-root-authentication-method=normal", "--skip-test-db"],
            check=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        port = free_port(socket.SOCK_STREAM)
        with (home / "log").open("wb") as log:
            server = subprocess.Popen(
                [
                    *(
                        "setpriv",
                        "--pdeathsig=KILL",
                        str(MARIADB),
                        *usual,
                        f"--socket={home / 'socket'}",
                        f"--port={port}",
                    ),
                    *(f"--ssl-cert={certificate}", f"--ssl-key={certificate.with_name('key.pem')}"),
                    *("--bind-address=127.0.0.1", "--skip-name-resolve", "--innodb-flush-log-at-trx-commit=0"),
                ],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        try:
            eventually(lambda: _answers(port, server, home / "log"))
            yield f"mysql://root@127.0.0.1:{port}"
        finally:
            server.kill()
            server.wait()


def _answers(port: int, server: "subprocess.Popen[bytes]", log: Path) -> bool:
    assert server.poll() is None, log.read_text()
    try:
        pymysql.connect(host="127.0.0.1", port=port, user="root").close()
    except pymysql.OperationalError:
        return False
    return True
