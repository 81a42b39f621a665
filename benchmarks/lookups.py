"""What a look-up through the service takes beside the same calls made directly, of the Tryton of the tests.

`python -m benchmarks.lookups [--rounds N]` prints the tables. It needs `python3 -m tests.connections.tryton.install`.
"""

import argparse
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Barrier
from typing import Any
from unittest.mock import patch
from urllib.parse import urlsplit

import httpx2
from rich.console import Console
from rich.table import Table

from benchmarks.running import free_port
from tests.connections import installed
from tests.connections.systems import Unpaced
from tests.connections.tryton.install import FOLDER, FOR_LOOKUPS, PASSWORD
from tests.connections.tryton.running import asking, settings, tryton
from tests.connections.tryton.trading import one
from tests.installation import Installation
from tests.live.between import Between, between
from tests.waiting import eventually
from wiseparts_pipeline.api.keys import SCOPES, create_key
from wiseparts_pipeline.connections.tryton.rpc import Rpc
from wiseparts_pipeline.live.questions import FinancialsQuestion, ProductsQuestion, Question
from wiseparts_pipeline.live.systems.tryton import TrytonAnswers
from wiseparts_pipeline.warehouse import Warehouse

console = Console()

# Of the median through the service to that of the same calls; milliseconds; of 50 SKUs to one.
RATIO_BOUND, KEPT_BOUND, MANY_BOUND = 1.5, 10, 3
BUYER = "L0001"
CALLERS = 50
CONCURRENCY = 8
SKUS = [f"LK-{number:02}" for number in range(CALLERS)]


@dataclass(frozen=True)
class Running:
    """The service, and the way from it to Tryton."""

    client: httpx2.Client
    way: Between

    def financials(self) -> httpx2.Response:
        """Is never kept."""
        return self.client.get(f"/v1/customers/{BUYER}/financials").raise_for_status()

    def customer(self) -> httpx2.Response:
        return self.client.get(f"/v1/customers/{BUYER}").raise_for_status()

    def products(self, *skus: str, fresh: bool = True) -> httpx2.Response:
        body = {"skus": skus, "customer": BUYER, "quantity": "10"}
        asked = {"fresh": "true"} if fresh else {}
        return self.client.post("/v1/products/query", json=body, params=asked).raise_for_status()


def make_products(url: str) -> None:
    """As many as can be asked for at once, like one that there is."""
    with asking(url, FOR_LOOKUPS) as ask:
        template = one(ask, "product.template", ["products.code", "=", "FI-1"])
        for sku in SKUS:
            (made,) = ask("model.product.template.copy", [template])
            variant = one(ask, "product.product", ["template", "=", int(made)])
            ask("model.product.product.write", [variant], {"suffix_code": sku})


@contextmanager
def service() -> Iterator[Running]:
    """`wiseparts serve api` in a process of its own, in front of a Tryton."""
    with TemporaryDirectory() as name, Warehouse.open(Path(name) / "home") as warehouse:
        (folder := Path(name) / "tryton").mkdir()
        with tryton(folder, FOR_LOOKUPS) as url:
            make_products(url)
            port = urlsplit(url).port
            assert port
            with between(port) as way, _serving(Path(name), warehouse, way) as client:
                yield Running(client, way)


@contextmanager
def _serving(folder: Path, warehouse: Warehouse, way: Between) -> Iterator[httpx2.Client]:
    installation = Installation(folder, {"WISEPARTS_DATABASE_URL": warehouse.url})
    login = {"username": "admin", "password": PASSWORD, "allow_plaintext": True, "requests_per_second": 10_000}
    address = {"system": "tryton", "url": f"http://127.0.0.1:{way.port}", "database": FOR_LOOKUPS}
    installation.component("Connection", "erp", {"name": "erp", **address, **login})
    live = {"connection": "erp", "deadline_seconds": 60, "concurrency": CONCURRENCY}
    installation.component("Live", "live", live)
    with warehouse.connect(autocommit=True) as connection:
        key = create_key(connection, "benchmark", SCOPES)
    port = free_port()
    wiseparts = str(Path(sys.executable).with_name("wiseparts"))
    command = [wiseparts, "serve", "api", "--port", str(port), "--requests-per-second", "10000"]
    process = subprocess.Popen(command, env=installation.environment, cwd=folder, stdout=subprocess.DEVNULL)
    try:
        eventually(lambda: _listens(port))
        headers = {"Authorization": f"Bearer {key}"}
        limits = httpx2.Limits(max_connections=2 * CALLERS)
        with httpx2.Client(base_url=f"http://127.0.0.1:{port}", headers=headers, timeout=120, limits=limits) as client:
            yield client
    finally:
        process.terminate()
        process.wait()


