"""The ways in which an import is disturbed. Each takes place once, at a moment that is drawn."""

import os
import random
import resource
import signal
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

import psycopg

from tests.chaos.place import Counted, Hook, Place
from tests.chaos.proxy import Trouble, proxied
from wiseparts_pipeline.transport.sftp import SftpTransport

_OPERATIONS = ("list", "fetch", "move", "upload", "exists", "stat")


@dataclass(frozen=True)
class Size:
    """How much an undisturbed import does: statements of the database, operations on the source, seconds."""

    statements: int
    operations: int
    seconds: float


Fault = Callable[[Place, Size, random.Random], bool]


def count_steps(_place: Place, counted: Counted) -> None:
    """A hook: counts the statements and operations of the process."""
    _at_statement(0, counted, lambda: None)
    _at_operation(0, counted, lambda *_: None)


def kill_at_statement(place: Place, size: Size, drawn: random.Random) -> bool:
    """The process is killed before it sends something to the database, or before it hears of the answer."""
    number, after = drawn.randint(1, size.statements), drawn.random() < 0.5
    return _import(place, lambda _, counted: _at_statement(number, counted, _die, after=after))


def kill_at_operation(place: Place, size: Size, drawn: random.Random) -> bool:
    """The process is killed before or after something that it does on the source."""
    number, after = drawn.randint(1, size.operations), drawn.random() < 0.5
    return _import(place, lambda _, counted: _at_operation(number, counted, lambda *_: _die(), after=after))


def kill_at_random(place: Place, size: Size, drawn: random.Random) -> bool:
    """The process is killed after a while."""
    seconds = drawn.uniform(0.01, size.seconds)

    def hook(_place: Place, counted: Counted) -> None:
        counted.injected.value = 1
        signal.setitimer(signal.ITIMER_REAL, seconds)

    return _import(place, hook)


def kill_database(place: Place, size: Size, drawn: random.Random) -> bool:
    """The database's server stops at once, without a checkpoint, and is started again."""
    number = drawn.randint(1, size.statements)

    def stop() -> None:
        os.kill(place.servers.postmaster, signal.SIGQUIT)

    injected = _import(place, lambda _, counted: _at_statement(number, counted, stop))
    place.servers.start_database()
    return injected


def end_session(place: Place, size: Size, drawn: random.Random) -> bool:
    """The database ends the session of the import, as an administrator does."""
    number = drawn.randint(1, size.statements)

    def end() -> None:
        with place.warehouse.connect(autocommit=True) as connection:
            connection.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity"
                " where datname = current_database() and pid <> pg_backend_pid()"
            )

    return _import(place, lambda _, counted: _at_statement(number, counted, end))


def change_while_fetched(place: Place, size: Size, drawn: random.Random) -> bool:
    """A sender goes on writing a file that is already being imported, and then sends it as it was."""
    files = [path for path in place.root.glob("*/*.csv") if path.is_file()]
    if not files:
        return False
    chosen = drawn.choice(files)
    content = chosen.read_bytes()

    def hook(_place: Place, counted: Counted) -> None:
        def append(_transport: SftpTransport, path: str, *_: Any) -> None:
            if path.endswith(f"{chosen.parent.name}/{chosen.name}"):
                chosen.write_bytes(content + b"more")
                counted.injected.value = 1

        _before("fetch", append)

    injected = _import(place, hook)
    if injected:
        chosen.write_bytes(content)
    return injected


def full_disk(place: Place, _size: Size, drawn: random.Random) -> bool:
    """No file on this machine can have more than some bytes."""
    limit = drawn.randint(0, 400)

    def hook(_place: Place, counted: Counted) -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
        counted.injected.value = 1

    return _import(place, hook)


def unwritable_folder(place: Place, _size: Size, drawn: random.Random) -> bool:
    """A folder of the archive cannot be used: a file of its name is in its place."""
    chosen = drawn.choice(sorted(path for path in place.root.iterdir() if path.is_dir()))
    folder = chosen / drawn.choice(["processed", "errors", "refused"])
    aside = chosen / "aside"
    if folder.exists():
        folder.rename(aside)
    folder.write_text("not a folder")
    try:
        return _import(place, _note_injected)
    finally:
        folder.unlink()
        if aside.exists():
            aside.rename(folder)


