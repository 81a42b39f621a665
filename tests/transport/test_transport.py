"""What every transport does, against a local folder and real servers of each protocol."""

import hashlib
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.transport.site import Site
from wiseparts_pipeline.config.file_names import LONGEST_NAME
from wiseparts_pipeline.config.source import PROTOCOLS
from wiseparts_pipeline.transport import (
    TRANSPORTS,
    FileMissing,
    FolderMissing,
    PermanentError,
    RemoteFile,
    TargetExists,
    TransientError,
    connect,
)

CONTENT = b"id,name\n1,bolt\n"
ODD_NAMES = ["Πωλήσεις 21 11 2026.csv", "a b  c.csv", "100% 'quoted' \"twice\".csv", "back\\slash.csv", "-rf *?.csv"]


def test_every_protocol_has_a_transport() -> None:
    assert sorted(TRANSPORTS) == sorted(PROTOCOLS)


def names(files: list[RemoteFile]) -> list[str]:
    return sorted(file.name for file in files)


def test_a_folder_lists_its_files_with_size_and_time_in_utc(site: Site) -> None:
    file = site.put("Sales/SALES_1.csv", CONTENT)
    os.utime(file, (1_750_000_000, 1_750_000_000))
    site.put("Sales/processed/SALES_0.csv")
    with connect(site.settings) as transport:
        files = transport.list("Sales")
    assert files == [RemoteFile("Sales/SALES_1.csv", len(CONTENT), datetime(2025, 6, 15, 15, 6, 40, tzinfo=UTC))]


def test_the_root_itself_can_be_listed(site: Site) -> None:
    site.put("orders.csv")
    with connect(site.settings) as transport:
        assert [file.path for file in transport.list("")] == ["orders.csv"]


def test_a_missing_folder_is_named(site: Site) -> None:
    with connect(site.settings) as transport, pytest.raises(FolderMissing, match="Sales"):
        transport.list("Sales")


def test_ten_thousand_files_are_all_listed(site: Site) -> None:
    folder = site.folder("Calls")
    for number in range(10_000):
        (folder / f"CALLS_{number}.csv").touch()
    with connect(site.settings) as transport:
        assert len({file.path for file in transport.list("Calls")}) == 10_000


@pytest.mark.parametrize("size", [0, 1, 255 * 1024, 5 * 1024 * 1024 + 17])
def test_a_fetched_file_is_whole_and_hashed(site: Site, tmp_path: Path, size: int) -> None:
    content = os.urandom(size)
    site.put("Sales/a.csv", content)
    target = tmp_path / "downloads" / "a.csv"
    reported: list[int] = []
    with connect(site.settings) as transport:
        digest = transport.fetch("Sales/a.csv", target, reported.append)
    assert target.read_bytes() == content
    assert digest == hashlib.sha256(content).hexdigest()
    assert reported[-1:] == ([size] if size else [])


def test_fetching_a_missing_file_leaves_nothing_behind(site: Site, tmp_path: Path) -> None:
    site.folder("Sales")
    with connect(site.settings) as transport, pytest.raises(FileMissing, match=r"Sales/a\.csv"):
        transport.fetch("Sales/a.csv", tmp_path / "a.csv")
    assert not (tmp_path / "a.csv").exists()


@pytest.mark.parametrize("change", [b"grows", b""])
def test_a_file_that_changes_during_the_fetch_is_not_taken(site: Site, tmp_path: Path, change: bytes) -> None:
    file = site.put("Sales/a.csv", bytes(20 * 1024 * 1024))
    target = tmp_path / "a.csv"

    def meanwhile(done: int) -> None:
        if change:
            with file.open("ab") as writer:
                writer.write(change)
        else:
            os.truncate(file, 10 * 1024 * 1024)

    with connect(site.settings) as transport, pytest.raises(TransientError, match="still being written"):
        transport.fetch("Sales/a.csv", target, meanwhile)
    assert not target.exists()


