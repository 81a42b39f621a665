"""Connections that are lost during an operation."""

import hashlib
import os
import time
from itertools import pairwise
from pathlib import Path

import pytest

from tests.transport.conftest import AsyncServer, Line
from tests.transport.site import Site
from wiseparts_pipeline.transport import TransientError, connect

pytestmark = pytest.mark.usefixtures("quick_retries")

MEGABYTE = 1024 * 1024


def test_a_listing_is_repeated_over_a_new_connection(line_site: Site, line: Line) -> None:
    line_site.put("Sales/a.csv")
    with connect(line_site.settings) as transport:
        line.cut()
        assert [file.name for file in transport.list("Sales")] == ["a.csv"]
    assert line.connections == 2


def test_a_fetch_starts_again_after_a_drop(line_site: Site, line: Line, tmp_path: Path) -> None:
    content = os.urandom(20 * MEGABYTE)
    line_site.put("Sales/a.csv", content)
    line.cuts = [10 * MEGABYTE]
    reported: list[int] = []
    with connect(line_site.settings) as transport:
        digest = transport.fetch("Sales/a.csv", tmp_path / "a.csv", reported.append)
    assert (tmp_path / "a.csv").read_bytes() == content
    assert digest == hashlib.sha256(content).hexdigest()
    assert any(later < earlier for earlier, later in pairwise(reported))
    assert line.connections == 2


def test_a_fetch_that_drops_twice_is_a_transient_error(line_site: Site, line: Line, tmp_path: Path) -> None:
    line_site.put("Sales/a.csv", bytes(20 * MEGABYTE))
    line.cuts = [10 * MEGABYTE, 10 * MEGABYTE]
    with connect(line_site.settings) as transport:
        with pytest.raises(TransientError, match=r"Sales/a\.csv: the connection was lost"):
            transport.fetch("Sales/a.csv", tmp_path / "a.csv")
        assert not (tmp_path / "a.csv").exists()
        assert transport.exists("Sales/a.csv")


def test_an_upload_starts_again_after_a_drop(line_site: Site, line: Line, tmp_path: Path) -> None:
    source = tmp_path / "errors.csv"
    source.write_bytes(b"code\nnot_a_date\n")
    line_site.put("Sales/errors/old.csv")
    with connect(line_site.settings) as transport:
        line.cut()
        transport.upload(source, "Sales/errors/a.csv")
        assert sorted(file.name for file in transport.list("Sales/errors")) == ["a.csv", "old.csv"]


def test_a_move_whose_response_was_lost_is_not_taken_for_a_failure(server: AsyncServer) -> None:
    (server.root / "a.csv").write_text("id\n")
    with connect(server.settings()) as transport:
        transport.move("a.csv", "processed/a.csv")
    assert (server.root / "processed/a.csv").exists()


def test_a_server_that_stops_answering_causes_a_timeout(line_site: Site, line: Line, tmp_path: Path) -> None:
    line_site.put("Sales/a.csv")
    settings = line_site.settings.model_copy(update={"timeout_seconds": 1})
    with connect(settings) as transport:
        line.hold()
        with pytest.raises(TransientError, match=r"cannot list .*Sales: no answer within 1 s"):
            transport.list("Sales")
        line.release()
        assert [file.name for file in transport.list("Sales")] == ["a.csv"]


def test_a_server_that_sends_little_for_each_request_is_read_to_the_end(server: AsyncServer, tmp_path: Path) -> None:
    content = os.urandom(2 * MEGABYTE + 17)
    (server.root / "a.csv").write_bytes(content)
    server.behaviour.most_bytes = 5000
    with connect(server.settings()) as transport:
        transport.fetch("a.csv", tmp_path / "a.csv")
    assert (tmp_path / "a.csv").read_bytes() == content


def test_a_slow_listing_may_take_longer_than_an_answer(server: AsyncServer) -> None:
    for number in range(384):
        (server.root / f"{number}.csv").touch()
    server.behaviour.seconds_between_names = 0.4
    with connect(server.settings(timeout_seconds=1)) as transport:
        began = time.monotonic()
        assert len(transport.list("")) == 384
        assert time.monotonic() - began > 1
