"""The embedded server: who starts it, who stops it, and what is left after a process was killed."""

import fcntl
import multiprocessing
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection
from multiprocessing.context import ForkProcess
from pathlib import Path

import psutil
import psycopg
import pytest

from tests.conftest import enterable_folder
from tests.waiting import eventually
from wiseparts_pipeline.errors import WarehouseError
from wiseparts_pipeline.warehouse import embedded

processes = multiprocessing.get_context("fork")


@pytest.fixture
def folder() -> Iterator[Path]:
    with enterable_folder() as path:
        yield path / "postgres"


def test_data_survive_a_restart_of_the_server(folder: Path) -> None:
    with embedded.running(folder) as url, psycopg.connect(url) as connection:
        connection.execute("create table kept as select 1 as one")
    assert not _postmasters(folder)
    with embedded.running(folder) as url:
        assert _one(url, "select one from kept") == 1


def test_the_server_is_postgresql_18_with_full_durability(folder: Path) -> None:
    with embedded.running(folder) as url:
        assert int(str(_one(url, "show server_version_num"))) // 10_000 == 18
        for setting in ("fsync", "full_page_writes", "synchronous_commit", "data_checksums"):
            assert _one(url, f"select current_setting('{setting}')") == "on"


def test_no_other_user_of_the_machine_can_reach_the_server(folder: Path) -> None:
    with embedded.running(folder) as url:
        assert _one(url, "show listen_addresses") == ""
        assert folder.stat().st_mode & 0o077 == 0


def test_the_server_runs_until_its_last_user_ends(folder: Path) -> None:
    with _user(folder) as (other, url):
        with embedded.running(folder) as mine:
            assert mine == url
        assert _one(url, "select 1") == 1
        other.send("end")
        eventually(lambda: not _postmasters(folder))


def test_one_process_may_open_it_twice(folder: Path) -> None:
    with embedded.running(folder) as url:
        with embedded.running(folder):
            pass
        assert _one(url, "select 1") == 1


def test_processes_that_start_it_concurrently_share_one_server(folder: Path) -> None:
    with _user(folder) as (_, first), _user(folder) as (_, second), _user(folder) as (_, third):
        assert first == second == third
        assert len(_postmasters(folder)) == 1


def test_it_is_stopped_when_its_last_user_was_killed(folder: Path) -> None:
    with _user(folder) as (other, url):
        assert _one(url, "select 1") == 1
        os.kill(other.pid, signal.SIGKILL)
        eventually(lambda: not _postmasters(folder) and _is_free(folder / "keeper.lock"))


def test_a_killed_user_does_not_keep_it_running_for_ever(folder: Path) -> None:
    with embedded.running(folder), _user(folder) as (other, _):
        os.kill(other.pid, signal.SIGKILL)
        eventually(lambda: not psutil.pid_exists(other.pid) or psutil.Process(other.pid).status() == "zombie")
    assert not _postmasters(folder)


def test_a_killed_server_comes_back_with_what_was_committed(folder: Path) -> None:
    with embedded.running(folder) as url:
        with psycopg.connect(url) as connection:
            connection.execute("create table kept as select 1 as one")
        _kill(_postmasters(folder)[0])
        with embedded.running(folder):
            assert _one(url, "select one from kept") == 1


def test_a_server_comes_back_that_was_killed_after_an_unlogged_table_was_rolled_back(folder: Path) -> None:
    """PostgreSQL itself does not, at first: imports make such tables."""
    with embedded.running(folder) as url:
        with psycopg.connect(url) as connection:
            connection.execute("create unlogged table staged (number int)")
            # Another commit writes down that there is the table, and nothing that there is none.
            with psycopg.connect(url) as other:
                other.execute("create table committed as select 1 as number")
            connection.rollback()
        [server] = _postmasters(folder)
        server.send_signal(signal.SIGQUIT)
        server.wait()
        with embedded.running(folder) as url:
            assert _one(url, "select number from committed") == 1


