"""Pulls that are asked for over the service: begun at once, joined while they run, told when they have ended."""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from tests.api.running import Running, running
from tests.connections import systems
from tests.installation import Installation
from tests.pulling.shop import CONTACTS, CUSTOMERS, Shop, connect_shop, customer
from tests.waiting import eventually
from wiseparts_pipeline.config.loader import load_configuration
from wiseparts_pipeline.live.lookups import Lookups
from wiseparts_pipeline.warehouse import Warehouse


@pytest.fixture
def shop() -> Iterator[Shop]:
    with systems.running() as system:
        shop = Shop(system)
        shop.has(customer("C1"), customer("C2"))
        shop.contacts = {"1": {"id": "1", "customer": "C1", "email": "ada@example.com"}}
        yield shop


@pytest.fixture
def service(shop: Shop, tmp_path: Path, warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch) -> Iterator[Running]:
    """The service of an installation that pulls customers and contacts from the shop."""
    installation = Installation(tmp_path, {"WISEPARTS_DATABASE_URL": warehouse.url})
    connect_shop(installation, shop)
    installation.component("Pull", "shop_customers", CUSTOMERS)
    installation.component("Pull", "shop_contacts", CONTACTS)
    for name, value in installation.environment.items():
        monkeypatch.setenv(name, value)
    with Lookups(load_configuration(), warehouse) as lookups, running(lookups, warehouse) as service:
        yield service


def _begin(service: Running, path: str, key: str | None = None) -> Any:
    answer = service.client.post(path, headers={"Authorization": f"Bearer {key or service.key}"})
    assert answer.status_code == 202, answer.text
    assert answer.headers["Location"] == f"/v1/syncs/{answer.json()['sync_id']}"
    return answer.json()


def _ended(service: Running, sync: Any, key: str | None = None) -> Any:
    def state() -> Any:
        return service.get(f"/v1/syncs/{sync['sync_id']}", key).json()

    eventually(lambda: state()["status"] != "running")
    return state()


def _refused(service: Running, path: str, key: str | None = None) -> tuple[int, str]:
    answer = service.client.post(path, headers={"Authorization": f"Bearer {key or service.key}"})
    return answer.status_code, answer.json()["code"]


@dataclass(frozen=True)
class Command:
    """In the place of the interpreter that runs `wiseparts pull`: it loads nothing, and ends when it may."""

    folder: Path

    @property
    def program(self) -> Path:
        program = self.folder / "pull"
        loop = f"while [ ! -e {self.folder}/may_end ]; do sleep 0.05; done"
        program.write_text(f"""#!/bin/sh\n{loop}\necho '{{"pulls": [{{"records": 2}}], "files": []}}'\n""")
        program.chmod(0o700)
        return program

    def end(self) -> None:
        (self.folder / "may_end").touch()


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Command]:
    command = Command(tmp_path)
    monkeypatch.setattr(sys, "executable", str(command.program))
    yield command
    command.end()


def test_a_customer_is_loaded_with_what_belongs_to_it(service: Running, warehouse: Warehouse) -> None:
    key = service.new_key("of C1", ["sync"], ["C1"])
    ended = _ended(service, _begin(service, "/v1/customers/C1/sync", key), key)
    assert (ended["status"], ended["error"], ended["pull"]) == ("done", None, "shop_customers")
    assert (ended["records"], ended["created"], ended["updated"], ended["rejected"]) == (2, 2, 0, 0)
    with warehouse.connect() as connection:
        assert connection.execute("select customer_id from raw.customers").fetchall() == [("C1",)]
        assert connection.execute("select contact_id from raw.contacts").fetchall() == [("1",)]


def test_one_that_fails_says_why(service: Running, shop: Shop) -> None:
    shop.password = "changed in the shop"
    ended = _ended(service, _begin(service, "/v1/pulls/shop_customers/sync"))
    assert ended["status"] == "failed"
    assert "does not accept the login" in ended["error"]


def test_the_same_one_that_is_running_is_joined(service: Running, command: Command) -> None:
    first, second = (_begin(service, "/v1/pulls/shop_customers/sync") for _ in range(2))
    assert first["sync_id"] == second["sync_id"]
    command.end()
    assert _ended(service, first)["records"] == 2
    assert _begin(service, "/v1/pulls/shop_customers/sync")["sync_id"] != first["sync_id"]


def test_one_that_ends_while_the_database_is_lost_is_noted_when_it_is_back(
    service: Running, command: Command, warehouse: Warehouse
) -> None:
    _begin(service, "/v1/pulls/shop_customers/sync")
    with warehouse.connect(autocommit=True) as connection:
        lost = connection.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where datname = current_database() and pid <> pg_backend_pid() and query like '%insert into ops.syncs%'"
        )
        assert lost.fetchall() == [(True,)]
        command.end()
        state = "select status, records from ops.syncs"
        eventually(lambda: connection.execute(state).fetchall() == [("done", 2)])


def test_what_there_is_not_is_not_begun(service: Running) -> None:
    assert _refused(service, "/v1/pulls/nothing/sync") == (404, "not_found")
    assert service.get(f"/v1/syncs/{uuid4()}").status_code == 404


def test_a_key_for_some_customers_loads_no_others(service: Running, command: Command) -> None:
    key = service.new_key("of C2", ["sync"], ["C2"])
    assert _refused(service, "/v1/customers/C1/sync", key) == (404, "unknown_customer")
    assert _refused(service, "/v1/pulls/shop_customers/sync", key) == (403, "forbidden")
    others = _begin(service, "/v1/customers/C1/sync")
    assert service.get(f"/v1/syncs/{others['sync_id']}", key).status_code == 404


def test_one_whose_service_has_ended_is_told_as_failed(
    service: Running, command: Command, warehouse: Warehouse
) -> None:
    with warehouse.connect(autocommit=True) as connection:
        row = connection.execute(
            "insert into ops.syncs (pull, keys, key_id, process) values ('shop_customers', '{}', 1, 'gone')"
            " returning sync_id"
        ).fetchone()
    assert row is not None
    left = service.get(f"/v1/syncs/{row[0]}").json()
    assert (left["status"], "ask again" in left["error"]) == ("failed", True)
    assert _begin(service, "/v1/pulls/shop_customers/sync")["sync_id"] != str(row[0])
