"""How often ITscope is asked: one rate and one block for all connections, processes and restarts."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.connections.itscope.server import Account, Market, running
from tests.installation import Installation
from wiseparts_pipeline.config.connections.connection import ConnectionSettings
from wiseparts_pipeline.connections.errors import Blocked, Refused
from wiseparts_pipeline.connections.itscope import Client, ItScope
from wiseparts_pipeline.connections.itscope.operations import QUOTA
from wiseparts_pipeline.connections.logins import check_reachable, logged_in
from wiseparts_pipeline.connections.pace import SharedPace
from wiseparts_pipeline.warehouse import Connection, Warehouse


@pytest.fixture
def market() -> Market:
    return Market(
        accounts={"m1": Account("key"), "m2": Account("other")},
        suppliers=[{"name": "Acme", "supplier": {"id": 3, "name": "Acme", "deeplink": "https://x.test/3"}}],
    )


@pytest.fixture
def url(market: Market) -> Iterator[str]:
    with running(market) as url:
        yield url


@pytest.fixture
def database(warehouse: Warehouse) -> Iterator[Connection]:
    with warehouse.connect(autocommit=True) as connection:
        yield connection


def settings(url: str, name: str = "first", **more: Any) -> ConnectionSettings:
    account, key = {"first": ("m1", "key"), "second": ("m2", "other")}[name]
    given = {"base_url": url, "allow_plaintext": True, "account_id": account, "api_key": key, **more}
    return ConnectionSettings.model_validate({"name": name, "system": "itscope", **given})


@contextmanager
def client(settings: ConnectionSettings, database: Connection) -> Iterator[Client]:
    client = Client(settings, SharedPace(database, settings))
    try:
        yield client
    finally:
        client.close()


def pass_time(market: Market, database: Connection, minutes: int) -> None:
    """By the market's clock, and by ours."""
    market.pass_time(minutes)
    database.execute("update ops.connection_blocks set until = until - %s", [timedelta(minutes=minutes)])


def test_all_connections_share_one_rate(url: str, market: Market, database: Connection) -> None:
    with client(settings(url), database) as first, client(settings(url, "second"), database) as second:
        for _ in range(3):
            first.content(QUOTA)
            second.content(QUOTA)
    moments = [asked.at for asked in market.asked]
    for earlier, later in zip(moments, moments[4:], strict=False):
        assert later - earlier >= 1
    assert database.execute("select name from ops.connections").fetchall() == [("system itscope",)]


def test_after_too_many_requests_nothing_is_sent_for_half_an_hour_by_anybody(
    url: str, market: Market, database: Connection, warehouse: Warehouse, tmp_path: Path
) -> None:
    market.limits = ((1, 30),)
    with client(settings(url), database) as first:
        first.content(QUOTA)
        with pytest.raises(Blocked):
            first.content(QUOTA)
        assert [asked.status for asked in market.asked] == [200, 503]
        market.limits = ((1_000, 30),)
        pass_time(market, database, minutes=15)
        with pytest.raises(Blocked, match=r"nothing is sent before .* UTC: these were too many requests"):
            first.content(QUOTA)
    # Neither over another connection nor by another process, whatever is asked.
    with client(settings(url, "second"), database) as second, pytest.raises(Blocked):
        second.content(QUOTA)
    with pytest.raises(Blocked):
        check_reachable(settings(url), database)
    installation = Installation(tmp_path, {"WISEPARTS_DATABASE_URL": warehouse.url})
    given = {"base_url": url, "allow_plaintext": True, "account_id": "m2", "api_key": "other"}
    installation.component("Connection", "market", {"name": "market", "system": "itscope", **given})
    installation.component("Pull", "suppliers", {"connection": "market", "entity": "suppliers"})
    done = installation.run("pull", "suppliers")
    assert done.status == 1
    assert "nothing is sent before" in done.out + done.err
    assert len(market.asked) == 2
    pass_time(market, database, minutes=15)
    assert installation.run("pull", "suppliers").status == 0
    assert [asked.status for asked in market.asked] == [200, 503, 200]


def test_a_used_up_contract_stops_its_own_connection_until_tomorrow(
    url: str, market: Market, database: Connection
) -> None:
    market.accounts["m1"].quota = 0
    with client(settings(url), database) as first:
        for _ in range(2):
            with pytest.raises(Blocked, match="used up"):
                first.content(QUOTA)
    with client(settings(url, "second"), database) as second:
        assert second.content(QUOTA)
    assert [asked.status for asked in market.asked] == [403, 200]
    ((until,),) = database.execute("select until from ops.connection_blocks where name = 'first'").fetchall()
    assert f"{until.astimezone(ZoneInfo('Europe/Berlin')):%H:%M:%S}" == "00:00:00"


def test_a_request_that_waited_for_its_moment_is_not_sent_once_all_are_blocked(
    url: str, market: Market, database: Connection, warehouse: Warehouse
) -> None:
    pace = SharedPace(database, settings(url))
    reserve = pace._reserve

    def blocked_meanwhile() -> float:
        with warehouse.connect(autocommit=True) as other:
            other.execute(
                "insert into ops.connection_blocks (name, until, reason) values"
                " ('system itscope', now() + interval '30 minutes', 'others asked too often')"
            )
        return reserve()

    pace._reserve = blocked_meanwhile  # type: ignore[method-assign]
    asking = Client(settings(url), pace)
    with pytest.raises(Blocked, match="others asked too often"):
        asking.content(QUOTA)
    asking.close()
    assert market.asked == []


def test_it_is_not_asked_where_the_database_cannot_be(url: str, market: Market) -> None:
    with pytest.raises(Refused, match="only where the database can be"), logged_in(settings(url), None, ItScope):
        pass
    assert market.asked == []