def test_a_pid_file_with_the_pid_of_another_process_is_ignored(folder: Path) -> None:
    with embedded.running(folder):
        pid_file = (folder / "data" / "postmaster.pid").read_text()
    stale = "\n".join([str(os.getpid()), *pid_file.splitlines()[1:]]) + "\n"
    (folder / "data" / "postmaster.pid").write_text(stale)
    with embedded.running(folder) as url:
        assert _one(url, "select 1") == 1


def test_an_interrupted_creation_is_repeated(folder: Path) -> None:
    (folder / "data.new").mkdir(parents=True)
    (folder / "data.new" / "PG_VERSION").write_text("18\n")
    with embedded.running(folder) as url:
        assert _one(url, "select 1") == 1


def test_a_keeper_that_was_killed_is_replaced(folder: Path) -> None:
    with embedded.running(folder):
        os.kill(int((folder / "keeper.lock").read_text()), signal.SIGKILL)
        eventually(lambda: _is_free(folder / "keeper.lock"))
        with embedded.running(folder):
            assert not _is_free(folder / "keeper.lock")


def test_nothing_is_left_running(folder: Path) -> None:
    with embedded.running(folder):
        assert not _is_free(folder / "keeper.lock")
    assert _is_free(folder / "keeper.lock")
    assert not _postmasters(folder)


@pytest.mark.parametrize("name", ["with space and 'quote'", "a" * 120], ids=["quoted", "long"])
def test_any_folder_will_do(folder: Path, name: str) -> None:
    with embedded.running(folder.parent / name / "postgres") as url:
        assert _one(url, "select 1") == 1


def test_a_link_to_the_folder_is_the_folder(folder: Path) -> None:
    link = folder.parent / "link"
    link.symlink_to(folder)
    with embedded.running(folder) as url, embedded.running(link) as same:
        assert url == same


def test_a_socket_folder_of_another_user_is_not_used(folder: Path) -> None:
    long = folder.parent / ("a" * 120)
    with embedded.running(long) as url:
        sockets = Path(str(psycopg.conninfo.conninfo_to_dict(url)["host"]))
    sockets.symlink_to(folder.parent)
    try:
        with pytest.raises(WarehouseError, match="does not belong to the embedded database"), embedded.running(long):
            pass
    finally:
        sockets.unlink()


def test_data_of_another_postgresql_version_are_refused(folder: Path) -> None:
    (folder / "data").mkdir(parents=True)
    (folder / "data" / "PG_VERSION").write_text("16\n")
    with pytest.raises(WarehouseError, match="is of PostgreSQL 16; this program needs 18"), embedded.running(folder):
        pass


def test_the_error_says_why_a_server_does_not_start(folder: Path) -> None:
    (folder / "data").mkdir(parents=True)
    (folder / "data" / "PG_VERSION").write_text("18\n")
    with pytest.raises(WarehouseError, match=r"pg_ctl failed: .*postgresql\.conf"), embedded.running(folder):
        pass


as_root = pytest.mark.skipif(os.geteuid() != 0, reason="PostgreSQL runs as the user who starts it, unless that is root")


@pytest.fixture
def private() -> Iterator[Path]:
    """A folder below one that nobody but its owner can enter."""
    with enterable_folder() as folder:
        (folder / "closed").mkdir(mode=0o700)
        yield folder / "closed" / "postgres"


@as_root
def test_no_folder_is_opened_for_the_user_of_the_server(private: Path, caplog: pytest.LogCaptureFixture) -> None:
    before = {folder: folder.stat().st_mode for folder in private.parents}
    with embedded.running(private) as url, psycopg.connect(url) as connection:
        connection.execute("create table kept as select 1 as one")
    with embedded.running(private) as url:
        assert _one(url, "select one from kept") == 1
    assert {folder: folder.stat().st_mode for folder in private.parents} == before
    assert private.stat().st_mode & 0o777 == 0o700
    assert f"who cannot enter {private.parent}: its data are in" in caplog.text


@as_root
def test_the_server_elsewhere_is_closed_for_others(private: Path) -> None:
    with embedded.running(private):
        place = Path((private / "place").read_text().splitlines()[0])
        assert place.stat().st_mode & 0o777 == 0o700
        assert place.owner() == embedded.SYSTEM_USER


