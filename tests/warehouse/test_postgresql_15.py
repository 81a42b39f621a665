"""The oldest supported server: Debian's PostgreSQL 15, over TCP and with a password."""

import os
import pwd
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import quote

import pytest

from tests.conftest import QUICK_AND_SMALL
from tests.debian import need
from wiseparts_pipeline.errors import WarehouseError
from wiseparts_pipeline.home import PROJECT
from wiseparts_pipeline.warehouse import Warehouse

BINARIES = Path("/usr/lib/postgresql/15/bin")
# What depends on the server: the tables, the import of a whole sample, each mart with its unit tests, steps of sales.
TESTS = (
    "tests/warehouse/test_warehouse.py",
    "tests/sample/test_import.py",
    "tests/dbt/test_marts.py",
    "tests/dbt/test_incremental_sales.py::test_incremental_builds_give_the_same_rows_as_a_build_from_scratch[lines]",
)
PASSWORD = "a pass:word/with@signs"


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """The URL of a server of its own, in a temporary folder."""
    need(BINARIES / "postgres", "postgresql-15")
    user = pwd.getpwnam("postgres") if os.geteuid() == 0 else None
    with TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "password").write_text(PASSWORD)
        if user:
            os.chown(folder, user.pw_uid, user.pw_gid)

        def run(program: str, *arguments: str) -> None:
            subprocess.run(
                [BINARIES / program, f"--pgdata={folder / 'data'}", *arguments],
                check=True,
                stdout=subprocess.DEVNULL,
                user=user and user.pw_uid,
                group=user and user.pw_gid,
                extra_groups=[] if user else None,
                cwd=folder,
            )

        port = _free_port()
        run("initdb", "--username=owner", "--auth=scram-sha-256", f"--pwfile={folder / 'password'}", "--no-sync")
        quick = " ".join(f"-c {setting.replace(' ', '')}" for setting in QUICK_AND_SMALL)
        options = f"-h 127.0.0.1 -p {port} -k {folder} {quick}"
        run("pg_ctl", "start", "--wait", f"--log={folder / 'log'}", f"--options={options}")
        try:
            yield f"postgresql://owner:{quote(PASSWORD, safe='')}@127.0.0.1:{port}/postgres"
        finally:
            run("pg_ctl", "stop", "--wait", "--mode=immediate")


def test_warehouse_imports_and_marts_work_on_it(url: str, dbt_target: Path) -> None:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *TESTS]
    ours = ("PYTEST_", "COVERAGE_")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    done = subprocess.run(
        command,
        cwd=PROJECT,
        env=environment | {"WISEPARTS_TEST_DATABASE_URL": url, "WISEPARTS_TEST_DBT_TARGET": str(dbt_target)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout


def test_a_wrong_password_is_reported_without_showing_it(url: str) -> None:
    wrong = Warehouse(url.replace("owner:", "owner:not%20"))
    with pytest.raises(WarehouseError, match=r"password authentication failed") as error:
        wrong.prepare()
    assert "pass:word" not in str(error.value)
    assert "pass%3Aword" not in str(error.value)


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    return port
