"""No password is ever shown: not in output, logs, errors, mails, the list of processes or the database."""

import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes
from pathlib import Path
from typing import Any
from urllib.parse import quote

import asyncssh
import psutil
import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from tests import debian, oldest_postgresql
from tests.conftest import database
from tests.installation import Installation
from tests.transport import ftp_servers
from tests.transport.ftp_servers import make_certificates
from tests.transport.windows_ftp import WindowsFtp
from wiseparts_pipeline.warehouse import Warehouse
from wiseparts_pipeline.warehouse.embedded import binaries

SECRETS = {
    "database": oldest_postgresql.PASSWORD,
    "password of the SFTP server": "sftp/s3cret:word",
    "passphrase of a key": "key s3cret@phrase",
    "password of the FTP server": "ftp%s3cret/word",
    "password of the FTPS server": "ftps s3cret@word",
    "password of the mail server": "smtp#s3cret/word",
    "key of an API": "api-s3cret-k3y",
}


@pytest.fixture
def closed_ftp_server(tmp_path: Path) -> Iterator[WindowsFtp]:
    """It refuses every login, with the password in its answer."""
    server = WindowsFtp(tmp_path / "ftp")
    yield server
    server.close()


@pytest.fixture
def planted(
    tmp_path: Path,
    oldest_postgres_url: str,
    closed_server: dict[str, Any],
    closed_ftp_server: WindowsFtp,
    dbt_target: Path,
) -> Iterator[Installation]:
    """An installation with a secret of each kind, and a server that refuses them."""
    debian.need(oldest_postgresql.BINARIES / "pg_dump", oldest_postgresql.PACKAGE)
    key = tmp_path / "key"
    asyncssh.generate_private_key("ssh-ed25519").write_private_key(key, passphrase=SECRETS["passphrase of a key"])
    smtp = quote(SECRETS["password of the mail server"], safe="")
    with database(oldest_postgres_url, template="template1") as url:
        installation = Installation(
            tmp_path,
            {
                "WISEPARTS_DATABASE_URL": url,
                "WISEPARTS_SMTP_URL": f"smtp://mailer:{smtp}@127.0.0.1:1",
                "WISEPARTS_MAIL_FROM": "parts@example.com",
                "LOCKED_PASSWORD": SECRETS["password of the SFTP server"],
                "LOCKED_PASSPHRASE": SECRETS["passphrase of a key"],
                "LOCKED_FTP": SECRETS["password of the FTP server"],
                "LOCKED_FTPS": SECRETS["password of the FTPS server"],
                "ERP_API_KEY": SECRETS["key of an API"],
            },
        )
        installation.share_parsed(dbt_target)
        server = {name: closed_server[name] for name in ("protocol", "host", "port", "username", "host_key")}
        installation.source("by_password", **server, password="{{ env.LOCKED_PASSWORD }}")
        passphrase = "{{ env.LOCKED_PASSPHRASE }}"
        installation.source("by_key", **server, private_key=str(key), private_key_passphrase=passphrase)
        ftp = {"host": "127.0.0.1", "port": closed_ftp_server.port, "username": "erp"}
        installation.source("by_ftp", protocol="ftp", allow_plaintext=True, **ftp, password="{{ env.LOCKED_FTP }}")
        # The server has no TLS.
        installation.source("by_ftps", protocol="ftps", **ftp, password="{{ env.LOCKED_FTPS }}")
        installation.source("drop", protocol="local", root=str(installation.drop), settle_seconds=0)
        installation.importer("customers", notify={"to": ["erp@example.com"], "when": "always"})
        installation.importer("products", source="by_password", stale_after="3d")
        installation.importer("sales", source="by_key")
        installation.importer("orders", source="by_ftp")
        installation.importer("quotes", source="by_ftps")
        installation.alerts(to="ops@example.com")
        installation.put("Customers/a.csv", "customer_id,name", "C1,Ada", "C1,Bob", ",")
        yield installation