@as_root
def test_a_copy_of_the_folder_has_a_database_of_its_own(private: Path) -> None:
    with embedded.running(private) as url, psycopg.connect(url) as connection:
        connection.execute("create table kept as select 1 as one")
    copied = private.with_name("copy")
    subprocess.run(["cp", "--archive", private, copied], check=True)
    with embedded.running(copied) as url:
        with psycopg.connect(url) as connection:
            connection.execute("update kept set one = 2")
        with embedded.running(private) as original:
            assert (_one(original, "select one from kept"), _one(url, "select one from kept")) == (1, 2)
    moved = copied.rename(private.with_name("moved"))
    with embedded.running(moved) as url:
        assert _one(url, "select one from kept") == 2


@as_root
def test_a_folder_is_not_copied_while_its_database_is_in_use(private: Path) -> None:
    with embedded.running(private):
        copied = private.with_name("copy")
        subprocess.run(["cp", "--archive", private, copied], check=True)
        with pytest.raises(WarehouseError, match=r"is a copy, and .* is in use"), embedded.running(copied):
            pass


@as_root
def test_where_it_can_be_nowhere_the_error_says_what_to_do(private: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(embedded.ELSEWHERE, str(private.parent / "elsewhere"))
    with (
        pytest.raises(WarehouseError, match="do not run as root, or set WISEPARTS_POSTGRES_FOLDER"),
        embedded.running(private),
    ):
        pass
    assert private.parent.stat().st_mode & 0o777 == 0o700


@as_root
def test_programs_that_the_servers_user_cannot_reach_are_copied(private: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    binaries = embedded.binaries()
    packages = binaries.parents[2]
    for part in (binaries.parent, *packages.glob(f"{binaries.parents[1].name}.libs")):
        shutil.copytree(part, private.parent / part.relative_to(packages), symlinks=True)
    monkeypatch.setattr(embedded, "binaries", lambda: private.parent / binaries.relative_to(packages))
    with embedded.running(private) as url:
        assert _one(url, "select 1") == 1


@as_root
def test_data_of_an_earlier_version_in_a_private_folder_are_moved(folder: Path) -> None:
    with embedded.running(folder) as url, psycopg.connect(url) as connection:
        connection.execute("create table kept as select 1 as one")
    folder.parent.chmod(0o700)
    with embedded.running(folder) as url:
        assert _one(url, "select one from kept") == 1
    assert not (folder / "data").exists()


@contextmanager
def _user(folder: Path) -> Iterator[tuple["_User", str]]:
    """Another process, which uses the server until it is told to end, and the server's URL."""
    mine, theirs = processes.Pipe()
    process = processes.Process(target=_use, args=(folder, theirs), daemon=True)
    process.start()
    theirs.close()
    try:
        yield _User(process, mine), mine.recv()
    finally:
        with suppress(BrokenPipeError):
            mine.send("end")
        process.join(30)


class _User:
    def __init__(self, process: ForkProcess, pipe: "Connection[object, object]") -> None:
        assert process.pid
        self.pid = process.pid
        self.send = pipe.send


def _use(folder: Path, pipe: "Connection[object, object]") -> None:
    with embedded.running(folder) as url:
        pipe.send(url)
        pipe.poll(None)


def _one(url: str, query: str) -> object:
    with psycopg.connect(url) as connection:
        row = connection.execute(query.encode()).fetchone()
    assert row
    return row[0]


def _kill(process: psutil.Process) -> None:
    """Kill a process and wait until it has ended, which is a moment after the signal."""
    process.kill()
    process.wait(30)


def _postmasters(folder: Path) -> list[psutil.Process]:
    """The servers running on the folder's data, without their child processes."""
    found = [process for process in psutil.process_iter(["ppid"]) if embedded._works_in(process, folder / "data")]
    return [process for process in found if process.info["ppid"] not in {other.pid for other in found}]


def _is_free(lock: Path) -> bool:
    descriptor = os.open(lock, os.O_RDWR | os.O_CREAT)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    finally:
        os.close(descriptor)
    return True
