"""What pulling costs: 10,000 orders in pages compared with the bare requests for them, and a pull with nothing new.

`python -m benchmarks.pulls [--orders N] [--seconds-a-page S] [--rounds N]` prints the table. The shop is a process of
this machine; it takes as long for a page of 100 orders as a shop with a database does.
"""

import argparse
import json
import multiprocessing
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socket import create_server, socket
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
from rich.console import Console
from rich.table import Table

from tests.installation import Installation

console = Console()

# Of the time of a pull to that of the bare requests; MB; requests of a pull with nothing new.
TIME_BOUND, MEMORY_BOUND, QUIET_BOUND = 1.5, 400, 3
PAGE = 100
LINES = 3
_FORKS = multiprocessing.get_context("fork")
_PULL = {
    "connection": "shop",
    "entity": "orders",
    "request": {"path": "/orders"},
    "records": "items",
    "paginate": {"by": "page", "parameter": "page", "total": "total"},
    "window": {"parameter": "since"},
    "file": {"rows_in": "lines"},
    "columns": {
        "order_id": "code",
        "line_no": "lines.number",
        "placed_at": "placed",
        "channel": {"constant": "web"},
        "status": {"constant": "confirmed"},
        "customer_id": "customer.email",
        "sku": "lines.sku",
        "description": "lines.name",
        "quantity": "lines.quantity",
        "unit_price": "lines.price",
        "net_amount": {"expression": "[lines.quantity] * [lines.price]"},
        "currency": "currency",
    },
}


@dataclass(frozen=True)
class Pulled:
    """What a pull took: seconds of the pull and of the whole command with the import, MB, requests."""

    seconds: float
    command_seconds: float
    megabytes: float
    requests: int


def order(number: int) -> dict[str, Any]:
    """An order about as large as that of a real shop."""
    address = {"fullName": "Maria Petridou", "streetLine1": "Kifisias 100", "city": "Athens", "postalCode": "11526"}
    lines = [
        {"number": line, "sku": f"BP-{line}", "name": "Brake pad set, front axle", "quantity": line, "price": 12.5}
        for line in range(1, LINES + 1)
    ]
    return {
        "code": f"WEB-{number:06}",
        "placed": "2026-03-01T10:00:00Z",
        "currency": "EUR",
        "customer": {"email": f"buyer{number % 500}@example.org", "name": "Maria Petridou"},
        "shippingAddress": address,
        "billingAddress": address,
        "lines": lines,
    }


@contextmanager
def shop(orders: int, seconds_a_page: float) -> Iterator[str]:
    """Its address. It is a process of its own, so that it does not share ours."""
    with create_server(("127.0.0.1", 0), backlog=100) as listening:
        process = _FORKS.Process(target=_serve, args=(listening, orders, seconds_a_page), daemon=True)
        process.start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            process.kill()
            process.join()


def _serve(listening: socket, orders: int, seconds_a_page: float) -> None:
    everything = [order(number) for number in range(orders)]
    pages = [
        json.dumps({"items": everything[first : first + PAGE], "total": orders}).encode()
        for first in range(0, orders, PAGE)
    ]
    nothing = json.dumps({"items": [], "total": 0}).encode()

    class Page(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            asked = parse_qs(urlsplit(self.path).query)
            number = int(asked["page"][0]) - 1
            content = nothing if "since" in asked or number >= len(pages) else pages[number]
            if content is not nothing:
                time.sleep(seconds_a_page)
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:
            """Nothing is to be read about it."""

    server = ThreadingHTTPServer(listening.getsockname(), Page, bind_and_activate=False)
    server.socket.close()
    server.socket = listening
    server.serve_forever()


def bare_requests(url: str) -> float:
    """Seconds to ask for all pages, one after the other, with nothing but the HTTP client and JSON."""
    started = time.perf_counter()
    with httpx2.Client() as client:
        page, left = 1, 1
        while left > 0:
            answer = client.get(f"{url}/orders", params={"page": page}).json()
            left = answer["total"] - page * PAGE
            page += 1
    return time.perf_counter() - started


def connected(folder: Path, url: str) -> Installation:
    installation = Installation(folder)
    connection = {"name": "shop", "system": "rest", "url": url, "auth": "none", "allow_plaintext": True}
    installation.component("Connection", "shop", connection | {"requests_per_second": 1000})
    installation.component("Pull", "orders", _PULL)
    return installation


def pull(installation: Installation, *options: str) -> Pulled:
    """Runs the command in a process of its own."""
    wiseparts = str(Path(sys.executable).with_name("wiseparts"))
    command = [wiseparts, "pull", "orders", "--no-progress", "--json", *options]
    started = time.perf_counter()
    process = subprocess.Popen(
        command, env=installation.environment, cwd=installation.folder, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    told = json.loads(process.stdout.read())
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, told
    (row,) = told["pulls"]
    command_seconds = time.perf_counter() - started
    return Pulled(float(row["seconds"]), command_seconds, used.ru_maxrss / 1024, row["requests"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--orders", type=int, default=10_000)
    parser.add_argument("--seconds-a-page", type=float, default=0.1)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    table = Table(title=f"{options.orders:,} orders of {LINES} lines in pages of {PAGE}")
    for heading in ("round", "bare requests", "pulled", "ratio", "with the import", "memory"):
        table.add_column(heading, justify="right")
    times: list[tuple[float, float]] = []
    memory = 0.0
    with TemporaryDirectory() as folder, shop(options.orders, options.seconds_a_page) as url:
        installation = connected(Path(folder), url)
        for number in range(1, options.rounds + 1):
            bare, ours = bare_requests(url), pull(installation, "--full")
            times.append((bare, ours.seconds))
            memory = max(memory, ours.megabytes)
            table.add_row(
                str(number),
                f"{bare:.2f} s",
                f"{ours.seconds:.2f} s",
                f"{ours.seconds / bare:.2f}",
                f"{ours.command_seconds:.1f} s",
                f"{ours.megabytes:.0f} MB",
            )
        quiet = pull(installation)
    console.print(table)
    # Of the best of each: what else this machine does makes both slower, and not evenly.
    best_bare, best_ours = (min(column) for column in zip(*times, strict=True))
    console.print(f"ratio of the best {best_ours / best_bare:.2f}, at most {TIME_BOUND} is allowed")
    console.print(f"memory {memory:.0f} MB, at most {MEMORY_BOUND} MB are allowed")
    console.print(f"nothing new: {quiet.requests} requests, at most {QUIET_BOUND} are allowed")


if __name__ == "__main__":
    main()
