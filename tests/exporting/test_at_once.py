"""What an import commits is delivered while it goes on, and its end waits for that."""

import threading
from collections.abc import Callable
from typing import Any

import pytest

from tests.exporting.noted import exporter
from tests.waiting import eventually
from wiseparts_pipeline.config.loader import Configuration
from wiseparts_pipeline.config.source import SourceSettings
from wiseparts_pipeline.errors import WarehouseError
from wiseparts_pipeline.exporting import at_once
from wiseparts_pipeline.exporting.at_once import delivering_at_once
from wiseparts_pipeline.exporting.delivery import Delivered
from wiseparts_pipeline.warehouse import Warehouse

NOWHERE = Warehouse("postgresql://nowhere")
CONFIGURED = Configuration({"erp": SourceSettings(name="erp", protocol="local", root="/")}, {}, {"e": exporter("e")})


@pytest.fixture
def delivering(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[..., Delivered]], None]:
    """Replaces what delivers."""

    def replace(deliver: Callable[..., Delivered]) -> None:
        monkeypatch.setattr(at_once, "deliver", deliver)

    return replace


def test_it_delivers_while_the_import_goes_on(delivering: Any) -> None:
    calls: list[float] = []

    def deliver(*_: object, seconds: float) -> Delivered:
        calls.append(seconds)
        return Delivered()

    delivering(deliver)
    with delivering_at_once(NOWHERE, CONFIGURED) as exports:
        exports.wake()
        eventually(lambda: len(calls) == 1)
        exports.wake()
        eventually(lambda: len(calls) == 2)
    assert len(exports.done) == len(calls) == 3


def test_what_is_committed_while_it_delivers_is_delivered_after_that(delivering: Any) -> None:
    committed, delivered, busy, go_on = 0, 0, threading.Event(), threading.Event()

    def deliver(*_: object, seconds: float) -> Delivered:
        nonlocal delivered
        seen = committed
        busy.set()
        assert go_on.wait(30)
        delivered = seen
        return Delivered()

    delivering(deliver)
    with delivering_at_once(NOWHERE, CONFIGURED) as exports:
        committed = 1
        exports.wake()
        assert busy.wait(30)
        committed = 2
        exports.wake()
        go_on.set()
    assert delivered == 2


def test_its_end_is_not_delayed_when_the_time_is_over(delivering: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(at_once, "SECONDS", 0.0)
    delivering(lambda *_, seconds: pytest.fail("there was no time"))
    with delivering_at_once(NOWHERE, CONFIGURED) as exports:
        exports.wake()
    assert exports.done == []


@pytest.mark.parametrize("configuration", [CONFIGURED, Configuration({}, {})])
def test_nothing_is_started_when_nothing_is_committed_or_exported(
    delivering: Any, configuration: Configuration
) -> None:
    delivering(lambda *_, seconds: pytest.fail("nothing is to be delivered"))
    with delivering_at_once(NOWHERE, configuration) as exports:
        if not configuration.exporters:
            exports.wake()
    assert exports.done == []


def test_a_lost_database_is_told_and_does_not_fail_the_import(delivering: Any) -> None:
    def deliver(*_: object, seconds: float) -> Delivered:
        raise WarehouseError("The database is gone.")

    delivering(deliver)
    with delivering_at_once(NOWHERE, CONFIGURED) as exports:
        exports.wake()
    assert "Exports are delivered later: The database is gone." in exports.done[0].notices
