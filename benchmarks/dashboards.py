"""Times of the dashboards in Debian's Chromium, served as in production; `python -m benchmarks.dashboards --rows N`.

On the sample, and on N sales lines: the first view of each page after a build, clicks, the way from page to page, a
browser that has no files yet, ten people clicking at once, and the memory of each worker.
"""

import argparse
import random
import statistics
import time
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import psutil
from playwright.sync_api import Page, Request, sync_playwright
from rich.console import Console
from rich.table import Table

from benchmarks.marts import Bench
from benchmarks.running import free_port
from wiseparts_pipeline.cli.servers.dashboards import running_dashboards
from wiseparts_pipeline.home import home

console = Console()
CHROMIUM = Path("/usr/bin/chromium-headless-shell")
PAGES = ("today", "sales", "customer", "quotes", "call_centre", "receivables", "channels", "imports", "exports")
SAMPLE_SECONDS, HISTORY_SECONDS, CLICK_SECONDS, TEN_SECONDS, WORKER_MB = 2, 3, 1, 2, 200
PEOPLE, CLICKS = 10, 10
CALLBACKS = "/_dash-update-component"
# All figures are there; gives the milliseconds since the page was asked for.
READY = """() => document.querySelector('.page-head')
    && [...document.querySelectorAll('#page-components .figure-container')].every((each) => each.childElementCount)
    && [...document.querySelectorAll('[data-markup]')].every((each) => each.childElementCount)
    && !document.querySelector('[data-dash-is-loading=true]') && performance.now()"""


class Figures:
    """A table of what was measured, with its bounds."""

    def __init__(self, title: str) -> None:
        self.table = Table(title=title)
        for heading in ("what", "measured", "bound", "held"):
            self.table.add_column(heading, justify="left" if heading == "what" else "right")

    def add(self, what: str, value: float, bound: float, unit: str = "s") -> None:
        shown = f"{value:.2f}" if unit == "s" else f"{value:.0f}"
        self.table.add_row(what, f"{shown} {unit}", f"{bound:g} {unit}", "yes" if value <= bound else "no")


def view(page: Page, address: str) -> float:
    """Seconds until the page is complete."""
    page.goto(address)
    return float(page.wait_for_function(READY, timeout=120_000).json_value()) / 1000


def until_changed(page: Page, shown: str, act: Callable[[], None]) -> float:
    """Seconds from an act until the page is complete and the text of the element `shown` is another one."""
    text = "shown => document.querySelector(shown)?.textContent"
    before, started = page.evaluate(text, shown), time.perf_counter()
    act()
    page.wait_for_function(f"([shown, before]) => ![undefined, before].includes(({text})(shown))", arg=[shown, before])
    page.wait_for_function(READY)
    return time.perf_counter() - started


def choose(page: Page, control: str) -> None:
    """The second of a list."""
    page.locator(f"#sales-{control}-list").click()
    page.get_by_role("option").nth(1).click()


def clicks(page: Page) -> Iterator[tuple[str, float]]:
    """What is done on the page of sales, and how many seconds it takes."""
    family = page.locator("#sales-families button.row").first
    for level in (1, 2, 3):
        yield f"click down to level {level}", until_changed(page, "#sales-way", family.click)
    view(page, page.url.partition("?")[0])
    for control in ("sales_rep", "currency"):
        yield f"choice of {control}", until_changed(page, "#sales-totals", partial(choose, page, control))


def ten_people(url: str, bodies: list[bytes]) -> list[float]:
    """Seconds of answers to what browsers have asked for before, in any order."""

    def ask(body: bytes) -> float:
        started = time.perf_counter()
        request = urllib.request.Request(url + CALLBACKS, body, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=120) as answer:
            answer.read()
        return time.perf_counter() - started

    asked = random.Random(PEOPLE).choices(bodies, k=PEOPLE * CLICKS)
    with ThreadPoolExecutor(PEOPLE) as people:
        return sorted(people.map(ask, asked))


def measure(url: str, server: int, title: str, bound: float) -> None:
    """Print what is measured of the server, whose process is `server`, with nothing kept yet."""
    figures, bodies = Figures(title), list[bytes]()

    def note(request: Request) -> None:
        if CALLBACKS in request.url and request.post_data_buffer:
            bodies.append(request.post_data_buffer)

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        context = browser.new_context(viewport={"width": 1500, "height": 1000})
        context.on("request", note)
        # The browser has the files of the application from a visit before.
        view(context.new_page(), f"{url}/sales?sales-currency=RON")
        for name in PAGES:
            page = context.new_page()
            figures.add(f"first view of {name}", view(page, f"{url}/{name}"), bound)
            if name == "sales":
                for what, seconds in clicks(page):
                    figures.add(what, seconds, CLICK_SECONDS)
                seconds = until_changed(page, "#page-title", page.get_by_role("link", name="Today").click)
                figures.add("from sales to today", seconds, bound)
            page.close()
        figures.add("sales in a browser without any files", view(browser.new_page(), f"{url}/sales"), bound)
        browser.close()
    taken = ten_people(url, bodies)
    figures.add(f"{PEOPLE} people, median of {len(taken)} answers", statistics.median(taken), TEN_SECONDS)
    figures.add(f"{PEOPLE} people, 95 %", statistics.quantiles(taken, n=20)[-1], TEN_SECONDS)
    for worker in psutil.Process(server).children(recursive=True):
        if not worker.children() and "gunicorn" in " ".join(worker.cmdline()):
            memory = worker.memory_full_info()
            figures.add("memory of a worker (PSS)", memory.pss / 1e6, WORKER_MB, "MB")
            figures.add("memory of a worker (RSS)", memory.rss / 1e6, WORKER_MB, "MB")
    console.print(figures.table)


def serve(bench: Bench, title: str, bound: float) -> None:
    """Measure as in production."""
    log = home() / "dashboards.log"
    with running_dashboards(bench.warehouse, "127.0.0.1", free_port(), log) as running:
        measure(running.url, running.process.pid, title, bound)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=5_000_000)
    rows: int = parser.parse_args().rows
    if not CHROMIUM.exists():
        console.print(f"The dashboards are not measured: {CHROMIUM} is missing (apt install {CHROMIUM.name}).")
        return
    with Bench.opened() as bench:
        serve(bench, "Dashboards on the sample", SAMPLE_SECONDS)
        bench.load_history(rows)
        bench.build(full_refresh=True)
        serve(bench, f"Dashboards on {rows:,} sales lines", HISTORY_SECONDS)


if __name__ == "__main__":
    main()
