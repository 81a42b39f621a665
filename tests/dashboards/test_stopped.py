"""While the database is stopped the pages say so, and show their figures again once it runs."""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import vizro.models as vm
from flask import Flask
from playwright.sync_api import BrowserContext, expect
from vizro.managers import model_manager
from werkzeug.serving import make_server

from tests.conftest import enterable_folder, memory
from tests.dashboards.test_builds import LAST_BUILD
from wiseparts_pipeline.dashboards.access import Access
from wiseparts_pipeline.dashboards.builds import Results
from wiseparts_pipeline.dashboards.marts import Marts
from wiseparts_pipeline.dashboards.service import EXTENSION, Service
from wiseparts_pipeline.warehouse import Warehouse, embedded

NOT_BUILT = "export_log is not built: run `wiseparts build`."
NOT_REACHED = "The database cannot be reached at the moment. Try again in a minute."


@pytest.fixture
def folder() -> Iterator[Path]:
    """Of a server that the test starts and stops."""
    with enterable_folder(memory()) as folder:
        yield folder / "postgres"


@contextmanager
def served(server: Flask) -> Iterator[str]:
    """The address of the application, by this process, whose database it is."""
    listening = make_server("127.0.0.1", 0, server, threaded=True)
    thread = threading.Thread(target=listening.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listening.port}"
    finally:
        listening.shutdown()
        thread.join()
        listening.server_close()


def test_a_stopped_database_gives_a_sentence_and_recovers(
    server: Flask,
    profile: BrowserContext,
    folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    figures = [each for each in model_manager._get_models(vm.Figure) if each.id.startswith("exports-")]
    with served(server) as address, profile.new_page() as page:
        with embedded.running(folder) as url:
            Warehouse(url).prepare()
            with Warehouse(url).connect(autocommit=True) as connection:
                connection.execute(LAST_BUILD.encode())
            reader = Marts(Warehouse(url))
            service = Service(Results(reader, tmp_path), Access())
            monkeypatch.setitem(server.extensions, EXTENSION, service)
            before = texts(server, figures)
            page.goto(f"{address}/exports")
            expect(page.locator("#exports-pending")).to_contain_text(NOT_BUILT)

        # Nothing more is there to be read.
        assert before.count(NOT_BUILT) == len(figures)
        caplog.clear()
        with caplog.at_level(logging.WARNING, "wiseparts.dashboards"):
            assert texts(server, figures).count(NOT_REACHED) == len(figures)
        # Once for all figures, without a traceback.
        [record] = [each for each in caplog.records if each.name == "wiseparts.dashboards"]
        assert record.exc_info is None
        page.reload()
        expect(page.locator("#exports-pending")).to_contain_text(NOT_REACHED)
        expect(page.locator("#exports-head")).to_have_text(NOT_REACHED)

        with embedded.running(folder):
            assert texts(server, figures) == before
            page.reload()
            expect(page.locator("#exports-pending")).to_contain_text(NOT_BUILT)
            reader.close()


def texts(server: Flask, figures: list[vm.Figure]) -> str:
    with server.test_request_context():
        return "\n".join(str(figure()) for figure in figures)
