"""What the tests share: markers, a database server, fresh databases on it, and an installation with the demo."""

import os
import shutil
import tempfile
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager, nullcontext
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import hypothesis
import psycopg
import pytest
from psycopg import sql
from xdist.scheduler import LoadScopeScheduling

from tests import forking, measuring, oldest_postgresql
from tests.installation import Finished, Installation
from wiseparts_pipeline.warehouse import Warehouse, embedded

# The same examples on every run, however busy the machine; HYPOTHESIS_PROFILE=search looks for others.
hypothesis.settings.register_profile(
    "steady", derandomize=True, deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.register_profile("search", deadline=None, max_examples=1000)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "steady"))

TESTS = Path(__file__).parent
SESSION = uuid4().hex
# A server that is gone with the tests needs no crash safety, and little room.
QUICK_AND_SMALL = (
    "fsync = off",
    "synchronous_commit = off",
    "full_page_writes = off",
    "min_wal_size = '80MB'",
    "max_wal_size = '1GB'",
)
MEMORY_BYTES = 4 * 2**30


# What makes a test slow is where it is or what it uses.
SLOW_PATHS = (
    "chaos",
    "cli",
    "configurations/test_packaging.py",
    "connections/asterisk/test_live.py",
    "connections/asterisk/test_recorded.py",
    "connections/odoo/test_odoo.py",
    "connections/odoo/test_recorded.py",
    "connections/rest/test_oscar.py",
    "connections/tryton/test_tryton.py",
    "connections/vendure/test_shop.py",
    "dbt",
    "docs/test_commands.py",
    "exporting/test_round_trip.py",
    "exporting/test_chaos.py",
    "exporting/test_killed.py",
    "forgetting/test_everywhere.py",
    "fuzzing",
    "importing/rules/test_order.py",
    "importing/rules/test_standing_rows.py",
    "notify/test_runs.py",
    "orchestration/test_definitions.py",
    "orchestration/test_end_to_end.py",
    "orchestration/test_guard.py",
    "packaging",
    "profiling/test_any_file.py",
    "profiling/test_proposals.py",
    "real",
    "sample",
    "stories",
    "transport/test_embedded.py",
    "warehouse/test_embedded.py",
    "warehouse/test_roles.py",
    "warehouse/test_tls.py",
    "test_backups.py",
    "upgrade",
)
# Those that take minutes, the longest first, so that none of them is left for one worker at the end.
LONGEST = ("orchestration/test_end_to_end.py", "packaging/test_wheel.py", "chaos/test_chaos.py")
# Those that try with much data what other tests try with little: counting the lines would take half of their time.
UNMEASURED = (
    "api/test_schema.py",
    "chaos",
    "exporting/test_chaos.py",
    "exporting/test_killed.py",
    "forgetting/test_everywhere.py",
    "fuzzing",
    "importing/hostile",
    "importing/rules/test_order.py",
    "profiling/test_any_file.py",
    "real",
    "sample",
)
SLOW_FIXTURES = {"demo", "demo_marts"}
# Also the parameters of fixtures that stand for them.
DEBIAN_SERVERS = ("openssh", "mod_sftp", "vsftpd", "proftpd", "pure_ftpd", "plain_ftp", "chromium")


# Files and folders whose tests share something that takes a minute to make; with xdist, one worker makes it and runs
# them all.
TOGETHER = {
    "the demo": (
        "cli/test_demo.py",
        "docs/test_commands.py",
        "docs/test_marts_page.py",
        "dashboards",
        "packaging/test_wheel.py",
    ),
    "marts of tests/dbt/rows.py": (
        "dbt/test_analyst.py",
        "dbt/test_as_of.py",
        "dbt/test_dimensions.py",
        "dbt/test_documentation.py",
        "dbt/test_layers.py",
        "dbt/test_manifest.py",
        "dbt/test_marts.py",
        "dbt/test_semantic_layer.py",
    ),
}


