"""Whatever a system does, what is asked of it in a block ends with the block's deadline."""

import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import Any

import pytest

from tests.connections.systems import Answer, Asked, Handler, System, Unpaced, plain
from wiseparts_pipeline.config.connections.connection import ConnectionSettings
from wiseparts_pipeline.connections import SYSTEMS
from wiseparts_pipeline.connections.deadline import check_deadline, seconds_left, within, within_pull_timeout
from wiseparts_pipeline.connections.errors import TooLate, Unreachable
from wiseparts_pipeline.connections.http import Http

LIMIT = "the 0.6 s that a look-up may take"


@pytest.fixture
def http(system: System) -> Iterator[Http]:
    settings = ConnectionSettings(
        name="erp", system="rest", url=system.url, auth="none", allow_plaintext=True, timeout_seconds=20
    )
    with closing(Http(settings, Unpaced())) as http:
        yield http


@contextmanager
def ending_in_time() -> Iterator[None]:
    started = time.monotonic()
    with within(0.6, LIMIT):
        yield
    assert time.monotonic() - started < 2


def silent(handler: Handler, asked: Asked) -> None:
    handler.system.ended.wait()


def drops(handler: Handler, asked: Asked) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\n\r\n[")
    while not handler.system.ended.wait(0.05):
        handler.wfile.write(b" ")


def slow(handler: Handler, asked: Asked) -> None:
    handler.system.ended.wait(0.2)
    handler.send(b"[]")


def ask_forever(http: Http) -> None:
    while True:
        http.json("GET", "/")


@pytest.mark.parametrize("answer", [silent, drops, slow])
def test_what_comes_too_late_is_not_waited_for(http: Http, system: System, answer: Answer) -> None:
    system.tells(answer)
    with ending_in_time(), pytest.raises(TooLate, match=f"^connection erp: GET /: this was not done within {LIMIT}"):
        ask_forever(http)


@pytest.mark.parametrize("headers", [{}, {"Retry_After": "30"}])
def test_nothing_is_asked_again_if_no_time_is_left_for_it(http: Http, system: System, headers: dict[str, Any]) -> None:
    system.tells(plain(status=503, **headers))
    with ending_in_time(), pytest.raises(Unreachable, match="answered 503") as caught:
        http.json("GET", "/")
    assert caught.value.status == 503
    assert len(system.asked) <= 2


def test_what_was_late_once_is_asked_anew_afterwards(http: Http, system: System) -> None:
    system.tells(silent, plain(["here"]))
    with ending_in_time(), pytest.raises(TooLate):
        http.json("GET", "/")
    assert http.json("GET", "/")[0] == ["here"]


def test_the_block_that_ends_first_counts() -> None:
    with within(0, "the whole"), within(60, "a part"), pytest.raises(TooLate, match="within the whole"):
        check_deadline("here")
    with within(60, "the whole"), within(0, "a part"), pytest.raises(TooLate, match="within a part"):
        check_deadline("here")
    assert seconds_left() == float("inf")


def test_a_pull_may_take_forever_if_its_connection_says_so() -> None:
    settings = ConnectionSettings(name="erp", system="rest", url="https://x.example", auth="none", pull_timeout="never")
    with within_pull_timeout(settings):
        assert seconds_left() == float("inf")


def test_no_time_is_left_to_log_in(every_system: Callable[[], object]) -> None:
    with within(0, LIMIT), pytest.raises(TooLate, match=LIMIT):
        every_system()


@pytest.fixture(params=["asterisk postgresql", "asterisk mysql", "odoo", "tryton", "vendure"])
def every_system(request: pytest.FixtureRequest) -> Callable[[], object]:
    """Logs in to a system of a kind, of which there is none."""
    name, _, scheme = request.param.partition(" ")
    settings = ConnectionSettings(
        name="there",
        system=name,
        url=f"{scheme or 'http'}://127.0.0.1:1/all",
        username="ann",
        password="secret",
        database="" if scheme else "all",
        allow_plaintext=True,
    )
    return lambda: SYSTEMS[name](settings, Unpaced())
