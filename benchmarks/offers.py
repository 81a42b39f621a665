"""What a look-up of offers costs beside the bare request to ITscope, in CPU time of the thread that asks.

`python -m benchmarks.offers [--rounds N] [--offers N]` prints it. The service is that of the tests, asked at its rate.
"""

import argparse
import statistics
import time
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx2
from rich.console import Console

from tests.connections.itscope.server import running
from tests.connections.itscope.server.catalogue import offer, product
from tests.live.itscope.market import NEW, bearings, lookups_at, store
from wiseparts_pipeline.live.questions import OffersQuestion
from wiseparts_pipeline.warehouse import Warehouse

console = Console()

SKU = "B/1"


def milliseconds(call: Callable[[int], object], rounds: int) -> float:
    """The median CPU time of this thread; `call` gets the number of the round."""
    taken = []
    for number in range(rounds):
        began = time.thread_time()
        call(number)
        taken.append(time.thread_time() - began)
    return statistics.median(taken) * 1000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--offers", type=int, default=20)
    options = parser.parse_args()
    market = bearings()
    market.products[7] = product(
        7, "Bearing", *(offer(70 + each, each, price=9.9 + each, stock=5, **NEW) for each in range(options.offers))
    )
    with TemporaryDirectory() as folder, Warehouse.open(Path(folder) / "home") as warehouse, running(market) as url:
        store(warehouse)
        with lookups_at(url, warehouse, deadline_seconds=60) as lookups, httpx2.Client(auth=("m1", "key")) as client:

            def look_up(quantity: int, *, fresh: bool = True) -> None:
                lookups.answer(OffersQuestion(SKU, Decimal(quantity + 1)), fresh=fresh)

            def ask(_: int) -> None:
                client.get(f"{url}/products/ids/7%2C8/standardUpdate.json?realtime=true").raise_for_status().json()

            # What is done once.
            look_up(0)
            look_up(0, fresh=False)
            ask(0)
            bare, ours = milliseconds(ask, options.rounds), milliseconds(look_up, options.rounds)
            kept = milliseconds(lambda _: look_up(0, fresh=False), options.rounds)
    console.print(
        f"a look-up of {options.offers + 1} offers: {ours:.1f} ms of CPU, of which the bare request has {bare:.1f} ms;"
        f" one that is kept: {kept:.2f} ms"
    )


if __name__ == "__main__":
    main()