def test_a_file_that_the_disk_has_no_space_for_is_not_fetched(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.put("Sales/a.csv")
    monkeypatch.setattr("wiseparts_pipeline.transport.download.RESERVE_BYTES", 2**62)
    with connect(site.settings) as transport, pytest.raises(PermanentError, match="free some space"):
        transport.fetch("Sales/a.csv", tmp_path / "a.csv")
    assert not (tmp_path / "a.csv").exists()


def test_a_target_that_cannot_be_written_is_reported_as_an_error_of_this_machine(site: Site, tmp_path: Path) -> None:
    site.put("Sales/a.csv")
    (tmp_path / "a.csv").mkdir()
    with connect(site.settings) as transport, pytest.raises(PermanentError, match="on this machine"):
        transport.fetch("Sales/a.csv", tmp_path / "a.csv")


def test_stat_returns_a_file_as_it_is_listed(site: Site) -> None:
    site.put("Sales/a.csv", b"a,b\n")
    with connect(site.settings) as transport:
        assert [transport.stat("Sales/a.csv")] == transport.list("Sales")
        assert transport.stat("Sales/b.csv") is None


def test_a_move_creates_the_folders_it_needs(site: Site) -> None:
    site.put("Sales/a.csv", CONTENT)
    with connect(site.settings) as transport:
        transport.move("Sales/a.csv", "Sales/processed/2026/a.csv")
        assert not transport.exists("Sales/a.csv")
    assert (site.root / "Sales/processed/2026/a.csv").read_bytes() == CONTENT


def test_a_move_never_overwrites(site: Site) -> None:
    site.put("Sales/a.csv", b"new")
    site.put("Sales/processed/a.csv", b"old")
    with connect(site.settings) as transport, pytest.raises(TargetExists, match=r"processed/a\.csv already exists"):
        transport.move("Sales/a.csv", "Sales/processed/a.csv")
    assert (site.root / "Sales/a.csv").read_bytes() == b"new"
    assert (site.root / "Sales/processed/a.csv").read_bytes() == b"old"


def test_a_removed_file_is_gone_and_its_neighbours_stay(site: Site) -> None:
    for name in ("a.csv", "b.csv"):
        site.put(f"Sales/processed/{name}")
    with connect(site.settings) as transport:
        transport.remove("Sales/processed/a.csv")
        with pytest.raises(FileMissing, match=r"a\.csv"):
            transport.remove("Sales/processed/a.csv")
        assert names(transport.list("Sales/processed")) == ["b.csv"]


def test_a_folder_is_not_removed(site: Site) -> None:
    site.put("Sales/processed/a.csv")
    with connect(site.settings) as transport, pytest.raises(PermanentError):
        transport.remove("Sales/processed")
    assert (site.root / "Sales/processed/a.csv").exists()


def test_moving_a_missing_file_creates_nothing(site: Site) -> None:
    site.folder("Sales")
    with connect(site.settings) as transport, pytest.raises(FileMissing, match=r"Sales/a\.csv"):
        transport.move("Sales/a.csv", "Sales/processed/a.csv")
    assert not (site.root / "Sales/processed").exists()


def test_an_upload_is_complete_and_creates_its_folders(site: Site, tmp_path: Path) -> None:
    source = tmp_path / "errors.csv"
    source.write_bytes(CONTENT * 100_000)
    with connect(site.settings) as transport:
        transport.upload(source, "Sales/errors/a.csv.errors.csv")
        assert names(transport.list("Sales/errors")) == ["a.csv.errors.csv"]
    assert (site.root / "Sales/errors/a.csv.errors.csv").read_bytes() == source.read_bytes()


@pytest.mark.parametrize("letter", ["x", "\u6f22"])
def test_the_longest_name_that_the_engine_gives_a_file_can_be_uploaded(site: Site, tmp_path: Path, letter: str) -> None:
    source = tmp_path / "errors.csv"
    source.write_bytes(CONTENT)
    name = letter * (LONGEST_NAME // len(letter.encode()))
    with connect(site.settings) as transport:
        transport.upload(source, f"Sales/errors/{name}")
    assert [path.name for path in (site.root / "Sales/errors").iterdir()] == [name]


def test_an_upload_never_overwrites(site: Site, tmp_path: Path) -> None:
    source = tmp_path / "errors.csv"
    source.write_bytes(b"new")
    site.put("Sales/errors/a.csv", b"old")
    with connect(site.settings) as transport, pytest.raises(TargetExists):
        transport.upload(source, "Sales/errors/a.csv")
    assert (site.root / "Sales/errors/a.csv").read_bytes() == b"old"
    assert [path.name for path in (site.root / "Sales/errors").iterdir()] == ["a.csv"]


@pytest.mark.parametrize("name", ODD_NAMES)
def test_a_name_may_have_any_characters(site: Site, tmp_path: Path, name: str) -> None:
    site.put(f"Sales of the year/{name}", CONTENT)
    with connect(site.settings) as transport:
        (file,) = transport.list("Sales of the year")
        assert file.name == name
        transport.fetch(file.path, tmp_path / "local")
        transport.move(file.path, f"Sales of the year/processed/{name}")
    assert (tmp_path / "local").read_bytes() == CONTENT
    assert (site.root / "Sales of the year/processed" / name).exists()


def test_names_survive_a_round_trip_whatever_their_encoding_on_the_server(remote_site: Site, tmp_path: Path) -> None:
    remote_site.put(b"Sales/K\xf6ln \xa7.csv", CONTENT)
    settings = remote_site.settings.model_copy(update={"name_encoding": "iso8859-1"})
    with connect(settings) as transport:
        (file,) = transport.list("Sales")
        assert file.name == "Köln §.csv"
        assert transport.stat(file.path) == file
        transport.fetch(file.path, tmp_path / "local")
        transport.move(file.path, f"Sales/Größe/{file.name}")
        transport.upload(tmp_path / "local", "Sales/Größe/ü.csv")
    found = sorted(os.listdir(os.fsencode(remote_site.root) + b"/Sales/Gr\xf6\xdfe"))  # noqa: PTH208
    assert found == [b"K\xf6ln \xa7.csv", b"\xfc.csv"]


@pytest.mark.parametrize("name", [b"line\nfeed.csv", b"bell\x07.csv", "Πωλήσεις.csv".encode("cp1253")])
def test_an_unsafe_name_is_listed_and_can_still_be_moved_away(site: Site, name: bytes) -> None:
    if b"\n" in name and site.settings.protocol.startswith("ftp"):
        pytest.skip("FTP has no way to send it: see test_ftp.py")
    site.put(b"Sales/" + name)
    with connect(site.settings) as transport:
        (file,) = transport.list("Sales")
        assert not file.name.isprintable()
        transport.move(file.path, "Sales/refused/renamed.csv")
    assert (site.root / "Sales/refused/renamed.csv").exists()


@pytest.mark.parametrize("path", ["../secret.csv", "Sales/../../secret.csv", "/etc/passwd", "Sales/a\0b.csv"])
def test_a_path_that_leads_out_of_the_root_is_refused(site: Site, tmp_path: Path, path: str) -> None:
    with connect(site.settings) as transport:
        for use in (
            lambda: transport.list(path),
            lambda: transport.fetch(path, tmp_path / "x"),
            lambda: transport.move("a.csv", path),
            lambda: transport.upload(tmp_path, path),
            lambda: transport.exists(path),
        ):
            with pytest.raises(PermanentError, match="not a path below the source's root"):
                use()


def test_an_unreadable_folder_is_named_with_the_user(openssh_site: Site) -> None:
    openssh_site.put("Sales/a.csv")
    (openssh_site.root / "Sales").chmod(0)
    with (
        connect(openssh_site.settings) as transport,
        pytest.raises(PermanentError, match=rf"Sales: permission denied for '{openssh_site.settings.username}'"),
    ):
        transport.list("Sales")


def test_an_upload_that_the_server_denies_leaves_nothing_behind(openssh_site: Site, tmp_path: Path) -> None:
    source = tmp_path / "errors.csv"
    source.write_bytes(CONTENT)
    openssh_site.folder("Sales").chmod(0o555)
    with connect(openssh_site.settings) as transport, pytest.raises(PermanentError, match="permission denied"):
        transport.upload(source, "Sales/a.csv")
    assert list((openssh_site.root / "Sales").iterdir()) == []


def test_a_name_that_is_not_utf_8_can_be_printed_in_a_message(site: Site) -> None:
    name = os.fsdecode("Πωλήσεις.csv".encode("cp1253"))
    with connect(site.settings) as transport, pytest.raises(FileMissing) as error:
        transport.move(name, "refused/a.csv")
    assert str(error.value).encode()


def test_a_missing_local_root_is_named(local_site: Site) -> None:
    local_site.root.rmdir()
    with pytest.raises(FolderMissing, match=str(local_site.root)):
        connect(local_site.settings)
