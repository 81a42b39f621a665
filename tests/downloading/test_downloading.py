"""Pictures and datasheets are fetched once, from hosts that are named, and only if they are what they should be."""

import socket
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.downloading import media as media_server
from tests.downloading.media import JPEG, PDF, PNG, Media
from tests.matching.records import put
from tests.transport.ftp_servers import make_certificates
from wiseparts_pipeline.config.connections.pull import PullSettings
from wiseparts_pipeline.config.loader import Configuration
from wiseparts_pipeline.config.source import SourceSettings
from wiseparts_pipeline.downloading.fetching import NotFetched, public_addresses
from wiseparts_pipeline.downloading.service import Downloaded, download
from wiseparts_pipeline.transport.embedded import EmbeddedSftp
from wiseparts_pipeline.warehouse import Warehouse


@pytest.fixture
def media() -> Iterator[Media]:
    with media_server.running() as media:
        yield media


@pytest.fixture
def files(tmp_path: Path) -> Path:
    folder = tmp_path / "files"
    folder.mkdir()
    return folder


def here(host: str, port: int) -> Sequence[str]:
    """As if the name service said so."""
    return ["127.0.0.1"]


def downloaded(
    warehouse: Warehouse, media: Media, files: Path | SourceSettings, *, again: bool = False, **settings: Any
) -> Downloaded:
    """`files`: where they are put, a folder of this machine or a server."""
    options = {name: settings.pop(name) for name in ("limit", "seconds") if name in settings}
    asked = {"images": 1, "datasheets": "pdf", "hosts": media.host, "source": "files", "requests_per_second": 10}
    pull = PullSettings.model_validate(
        {"connection": "market", "entity": "supplier_products", "download": asked | {"products": "all"} | settings}
    )
    here_or_there = {"protocol": "local", "root": str(files)}
    source = files if isinstance(files, SourceSettings) else SourceSettings(name="files", **here_or_there)
    configuration = Configuration({"files": source}, {}, pulls={pull.name: pull})
    (done,) = download(warehouse, configuration, again=again, addresses=here, **options)
    return done


def has(
    warehouse: Warehouse, media: Media, images: Sequence[str], datasheets: Sequence[str] = (), puid: str = "1"
) -> None:
    with warehouse.connect(autocommit=True) as connection:
        urls = [[media.url(path) if path.startswith("/") else path for path in paths] for paths in (images, datasheets)]
        put(connection, "supplier_products", "puid image_urls datasheet_urls", [(puid, *urls)])


def noted(warehouse: Warehouse) -> dict[str, tuple[str, str | None]]:
    with warehouse.connect() as connection:
        rows = connection.execute("select url, status, error from ops.downloads").fetchall()
    return {"/" + url.rpartition("/")[2]: (status, error) for url, status, error in rows}


def stored(files: Path) -> dict[str, bytes]:
    return {path.suffix: path.read_bytes() for path in files.rglob("*.*")}


def test_files_are_fetched_once_and_named_by_their_content(warehouse: Warehouse, media: Media, files: Path) -> None:
    media.files = {"/a.jpg": JPEG, "/second.jpg": PNG, "/a.pdf": PDF, "/same.jpg": JPEG}
    has(warehouse, media, ["/a.jpg", "/second.jpg"], ["/a.pdf"])
    has(warehouse, media, ["/same.jpg"], puid="2")

    done = downloaded(warehouse, media, files)
    assert (done.fetched, done.same, done.bytes) == (3, 1, len(JPEG) + len(PDF))
    assert stored(files) == {".jpg": JPEG, ".pdf": PDF}
    assert downloaded(warehouse, media, files).fetched == 0
    assert media.asked == {"/a.jpg": 1, "/a.pdf": 1, "/same.jpg": 1}
    assert media.hosts == {media.host}


def test_what_is_not_what_it_should_be_is_refused(warehouse: Warehouse, media: Media, files: Path) -> None:
    media.files = {"/page.jpg": b"<html>" * 100, "/big.jpg": JPEG * 9, "/a.pdf": JPEG, "/short.jpg": b"\xff"}
    for number, path in enumerate(("/page.jpg", "/big.jpg", "/gone.jpg", "/short.jpg")):
        has(warehouse, media, [path], ["/a.pdf"] if not number else [], puid=str(number))
    done = downloaded(warehouse, media, files, max_bytes=2000)

    assert (done.refused, done.fetched, stored(files)) == (5, 0, {})
    assert {path: error for path, (_, error) in noted(warehouse).items()} == {
        "/page.jpg": "it is not a picture (JPEG, PNG, GIF or WebP)",
        "/short.jpg": "it is not a picture (JPEG, PNG, GIF or WebP)",
        "/big.jpg": "it has more than 2,000 bytes (`max_bytes`)",
        "/gone.jpg": "the answer is 404",
        "/a.pdf": "it is not a PDF",
    }
    assert downloaded(warehouse, media, files).refused == 0
    assert downloaded(warehouse, media, files, again=True).fetched == 1