def _listens(port: int) -> bool:
    with socket.socket() as trying:
        return trying.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def recorded(way: Between, question: Question) -> Iterator[Callable[[], object]]:
    """The calls that the question is answered by, made directly: nothing but the HTTP client and JSON."""
    calls: list[dict[str, Any]] = []
    own = Rpc._post

    def post(rpc: Rpc, method: str, params: list[Any], *, repeatable: bool = True) -> Any:
        calls.append({"id": len(calls), "method": method, "params": params})
        return own(rpc, method, params, repeatable=repeatable)

    url = f"http://127.0.0.1:{way.port}"
    with TrytonAnswers(settings(url, database=FOR_LOOKUPS), Unpaced()) as answers:
        # What is asked once for all look-ups is known then.
        question.put_to(answers)
        with patch.object(Rpc, "_post", post):
            question.put_to(answers)
        session = {"Authorization": answers._system._rpc._http.headers["Authorization"]}
        with httpx2.Client(base_url=url, headers=session, timeout=60) as client:
            yield lambda: [client.post(f"/{FOR_LOOKUPS}/rpc/", json=call).raise_for_status().json() for call in calls]


def seconds(call: Callable[[], object]) -> float:
    started = time.perf_counter()
    call()
    return time.perf_counter() - started


def medians(first: Callable[[], object], second: Callable[[], object], rounds: int) -> tuple[float, float]:
    """Of both in turn, so that what else the machine does is in the way of both."""
    taken = [(seconds(first), seconds(second)) for _ in range(rounds)]
    ours, theirs = zip(*taken, strict=True)
    return statistics.median(ours), statistics.median(theirs)


def at_once(calls: list[Callable[[], object]]) -> None:
    """All at the same moment."""
    together = Barrier(len(calls))

    def call(one_of_them: Callable[[], object]) -> None:
        together.wait()
        one_of_them()

    with ThreadPoolExecutor(len(calls)) as threads:
        list(threads.map(call, calls))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=50)
    rounds = parser.parse_args().rounds
    if not installed.is_complete(FOLDER):
        console.print("Tryton is not installed: python3 -m tests.connections.tryton.install")
        return
    table = Table(title="Look-ups of a Tryton on this machine")
    for heading in ("", "measured", "bound", "held"):
        table.add_column(heading, justify="right" if heading else "left")

    def add(what: str, measured: float, bound: float, unit: str = "") -> None:
        table.add_row(what, f"{measured:.2f}{unit}", f"{bound:g}{unit}", "yes" if measured <= bound else "no")

    with service() as running:
        questions: dict[str, tuple[Question, Callable[[], object]]] = {
            "financials": (FinancialsQuestion(BUYER), running.financials),
            "a product": (ProductsQuestion((SKUS[0],), BUYER), lambda: running.products(SKUS[0])),
        }
        for what, (question, ask) in questions.items():
            at_once([ask] * CONCURRENCY)
            with recorded(running.way, question) as directly:
                ours, theirs = medians(ask, directly, rounds)
            add(f"{what}: {ours * 1000:.0f} ms to {theirs * 1000:.0f} ms directly", ours / theirs, RATIO_BOUND)
        running.customer()
        kept = statistics.quantiles([seconds(running.customer) for _ in range(rounds)], n=20)[-1]
        add("from the cache, 95 %", kept * 1000, KEPT_BOUND, " ms")
        many, single = medians(lambda: running.products(*SKUS), lambda: running.products(SKUS[0]), rounds // 5)
        add(f"{len(SKUS)} SKUs ({many * 1000:.0f} ms) to one ({single * 1000:.0f} ms)", many / single, MANY_BOUND)

        before = running.way.requests
        running.products(SKUS[0])
        of_one, before = running.way.requests - before, running.way.requests
        at_once([lambda: running.products(SKUS[1], fresh=False)] * CALLERS)
        add(f"{CALLERS} callers, one question: look-ups of Tryton", (running.way.requests - before) / of_one, 1)
        running.way.most_at_once = 0
        at_once([lambda sku=sku: running.products(sku) for sku in SKUS])  # type: ignore[misc]
        add(f"{CALLERS} callers, {len(SKUS)} questions: at Tryton at once", running.way.most_at_once, CONCURRENCY)
    console.print(table)


if __name__ == "__main__":
    main()
