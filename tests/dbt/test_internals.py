"""What the package replaces inside dbt is where it was; a test that fails says what dbt has moved."""

import inspect
from typing import Any

import pytest
from dbt.adapters.base.connections import BaseConnectionManager
from dbt.adapters.factory import get_adapter_class_by_name, load_plugin
from dbt.clients.jinja import MacroGenerator
from dbt.contracts.graph.manifest import Manifest
from dbt.events.types import LogStartLine, NodeFinished, NodeStart
from dbt_common.clients import agate_helper
from dbt_common.clients.jinja import template_cache
from dbt_common.events.base_types import EventLevel
from dbt_common.events.event_manager import EventManager
from dbt_common.events.event_manager_client import get_event_manager
from dbt_common.events.logger import LineFormat, LoggerConfig

from wiseparts_pipeline.dbt.internals import KeptConnections, QuietEvents, compile_macros, install


@pytest.fixture
def events() -> tuple[QuietEvents, list[str]]:
    """An event manager, and the names of the events that its callback is given."""
    heard: list[str] = []
    manager = QuietEvents()
    manager.add_callback(lambda message: heard.append(message.info.name))
    return manager, heard


def test_dbt_uses_the_kept_connections() -> None:
    load_plugin("postgres")
    install()
    assert get_adapter_class_by_name("postgres").ConnectionManager is KeptConnections


def test_dbt_closes_a_connection_where_it_is_kept() -> None:
    assert "self.close(" in inspect.getsource(BaseConnectionManager.release)


def test_dbt_fires_its_events_at_our_manager() -> None:
    install()
    assert isinstance(get_event_manager(), QuietEvents)


def test_our_manager_is_given_what_that_of_dbt_is() -> None:
    assert (
        inspect.signature(QuietEvents.fire_event).parameters.keys()
        == inspect.signature(EventManager.fire_event).parameters.keys()
    )


def test_events_for_the_debug_log_are_left_out(events: tuple[QuietEvents, list[str]]) -> None:
    manager, heard = events
    for event in (NodeStart(), LogStartLine(), NodeFinished()):
        manager.fire_event(event)
    assert heard == ["LogStartLine", "NodeFinished"]


def test_an_event_of_the_debug_log_that_is_fired_as_a_warning_is_heard(events: tuple[QuietEvents, list[str]]) -> None:
    manager, heard = events
    manager.fire_event(NodeStart(), EventLevel.WARN)
    assert heard == ["NodeStart"]


def test_the_debug_log_is_complete_if_it_is_written(events: tuple[QuietEvents, list[str]]) -> None:
    manager, heard = events
    manager.add_logger(LoggerConfig("test", line_format=LineFormat.PlainText, level=EventLevel.DEBUG))
    manager.fire_event(NodeStart())
    assert heard == ["NodeStart"]


def test_what_tells_the_types_of_columns_is_made_once_for_all_results_alike() -> None:
    install()
    assert agate_helper.build_type_tester(["a"]) is agate_helper.build_type_tester(["a"])
    assert agate_helper.build_type_tester(["a"]) is not agate_helper.build_type_tester(["b"])
    table = agate_helper.table_from_data_flat([{"a": "1", "n": 2}], ["a", "n"])
    assert [type(each).__name__ for each in table.column_types] == ["Text", "Integer"]


class _Macro:
    package_name = name = "wiseparts"
    resource_type = "macro"
    macro_sql = "{% macro wiseparts() %}said once{% endmacro %}"


def test_compiled_macros_are_those_that_dbt_calls() -> None:
    macro: Any = _Macro()
    compile_macros(Manifest(macros={"macro.wiseparts.wiseparts": macro}))
    assert MacroGenerator(macro).get_template() is template_cache.file_cache[_Macro.macro_sql]
