"""What the package replaces inside dbt, so that a build of little data is quick.

`tests/dbt/test_internals.py` names whatever dbt has moved.
"""

from collections.abc import Iterable
from functools import cache
from typing import Any

import psycopg2
from dbt.adapters.contracts.connection import ConnectionState
from dbt.adapters.postgres.connections import PostgresConnectionManager
from dbt.adapters.postgres.impl import PostgresAdapter
from dbt.clients.jinja import MacroGenerator
from dbt.contracts.graph.manifest import Manifest
from dbt_common.clients import agate_helper
from dbt_common.events.base_types import BaseEvent, EventLevel
from dbt_common.events.event_manager import EventManager
from dbt_common.events.event_manager_client import ctx_set_event_manager
from psycopg2.extensions import TRANSACTION_STATUS_IDLE

# The only event for dbt's debug log that is listened to.
_HEARD = "NodeFinished"
_TESTER = agate_helper.build_type_tester
# Nodes of which dbt's materializations make temporary tables.
_WITH_TEMPORARY_TABLES = ("model.", "snapshot.")


class KeptConnections(PostgresConnectionManager):
    """Each thread keeps its connection from one node to the next, with what PostgreSQL has cached of the catalogue.

    dbt opens one for each node, which takes a quarter of PostgreSQL's time in a build of little data.
    """

    def release(self) -> None:
        connection = self.get_if_exists()
        if connection is None or connection.state != ConnectionState.OPEN:
            return
        try:
            connection.transaction_open = False
            if connection.handle.info.transaction_status != TRANSACTION_STATUS_IDLE:
                connection.handle.rollback()
            if (connection.name or "").startswith(_WITH_TEMPORARY_TABLES):
                with connection.handle.cursor() as cursor:
                    cursor.execute("discard temp")
                connection.handle.commit()
                # dbt releases a connection twice.
                connection.name = None
        except psycopg2.Error:
            super().release()


class QuietEvents(EventManager):
    """Without the events for dbt's debug log, of which it makes a dozen for each node, unless that log is written."""

    def fire_event(
        self,
        e: BaseEvent,
        level: EventLevel | None = None,
        node: Any = None,
        force_warn_or_error_handling: bool = False,
    ) -> None:
        debug = (level or e.level_tag()) == EventLevel.DEBUG and type(e).__name__ != _HEARD
        if not debug or any(logger.level == EventLevel.DEBUG for logger in self.loggers):
            super().fire_event(e, level, node, force_warn_or_error_handling)


def _tester(text_columns: Iterable[str], string_null_values: Iterable[str] | None = ("null", "")) -> Any:
    """What tells the types of a result's columns, which dbt makes anew for each result."""
    return _testers(tuple(text_columns), None if string_null_values is None else tuple(string_null_values))


@cache
def _testers(text_columns: tuple[str, ...], string_null_values: tuple[str, ...] | None) -> Any:
    return _TESTER(text_columns, string_null_values)


def install() -> None:
    """Have dbt use them in this process."""
    PostgresAdapter.ConnectionManager = KeptConnections
    ctx_set_event_manager(QuietEvents())
    agate_helper.build_type_tester = _tester


def compile_macros(manifest: Manifest) -> None:
    """Compile all macros, which dbt does otherwise when each is first called, in every process."""
    for macro in manifest.macros.values():
        MacroGenerator(macro).get_template()
