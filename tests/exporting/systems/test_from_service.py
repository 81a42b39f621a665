"""Orders that programs send to the service, which is killed and loses its line to Tryton: each is there once.

`WISEPARTS_TEST_ORDERS=200` sends so many, which takes half an hour, and prints how often the service was killed.
"""

import multiprocessing
import os
import random
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2

from tests import forking as forking  # the processes that it forks from have imported what this one needs
from tests.exporting.systems.creating import Creating, Tryton
from tests.exporting.systems.cutting import cutting
from tests.exporting.systems.serving import Step, serve
from wiseparts_pipeline.api.keys import create_key
from wiseparts_pipeline.exporting.export import Status

ORDERS = int(os.environ.get("WISEPARTS_TEST_ORDERS", "2"))
LINE = {"sku": "BP-1002", "quantity": "2", "unit_price": "42.90", "net_amount": "85.80"}
ORDER: dict[str, Any] = {"channel": "web", "customer_id": "C0002", "currency": "EUR", "lines": [LINE]}


@dataclass
class Service:
    """Begun again whenever it has died; the next step at which it dies is in `deaths`, until there is none."""

    creating: Creating
    home: Path
    port: int
    deaths: list[tuple[Step, int]]
    died: int = 0
    died_at_both: threading.Event = field(default_factory=threading.Event)
    _ends: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        context = multiprocessing.get_context("forkserver")
        while not self._ends.is_set():
            dies_at, times = self.deaths.pop(0) if self.deaths else (None, 1)
            arguments = (self.creating.warehouse.url, self.creating.line, self.port, self.home, dies_at, times)
            process = context.Process(target=serve, args=arguments)
            process.start()
            while process.is_alive() and not self._ends.is_set():
                process.join(0.1)
            self.died += not process.is_alive()
            if self.died == 2:
                self.died_at_both.set()
            process.kill()
            process.join()

    @contextmanager
    def running(self) -> Iterator[None]:
        thread = threading.Thread(target=self.run)
        thread.start()
        try:
            yield
        finally:
            self._ends.set()
            thread.join()


@dataclass
class Shop:
    """Sends orders, each until it is answered."""

    port: int
    key: str
    answers: list[int] = field(default_factory=list)

    def post(self, what: str, body: Any, idempotency_key: str) -> httpx2.Response:
        headers = {"Authorization": f"Bearer {self.key}", "Idempotency-Key": idempotency_key}
        deadline = time.monotonic() + 300
        while True:
            try:
                url = f"http://127.0.0.1:{self.port}/v1/{what}"
                answer = httpx2.post(url, json=body, headers=headers, timeout=120)
            except httpx2.TransportError:
                assert time.monotonic() < deadline
                time.sleep(0.1)
                continue
            self.answers.append(answer.status_code)
            if answer.status_code in (201, 422) or answer.json()["code"] == "idempotency_conflict":
                return answer

    def order(self, number: int) -> str:
        """The number that it got, the same for each repetition; another content with its key is refused."""
        order = ORDER | {"note": f"order {number}"}
        found = {self.post("orders", order, f"order-{number}").json()["data"]["order_id"] for _ in range(3)}
        assert self.post("orders", order | {"note": "other"}, f"order-{number}").status_code == 409
        (order_id,) = found
        return str(order_id)


def test_every_order_is_in_tryton_once(creating: Creating, tryton: Tryton, tmp_path: Path) -> None:
    creating.exporter("orders", sources=["wiseparts_api"], confirm=True)
    with creating.warehouse.connect(autocommit=True) as connection:
        key = create_key(connection, "shop", ["orders:write"])
    chance = random.Random(1)
    deaths: list[tuple[Step, int]] = [("imported", 2), ("created", 1)]
    for _ in range(ORDERS // 7):
        deaths.append((chance.choice(("imported", "created")), chance.randint(1, 6)))
    with cutting(tryton.url) as line:
        creating.line = line.url
        service = Service(creating, tmp_path, _free_port(), deaths)
        shop = Shop(service.port, key)

        def order(number: int) -> str:
            if number % 10 == 1:
                line.cut_answer_to = tryton.creation
            return shop.order(number)

        with service.running(), ThreadPoolExecutor(4) as pool:
            assert shop.post("customers", {"customer_id": "C0002", "name": "Garage"}, "customer").status_code == 201
            numbers = list(pool.map(order, range(ORDERS)))
            # Each order has it deliver once more.
            while not service.died_at_both.wait(3):
                numbers.append(order(len(numbers)))
        for _ in numbers:
            if {each.status for each in creating.exports()} == {Status.DELIVERED}:
                break
            # As if two minutes were over.
            creating.execute("update ops.creations set begun_at = now() - interval '3 minutes'")
            creating.again()
    assert len(set(numbers)) == len(numbers)
    with creating.warehouse.connect() as connection:
        assert {key for (key,) in connection.execute("select order_id from raw.orders")} == set(numbers)
    exports = creating.exports()
    assert {each.record_key: each.status for each in exports} == dict.fromkeys(numbers, Status.DELIVERED)
    sales = {each: tryton.sales(each) for each in numbers}
    assert [len(found) for found in sales.values()] == [1] * len(numbers)
    assert {each.record_key: each.external_id for each in exports} == {
        number: found[0]["number"] for number, found in sales.items()
    }
    in_all = tryton.find("sale.sale", [["reference", "like", "API-%"]])
    assert len(in_all) == len(numbers)
    print(f"{len(numbers)} orders, {len(shop.answers)} answers, {service.died} times killed, {len(in_all)} sales")


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port
