"""Sessions with one system, kept open between look-ups: as many as may ask at a time, each used by one of them."""

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from queue import Empty, LifoQueue

import psycopg

from wiseparts_pipeline.config.connections.connection import ConnectionSettings
from wiseparts_pipeline.connections.base import Pace
from wiseparts_pipeline.connections.deadline import seconds_left
from wiseparts_pipeline.connections.errors import LoginRefused, TooLate
from wiseparts_pipeline.connections.logins import logged_in, raise_if_refused
from wiseparts_pipeline.live.questions import Answering
from wiseparts_pipeline.warehouse import Connection, Warehouse

Opened = Callable[[ConnectionSettings, Pace], AbstractContextManager[Answering]]


class _Session:
    """Logs in when it is first used, and once more after the login or the database has failed."""

    def __init__(self) -> None:
        self._open = ExitStack()
        self._database: Connection | None = None
        self.system: Answering | None = None

    def log_in(self, settings: ConnectionSettings, warehouse: Warehouse, opened: Opened) -> Answering:
        with ExitStack() as opening:
            self._database = opening.enter_context(warehouse.connect(autocommit=True))
            self.system = opening.enter_context(logged_in(settings, self._database, opened))
            self._open = opening.pop_all()
        return self.system

    def end_if_refused(self, settings: ConnectionSettings) -> None:
        """Raises LoginRefused if the login was refused meanwhile, over another session or in another process.

        Some systems look at the password with each request.
        """
        assert self._database is not None
        try:
            raise_if_refused(settings, self._database)
        except LoginRefused:
            self.close()
            raise

    def close(self, error: Exception | None = None) -> None:
        """`error`: why, which whoever remembers refused logins has to know."""
        self.system = None
        with suppress(psycopg.Error):
            self._open.__exit__(type(error) if error else None, error, None)


class Sessions:
    """`opened`: logs in to the system. Can be used by many threads at a time."""

    def __init__(
        self,
        settings: ConnectionSettings,
        concurrency: int,
        warehouse: Warehouse,
        opened: Opened,
    ) -> None:
        self.settings = settings
        self._warehouse = warehouse
        self._opened = opened
        # Of those that are free the one used last, which has most likely not been ended by the system.
        self._free: LifoQueue[_Session] = LifoQueue()
        for _ in range(concurrency):
            self._free.put(_Session())
        self._logging_in = threading.Lock()

    @contextmanager
    def one(self) -> Iterator[Callable[[], Answering]]:
        """A session that nobody else uses during the block; what is given logs in if that is needed.

        Raises TooLate if none becomes free before the deadline.
        """
        session = self._taken()
        try:
            yield lambda: self._logged_in(session)
        except (LoginRefused, psycopg.Error) as error:
            session.close(error)
            raise
        finally:
            self._free.put(session)

    def close(self) -> None:
        """Logs out of all sessions that are free."""
        while True:
            try:
                self._free.get_nowait().close()
            except Empty:
                return

    def _taken(self) -> _Session:
        try:
            return self._free.get(timeout=seconds_left())
        except Empty:
            raise TooLate(
                f"connection {self.settings.name}: all of its sessions are in use; set `concurrency` of its look-ups"
                " higher, if the system can do more at a time"
            ) from None

    def _logged_in(self, session: _Session) -> Answering:
        if session.system is not None:
            session.end_if_refused(self.settings)
            return session.system
        # One at a time: a wrong password is tried once.
        if not self._logging_in.acquire(timeout=seconds_left()):
            raise TooLate(f"connection {self.settings.name}: is still logging in")
        try:
            return session.log_in(self.settings, self._warehouse, self._opened)
        finally:
            self._logging_in.release()