class ByFile(LoadScopeScheduling):  # type: ignore[misc]  # xdist's base has no types
    """Gives a worker whole files, or all that share something, as what a file's tests share takes long to make."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return next((what for what, paths in TOGETHER.items() if is_one_of(file.removeprefix("tests/"), paths)), file)


def is_one_of(file: str, paths: Iterable[str]) -> bool:
    """Whether a file is among files and folders, all of them relative to the tests."""
    return any(file == path or file.startswith(f"{path}/") for path in paths)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByFile:
    """What takes long is started first, see pytest_collection_modifyitems, and not what has the most tests."""
    config.option.loadscopereorder = False
    return ByFile(config, log)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark the tests that `make test-fast` leaves out; with xdist, put the slow ones first."""
    is_slow = cache(lambda path: is_one_of(str(path).removeprefix(f"{TESTS}/"), SLOW_PATHS))
    for item in items:
        fixtures = set(getattr(item, "fixturenames", ()))
        if fixtures & SLOW_FIXTURES or is_slow(item.path):
            item.add_marker("slow")
        if any(server in name for server in DEBIAN_SERVERS for name in (item.name, *fixtures)):
            item.add_marker("debian")
    if hasattr(config, "workerinput"):
        items.sort(key=_place)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Leave out of the coverage what is to be."""
    left_out = is_one_of(str(item.path).removeprefix(f"{TESTS}/"), UNMEASURED)
    with measuring.leaving_out() if left_out else nullcontext():
        return (yield)


def pytest_collection_finish(session: pytest.Session) -> None:
    """Slow tests run dbt; the others would wait in vain until its project is parsed."""
    measuring.leave_unused_files_to_the_report()
    if any(item.get_closest_marker("slow") for item in session.items):
        forking.with_parsed_project()


def _place(item: pytest.Item) -> tuple[int, bool]:
    longest = next((place for place, path in enumerate(LONGEST) if item.path == TESTS / path), len(LONGEST))
    return longest, item.get_closest_marker("slow") is None


@contextmanager
def enterable_folder(parent: Path | None = None) -> Iterator[Path]:
    """A temporary folder that the user can enter as whom root starts PostgreSQL; those of Python are private."""
    with tempfile.TemporaryDirectory(dir=parent, ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o711)
        yield Path(folder)


@pytest.fixture(scope="session", autouse=True)
def postgres_folder() -> Iterator[None]:
    """Where the databases of installations are if root runs the tests."""
    with enterable_folder(memory()) as folder, pytest.MonkeyPatch.context() as patch:
        patch.setenv(embedded.ELSEWHERE, str(folder))
        yield


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """The server of WISEPARTS_TEST_DATABASE_URL, or an embedded one; its user may create databases."""
    if url := os.environ.get("WISEPARTS_TEST_DATABASE_URL"):
        yield url
    else:
        with enterable_folder(memory()) as folder, embedded.running(folder / "postgres") as url:
            with psycopg.connect(url, autocommit=True) as connection:
                for setting in QUICK_AND_SMALL:
                    connection.execute(f"alter system set {setting}".encode())
                connection.execute("select pg_reload_conf()")
            yield url


@pytest.fixture(scope="session")
def oldest_postgres_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """A server of the oldest version supported where Debian's package is installed, otherwise that of the others.

    See tests/oldest_postgresql.py for which tests use it.
    """
    if not oldest_postgresql.is_installed() or "WISEPARTS_TEST_DATABASE_URL" in os.environ:
        yield request.getfixturevalue("postgres_url")
    else:
        with oldest_postgresql.running(memory(), QUICK_AND_SMALL) as url:
            yield url


def memory() -> Path | None:
    """A file system in memory, for data that need not outlive the tests, where there is one with room for them."""
    memory = Path("/dev/shm")
    return memory if memory.is_dir() and shutil.disk_usage(memory).free > MEMORY_BYTES else None


@pytest.fixture(scope="session")
def prepared_url(postgres_url: str) -> Iterator[str]:
    """A prepared database that the others are copied from; no one may be connected to it."""
    with prepared_database(postgres_url) as url:
        yield url


@pytest.fixture
def empty_url(postgres_url: str) -> Iterator[str]:
    """A new database with nothing in it."""
    with database(postgres_url, template="template1") as url:
        yield url


@pytest.fixture
def warehouse(postgres_url: str, prepared_url: str) -> Iterator[Warehouse]:
    """A prepared warehouse in a database of its own, always of the same name: dbt parses again for another one."""
    with database(postgres_url, urlsplit(prepared_url).path.removeprefix("/"), f"test_{SESSION}") as url:
        yield Warehouse(url)


@pytest.fixture(scope="module")
def shared_warehouse(postgres_url: str, prepared_url: str) -> Iterator[Warehouse]:
    """A prepared warehouse in a database that the tests of a module share."""
    with database(postgres_url, template=urlsplit(prepared_url).path.removeprefix("/")) as url:
        yield Warehouse(url)


@contextmanager
def prepared_database(server_url: str) -> Iterator[str]:
    """The URL of a new database with all tables, dropped at the end."""
    with database(server_url, template="template1") as url:
        Warehouse(url).prepare()
        yield url


@contextmanager
def database(server_url: str, template: str, name: str | None = None) -> Iterator[str]:
    """The URL of a new database, dropped at the end."""
    name = name or f"test_{uuid4().hex}"
    names = {"name": sql.Identifier(name), "template": sql.Identifier(template)}
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(sql.SQL("create database {name} template {template} strategy file_copy").format(**names))
    try:
        yield urlsplit(server_url)._replace(path=f"/{name}").geturl()
    finally:
        with psycopg.connect(server_url, autocommit=True) as connection:
            connection.execute(sql.SQL("drop database {name} with (force)").format(**names))


@pytest.fixture(scope="session", autouse=True)
def dbt_target(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A state folder for the parsed dbt project, which takes long: for all workers and for a pytest within a test."""
    session = tmp_path_factory.getbasetemp()
    ours = (session.parent if "PYTEST_XDIST_WORKER" in os.environ else session) / "dbt"
    folder = Path(os.environ.setdefault("WISEPARTS_TEST_DBT_TARGET", str(ours)))
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def demo(dbt_target: Path) -> Iterator[tuple[Installation, Finished]]:
    """An installation of the packaged configuration in which the demo has run once, and its output."""
    # Not below pytest's folder, which another pytest closes for the embedded database's user.
    with tempfile.TemporaryDirectory() as folder:
        installation = Installation(Path(folder), {"WISEPARTS_DEFS": ""})
        installation.share_parsed(dbt_target)
        yield installation, installation.run("demo")