def cut_connection(place: Place, size: Size, drawn: random.Random) -> bool:
    """The connection to the source is reset after some bytes; the next one works."""
    return _through_proxy(place, Trouble.CUT, size, drawn)


def stall_connection(place: Place, size: Size, drawn: random.Random) -> bool:
    """The source's server answers no more after some bytes; the next connection works."""
    return _through_proxy(place, Trouble.STALL, size, drawn)


def slow_connection(place: Place, size: Size, drawn: random.Random) -> bool:
    """From some bytes on, the source's server takes its time for each kilobyte."""
    return _through_proxy(place, Trouble.SLOW, size, drawn)


def several_at_once(place: Place, _size: Size, drawn: random.Random) -> bool:
    """Two or three processes import the same files."""
    place.import_once(processes=drawn.randint(2, 3))
    return True


def one_of_several_killed(place: Place, size: Size, drawn: random.Random) -> bool:
    """Two processes import the same files, and one of them is killed."""
    number = drawn.randint(1, size.statements)
    return bool(
        place.import_once(hook=lambda _, counted: _at_statement(number, counted, _die), processes=2).injected.value
    )


# Faults after which the import goes on with the files of other importers, or several import at once: which of two files
# of different importers came first may be another.
REORDERING = (
    change_while_fetched,
    full_disk,
    unwritable_folder,
    cut_connection,
    stall_connection,
    slow_connection,
    several_at_once,
    one_of_several_killed,
    end_session,
)
FAULTS: tuple[Fault, ...] = (kill_at_statement, kill_at_operation, kill_at_random, kill_database, *REORDERING)


def _import(place: Place, hook: Hook) -> bool:
    """Imports once with the hook; returns whether the fault took place."""
    return bool(place.import_once(hook=hook).injected.value)


def _through_proxy(place: Place, trouble: Trouble, size: Size, drawn: random.Random) -> bool:
    # A handshake has some 4,000 bytes.
    after = drawn.randint(100, 4_000 + 1_000 * size.operations)
    with proxied(place.servers.sftp.port, trouble, after) as proxy:
        place.import_once(place.source(proxy.port, timeout=2))
        return proxy.happened


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _note_injected(_place: Place, counted: Counted) -> None:
    counted.injected.value = 1


def _at_statement(number: int, counted: Counted, action: Callable[[], None], *, after: bool = False) -> None:
    """Whatever the process exchanges with the database from now on is counted; at this number, the action follows."""
    wait = psycopg.Connection.wait

    @wraps(wait)
    def counting(self: psycopg.Connection[Any], *arguments: Any, **options: Any) -> Any:
        counted.statements.value += 1
        is_it = counted.statements.value == number
        if is_it and not after:
            counted.injected.value = 1
            action()
        answer = wait(self, *arguments, **options)
        if is_it and after:
            counted.injected.value = 1
            action()
        return answer

    psycopg.Connection.wait = counting  # type: ignore[method-assign]


def _at_operation(number: int, counted: Counted, action: Callable[..., None], *, after: bool = False) -> None:
    """The same for the operations on a source."""

    def count(is_after: bool) -> Callable[..., None]:
        def counting(*arguments: Any) -> None:
            counted.operations.value += not is_after
            if is_after == after and counted.operations.value == number:
                counted.injected.value = 1
                action(*arguments)

        return counting

    for name in _OPERATIONS:
        _before(name, count(False))
        _after(name, count(True))


def _before(name: str, action: Callable[..., None]) -> None:
    method = getattr(SftpTransport, name)

    @wraps(method)
    def acting(*arguments: Any, **options: Any) -> Any:
        action(*arguments)
        return method(*arguments, **options)

    setattr(SftpTransport, name, acting)


def _after(name: str, action: Callable[..., None]) -> None:
    method = getattr(SftpTransport, name)

    @wraps(method)
    def acting(*arguments: Any, **options: Any) -> Any:
        answer = method(*arguments, **options)
        action(*arguments)
        return answer

    setattr(SftpTransport, name, acting)
