"""The dashboards on the marts of the demo, which the tests share and only read.

What runs here ends with the tests of this folder: others copy the demo's database, and have event loops of their own.
"""

import logging
import multiprocessing
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, sync_playwright
from psycopg.rows import dict_row
from werkzeug.serving import make_server

from tests import debian
from tests.installation import OWN_VARIABLES
from tests.measuring import unmeasured
from wiseparts_pipeline.dashboards import app
from wiseparts_pipeline.dashboards.access import Access
from wiseparts_pipeline.dashboards.builds import Results
from wiseparts_pipeline.dashboards.marts import Marts
from wiseparts_pipeline.dashboards.service import EXTENSION, Service
from wiseparts_pipeline.warehouse import Role, Warehouse

CHROMIUM = Path("/usr/bin/chromium-headless-shell")


@pytest.fixture(scope="package")
def demo_marts(request: pytest.FixtureRequest) -> Iterator[Warehouse]:
    """The demo's database, running; whoever writes a page names one that is, so as not to wait for the demo."""
    if url := os.environ.get("WISEPARTS_TEST_DEMO_URL"):
        yield Warehouse(url, {Role.ANALYST: url})
        return
    installation, done = request.getfixturevalue("demo")
    assert done.status == 0, done.err
    with pytest.MonkeyPatch.context() as patch:
        for name, value in installation.environment.items():
            if name.startswith(OWN_VARIABLES):
                patch.setenv(name, value)
        with Warehouse.open(role=Role.ANALYST) as warehouse:
            yield warehouse


@pytest.fixture(scope="package")
def analyst(demo_marts: Warehouse) -> Iterator[psycopg.Connection[dict[str, Any]]]:
    """A connection of the analyst, for the tests' own queries; rows by column."""
    with demo_marts.connect(autocommit=True, read_only_analyst=True) as connection:
        connection.row_factory = dict_row
        yield connection


@pytest.fixture(scope="package")
def service(demo_marts: Warehouse, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """What the figures read from."""
    reader = Marts(demo_marts)
    yield Service(Results(reader, tmp_path_factory.mktemp("dashboards")), Access())
    reader.close()


@pytest.fixture(scope="package")
def server(service: Service) -> Flask:
    """The application; Vizro has one in a process."""
    return app.create(service)


@pytest.fixture(scope="package")
def address(server: Flask, demo_marts: Warehouse, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where the application is served, for a browser: by a process of its own, which takes half the time."""
    listening = make_server("127.0.0.1", 0, server, threaded=True)

    def serve() -> None:
        own = Service(Results(Marts(demo_marts), tmp_path_factory.getbasetemp() / "served"), Access())
        server.extensions[EXTENSION] = own
        logging.getLogger("werkzeug").setLevel(logging.WARNING)
        unmeasured(listening.serve_forever)()

    process = multiprocessing.get_context("fork").Process(target=serve)
    process.start()
    listening.server_close()
    yield f"http://127.0.0.1:{listening.port}"
    process.kill()
    process.join()


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """Debian's browser without its windows, which takes half the time."""
    debian.need(CHROMIUM, CHROMIUM.name)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="package")
def profile(chromium: Browser) -> Iterator[BrowserContext]:
    """One user's browser."""
    with chromium.new_context(viewport={"width": 1500, "height": 1000}, accept_downloads=True) as context:
        yield context
