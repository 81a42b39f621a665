"""Requests to a system that behaves badly: whatever it does, the end is in sight, and told in a sentence."""

from collections.abc import Iterator
from typing import Any

import pytest
import stamina

from tests.connections.systems import System, plain
from wiseparts_pipeline.config.connections.connection import ConnectionSettings
from wiseparts_pipeline.connections.errors import (
    ConnectionFailure,
)
from wiseparts_pipeline.connections.http import Http

SECRET = "s3cret/of+the shop"


class NoPace:
    """Nothing is waited for."""

    def wait(self) -> None: ...


@pytest.fixture
def quick() -> Iterator[None]:
    """Nothing is waited for between attempts."""
    with stamina.set_testing(True, attempts=3):
        yield


@pytest.fixture
def http(system: System) -> Iterator[Http]:
    with client(system) as http:
        yield http


def client(system: System, **settings: Any) -> Any:
    from contextlib import closing

    given = {"url": system.url, "allow_plaintext": True, "timeout_seconds": 2, "username": "ann", "password": SECRET}
    connection = ConnectionSettings(name="shop", system="rest", **{**given, **settings})
    return closing(Http(connection, NoPace(), auth=("ann", SECRET)))


def failure(http: Http, *arguments: Any, kind: type[ConnectionFailure] = ConnectionFailure, **more: Any) -> str:
    """What is said about a request that fails; nothing of it is secret."""
    with pytest.raises(kind) as caught:
        http.json(*(arguments or ("GET", "/orders")), **more)
    text = str(caught.value)
    assert SECRET not in text
    assert "\n" not in text
    assert text.startswith("connection shop: ")
    return text


def test_numbers_stay_as_they_were_written(http: Http, system: System) -> None:
    system.tells(plain(content=b'{"total": 10.10, "id": 12345678901234567890, "paid": true, "note": null}'))
    value, _ = http.json("GET", "/orders")
    assert value == {"total": "10.10", "id": "12345678901234567890", "paid": True, "note": None}
