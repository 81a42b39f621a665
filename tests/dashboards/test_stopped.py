"""While the database is stopped the pages say so, and show their figures again once it runs."""

import logging
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import vizro.models as vm
from flask import Flask
from vizro.managers import model_manager

from tests.conftest import enterable_folder, memory
from tests.dashboards.test_builds import LAST_BUILD
from wiseparts_pipeline.dashboards.access import Access
from wiseparts_pipeline.dashboards.builds import Results
from wiseparts_pipeline.dashboards.marts import Marts
from wiseparts_pipeline.dashboards.service import EXTENSION, Service
from wiseparts_pipeline.warehouse import Warehouse, embedded


@pytest.fixture
def folder() -> Iterator[Path]:
    """Of a server that the test starts and stops."""
    with enterable_folder(memory()) as folder:
        yield folder / "postgres"


def test_a_stopped_database_gives_a_sentence_and_recovers(
    server: Flask, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    figures = [each for each in model_manager._get_models(vm.Figure) if each.id.startswith("exports-")]
    with ExitStack() as first:
        url = first.enter_context(embedded.running(folder))
        Warehouse(url).prepare()
        with Warehouse(url).connect(autocommit=True) as connection:
            connection.execute(LAST_BUILD.encode())
        reader = Marts(Warehouse(url))
        service = Service(Results(reader, tmp_path), Access())
        monkeypatch.setitem(server.extensions, EXTENSION, service)
        before = texts(server, figures)

    with caplog.at_level(logging.WARNING):
        stopped = texts(server, figures)

    # Nothing more is there to be read.
    assert before.count("export_log is not built: run `wiseparts build`.") == len(figures)
    assert stopped.count("The database cannot be reached at the moment.") == len(figures)
    # Once for all figures, without a traceback.
    [record] = [each for each in caplog.records if each.name == "wiseparts.dashboards" and "reached" in each.message]
    assert record.exc_info is None
    with embedded.running(folder):
        assert texts(server, figures) == before
        reader.close()


def texts(server: Flask, figures: list[vm.Figure]) -> str:
    with server.test_request_context():
        return "\n".join(str(figure()) for figure in figures)