def test_no_secret_leaves_the_environment(planted: Installation, tmp_path: Path) -> None:
    seen: dict[str, str] = {}
    with _watched_processes() as command_lines:
        for command in (
            ["import"],
            ["check"],
            ["check", "--json"],
            ["log", "--json"],
            ["errors", "1"],
            ["build", "--select", "stg_customers", "no_such_model+"],
            ["sql", "select current_setting('is_superuser'), * from ops.import_files", "--json"],
            ["roles", "--json"],
            ["freshness"],
            ["doctor", "--json"],
            ["alert"],
        ):
            done = planted.run(*command)
            seen[" ".join(command)] = done.out + done.err
        unreachable = planted.variables["WISEPARTS_DATABASE_URL"].replace("@127.0.0.1:", "@127.0.0.1:1")
        done = planted.run("log", WISEPARTS_DATABASE_URL=unreachable)
        seen["an error of the database"] = done.out + done.err
        done = planted.run("alert", WISEPARTS_DATABASE_URL=unreachable)
        seen["an alert about the database"] = done.out + done.err
    seen["the list of processes"] = "\n".join(command_lines)
    seen["the database"] = _dumped(planted.variables["WISEPARTS_DATABASE_URL"])
    seen["mails"] = _queued_mails(planted.variables["WISEPARTS_DATABASE_URL"])
    for path in (tmp_path / "home").rglob("*"):
        # Without what all tests share.
        if path.is_file() and "dbt" not in path.parts[len(tmp_path.parts) :][:2]:
            seen[str(path)] = path.read_text(encoding="latin-1")
    seen["dbt's log"] = (tmp_path / "home" / "dbt" / "logs" / "dbt.log").read_text(encoding="utf-8")

    assert "C1" in seen["the database"]
    assert "login refused" in seen["import"]
    assert "login refused for 'erp' (530 User cannot log in with ***.)" in seen["import"]
    assert "refuses TLS" in seen["import"]
    assert "the feed has stopped" in seen["mails"]
    assert "Cannot connect to the database" in seen[str(tmp_path / "home" / "alerts" / "database.json")]
    # The password of the database's user is in no URL that is shown: those are of the roles.
    assert _leaked(SECRETS, seen) == []


def test_no_password_of_an_ftps_server_is_shown(tmp_path: Path, warehouse: Warehouse, dbt_target: Path) -> None:
    """One that it takes, and one that it refuses."""
    secrets = {"taken": ftp_servers.PASSWORD, "refused": SECRETS["password of the FTPS server"]}
    environment = {"WISEPARTS_DATABASE_URL": warehouse.url} | {name.upper(): each for name, each in secrets.items()}
    installation = Installation(tmp_path, environment)
    installation.share_parsed(dbt_target)
    certificates = make_certificates(tmp_path)
    with ftp_servers.proftpd(certificates) as server:
        site = server.site()
        for (name, _), entity in zip(secrets.items(), ("customers", "sales"), strict=True):
            installation.source(
                name,
                protocol="ftps",
                host="127.0.0.1",
                port=site.settings.port,
                root=site.settings.root,
                username="erp",
                password=f"{{{{ env.{name.upper()} }}}}",
                ca_file=str(certificates.authority),
                settle_seconds=0,
            )
            installation.importer(entity, source=name)
        site.put("Customers/a.csv", b"customer_id,name\nC1,Ada\n")
        outcomes = {command: installation.run(*command.split()) for command in ("import", "check", "check --json")}
    assert "C1" in installation.run("trace", "customers", "C1").out
    assert "login refused for 'erp'" in outcomes["import"].err
    seen = {command: done.out + done.err for command, done in outcomes.items()}
    seen["the ledger"] = installation.run("log", "--json").out
    for path in (tmp_path / "home").rglob("*"):
        if path.is_file():
            seen[str(path)] = path.read_text(encoding="latin-1")
    assert _leaked(secrets, seen) == []


def _leaked(secrets: dict[str, str], seen: dict[str, str]) -> list[tuple[str, str]]:
    """Which secret is in which text, as it is or as in a URL."""
    return [
        (kind, place)
        for kind, secret in secrets.items()
        for place, text in seen.items()
        if secret in text or quote(secret, safe="") in text
    ]


@contextmanager
def _watched_processes() -> Iterator[set[str]]:
    """The command lines of all processes that run meanwhile, as any user of the machine sees them."""
    found: set[str] = set()
    ended = threading.Event()

    def watch() -> None:
        while not ended.wait(0.02):
            for process in psutil.process_iter(["cmdline"]):
                found.add(" ".join(process.info["cmdline"] or []))

    watching = threading.Thread(target=watch)
    watching.start()
    try:
        yield found
    finally:
        ended.set()
        watching.join()


def _queued_mails(url: str) -> str:
    with psycopg.connect(url) as connection:
        queued = connection.execute("select message from ops.outbox where message is not null").fetchall()
    parts = [part for (message,) in queued for part in message_from_bytes(message).walk()]
    return "\n".join(text.decode() for part in parts if isinstance(text := part.get_payload(decode=True), bytes))


def _dumped(url: str) -> str:
    """The whole database as SQL."""
    given = conninfo_to_dict(url)
    environment = {"PGPASSWORD": str(given["password"])}
    options = [f"--host={given['host']}", f"--port={given['port']}", f"--username={given['user']}"]
    program = binaries() / "pg_dump"
    done = subprocess.run(
        [program, *options, str(given["dbname"])], env=environment, capture_output=True, text=True, check=True
    )
    return done.stdout