def test_no_link_and_no_redirect_leads_to_another_host(
    warehouse: Warehouse, media: Media, files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited: list[float] = []
    monkeypatch.setattr("wiseparts_pipeline.downloading.service.time.sleep", waited.append)
    media.moved = {
        "/in.jpg": "/there.jpg",
        "/out.jpg": f"http://other.example:{media.port}/secret.jpg",
        "/port.jpg": "http://media.example:1/secret.jpg",
        "/round.jpg": "/round.jpg",
    }
    media.files = {"/there.jpg": JPEG, "/secret.jpg": JPEG}
    elsewhere = [f"http://other.example:{media.port}/x.jpg", f"ftp://{media.host}/x", f"http://a:b@{media.host}/x", "x"]
    for number, url in enumerate([*media.moved, *elsewhere]):
        has(warehouse, media, [url], puid=str(number))
    done = downloaded(warehouse, media, files)

    assert (done.fetched, done.refused, done.elsewhere) == (1, 3, 4)
    assert "/secret.jpg" not in media.asked
    assert noted(warehouse)["/out.jpg"] == ("refused", "it leads to a host that `hosts` does not name")
    assert noted(warehouse)["/round.jpg"][1] == "it is redirected more than 3 times"
    # The rate is that of requests, not of links.
    assert len(waited) == sum(media.asked.values()) > 4


def test_what_may_pass_is_tried_again_the_next_day(warehouse: Warehouse, media: Media, files: Path) -> None:
    media.files, media.broken = {"/a.jpg": JPEG}, {"/a.jpg"}
    has(warehouse, media, ["/a.jpg"])
    assert downloaded(warehouse, media, files).failed == 1
    media.broken.clear()
    assert downloaded(warehouse, media, files).fetched == 0
    with warehouse.connect(autocommit=True) as connection:
        connection.execute("update ops.downloads set next_attempt_at = next_attempt_at - interval '1 day'")

    assert downloaded(warehouse, media, files).fetched == 1
    assert noted(warehouse) == {"/a.jpg": ("fetched", None)}


def test_it_goes_on_where_it_was_stopped(warehouse: Warehouse, media: Media, files: Path) -> None:
    media.files = {f"/{number}.jpg": JPEG + bytes([number]) for number in range(3)}
    for path in media.files:
        has(warehouse, media, [path], puid=path)
    first = downloaded(warehouse, media, files, limit=2)
    second = downloaded(warehouse, media, files)

    assert (first.fetched, first.left, second.fetched) == (2, 1, 1)
    assert set(media.asked.values()) == {1}


def test_only_matched_products_unless_all_are_wanted(warehouse: Warehouse, media: Media, files: Path) -> None:
    media.files = {"/a.jpg": JPEG}
    has(warehouse, media, ["/a.jpg"])

    assert downloaded(warehouse, media, files, products="matched").fetched == 0


def test_files_are_put_on_a_server_once(warehouse: Warehouse, media: Media, tmp_path: Path) -> None:
    media.files = {"/a.jpg": JPEG, "/same.jpg": JPEG, "/b.pdf": PDF}
    has(warehouse, media, ["/a.jpg", "/same.jpg"], ["/b.pdf"])
    with EmbeddedSftp.running(tmp_path) as server:
        source = SourceSettings(
            name="files",
            protocol="sftp",
            host=server.host,
            port=server.port,
            username="wiseparts",
            private_key=str(server.key),
            known_hosts=server.known_hosts,
        )
        first, second = (downloaded(warehouse, media, source, images=2) for _ in range(2))

        assert (first.fetched, first.same, first.failed, second.fetched) == (3, 1, 0, 0)
        assert stored(server.root) == {".jpg": JPEG, ".pdf": PDF}


def test_what_there_is_no_time_for_is_left(warehouse: Warehouse, media: Media, files: Path) -> None:
    media.files = {"/a.jpg": JPEG}
    has(warehouse, media, ["/a.jpg"])

    none, all_ = (downloaded(warehouse, media, files, seconds=seconds) for seconds in (0, 60))
    assert (none.fetched, none.left, all_.fetched, all_.left) == (0, 1, 1, 0)


@pytest.mark.parametrize(("name", "fetched"), [("media.example", 1), ("other.example", 0)])
def test_a_server_has_to_be_whom_the_link_names(
    warehouse: Warehouse, files: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, fetched: int
) -> None:
    certificates = make_certificates(tmp_path / "tls", name)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificates.authority))
    with media_server.running(certificates.server) as media:
        media.files = {"/a.jpg": JPEG}
        has(warehouse, media, ["/a.jpg"])
        done = downloaded(warehouse, media, files)

    assert (done.fetched, done.failed) == (fetched, 1 - fetched)


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.0.0.7", "169.254.169.254", "192.168.1.1", "::1", "fd00::1", "::ffff:10.0.0.1", "0.0.0.0"],
)
def test_a_host_within_our_network_is_refused(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    answer = [(0, 0, 0, "", (each, 443)) for each in ("93.184.216.34", address)]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: answer)

    with pytest.raises(NotFetched, match="is not of the internet"):
        public_addresses("media.example", 443)
