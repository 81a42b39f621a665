"""What publishing a folder needs of every transport: folders that are made, filled, renamed and removed."""

import os
import stat

import pytest

from tests.transport.conftest import AsyncServer
from tests.transport.ftp_servers import FtpServer
from tests.transport.site import Site
from wiseparts_pipeline.transport import FileMissing, FolderMissing, PermanentError, TargetExists, connect
from wiseparts_pipeline.transport.base import FOLDER_MODE
from wiseparts_pipeline.transport.beneath import Beneath

FILES = {"items.csv": b"line,sku\n1,AB\n", "empty.csv": b"", "large.csv": os.urandom(3_000_001)}


def contents(site: Site, folder: str) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (site.root / folder).iterdir()}


def test_a_folder_is_made_with_those_above_it_and_only_once(site: Site) -> None:
    with connect(site.settings) as transport:
        assert transport.make_folder("Export of ours/Orders/.one.part")
        assert not transport.make_folder("Export of ours/Orders/.one.part")
        assert transport.make_folder("Export of ours/Orders/.two.part")
    assert sorted(path.name for path in (site.root / "Export of ours/Orders").iterdir()) == [".one.part", ".two.part"]


def test_files_are_written_whole_and_replace_what_is_left_of_an_earlier_attempt(site: Site) -> None:
    with connect(site.settings) as transport:
        transport.make_folder("Orders/.one.part")
        transport.write("Orders/.one.part", {"items.csv": b"half of it, and of another attempt"})
        transport.write("Orders/.one.part", FILES)
    assert contents(site, "Orders/.one.part") == FILES


def test_writing_into_a_folder_that_is_not_there_names_it(site: Site) -> None:
    with connect(site.settings) as transport, pytest.raises(PermanentError, match=r"\.one\.part"):
        transport.write("Orders/.one.part", FILES)


def test_a_folder_is_renamed_with_what_is_in_it(site: Site) -> None:
    with connect(site.settings) as transport:
        transport.make_folder("Orders/.one.part")
        transport.write("Orders/.one.part", FILES)
        transport.rename("Orders/.one.part", "Orders/one")
    assert contents(site, "Orders/one") == FILES
    assert not (site.root / "Orders/.one.part").exists()


@pytest.mark.parametrize("taken", [{}, {"theirs.csv": b"a"}])
def test_a_folder_is_not_renamed_to_one_that_is_there_even_if_that_is_empty(
    site: Site, taken: dict[str, bytes]
) -> None:
    with connect(site.settings) as transport:
        for name in (".one.part", "one"):
            transport.make_folder(f"Orders/{name}")
        transport.write("Orders/.one.part", {"data.csv": b"ours"})
        transport.write("Orders/one", taken)
        with pytest.raises(TargetExists, match="Orders/one already exists"):
            transport.rename("Orders/.one.part", "Orders/one")
    assert contents(site, "Orders/one") == taken
    assert contents(site, "Orders/.one.part") == {"data.csv": b"ours"}


def test_pure_ftpd_publishes_a_folder_and_overwrites_none(pure_ftpd_server: FtpServer) -> None:
    site = pure_ftpd_server.site()
    with connect(site.settings) as transport:
        for name in ("one", "two"):
            assert transport.make_folder(f"Orders/.{name}.part")
            transport.write(f"Orders/.{name}.part", FILES)
        transport.rename("Orders/.one.part", "Orders/one")
        with pytest.raises(TargetExists):
            transport.rename("Orders/.two.part", "Orders/one")
    assert contents(site, "Orders/one") == FILES


def test_a_folder_that_is_gone_cannot_be_renamed(site: Site) -> None:
    site.folder("Orders")
    with connect(site.settings) as transport, pytest.raises(FileMissing):
        transport.rename("Orders/.one.part", "Orders/one")


def test_a_move_renames_a_folder_too(site: Site) -> None:
    if site.settings.protocol.startswith("ftp"):
        pytest.skip("over FTP, only files are moved")
    with connect(site.settings) as transport:
        transport.make_folder("Orders/one")
        transport.write("Orders/one", {"data.csv": b"a"})
        transport.move("Orders/one", "Orders/processed/one")
    assert contents(site, "Orders/processed/one") == {"data.csv": b"a"}


def test_hidden_folders_are_listed_for_who_asks_for_them(site: Site, request: pytest.FixtureRequest) -> None:
    if "vsftpd" in request.node.name:
        pytest.skip("vsftpd lists nothing hidden")
    with connect(site.settings) as transport:
        for name in (".one.part", "two"):
            transport.make_folder(f"Orders/{name}")
        assert transport.folders("Orders") == ("Orders/two",)
        assert sorted(transport.folders("Orders", hidden=True)) == ["Orders/.one.part", "Orders/two"]


def test_only_an_empty_folder_is_removed(site: Site) -> None:
    with connect(site.settings) as transport:
        transport.make_folder("Orders/one")
        transport.write("Orders/one", {"data.csv": b"a"})
        with pytest.raises(PermanentError):
            transport.remove_folder("Orders/one")
        transport.remove("Orders/one/data.csv")
        transport.remove_folder("Orders/one")
        with pytest.raises(FolderMissing):
            transport.remove_folder("Orders/one")
    assert list((site.root / "Orders").iterdir()) == []


def test_what_is_published_is_for_owner_and_group_only(site: Site) -> None:
    if site.settings.protocol.startswith("ftp"):
        pytest.skip("FTP has no way to say so")
    with connect(site.settings) as transport:
        transport.make_folder("Orders")
        transport.make_folder("Orders/one")
        transport.write("Orders/one", {"data.csv": b"a"})
    for path in (site.root / "Orders/one", site.root / "Orders/one/data.csv"):
        assert stat.S_IMODE(path.stat().st_mode) & 0o007 == 0


def test_nothing_is_published_through_a_link(site: Site) -> None:
    elsewhere = site.folder("elsewhere")
    (site.root / "Orders").symlink_to(elsewhere)
    with connect(site.settings) as transport, pytest.raises(PermanentError):
        transport.make_folder("Orders/one")
    assert list(elsewhere.iterdir()) == []


def test_where_nothing_may_be_written_the_user_is_named(openssh_site: Site) -> None:
    openssh_site.folder("Orders").chmod(0o555)
    with (
        connect(openssh_site.settings) as transport,
        pytest.raises(PermanentError, match=rf"permission denied for '{openssh_site.settings.username}'"),
    ):
        transport.make_folder("Orders/one")


def test_a_drop_box_that_cannot_be_listed_is_filled(openssh_site: Site) -> None:
    box = openssh_site.folder("Orders")
    box.chmod(0o333)
    with connect(openssh_site.settings) as transport:
        transport.make_folder("Orders/.one.part")
        transport.write("Orders/.one.part", {"data.csv": b"a"})
        transport.rename("Orders/.one.part", "Orders/one")
    assert contents(openssh_site, "Orders/one") == {"data.csv": b"a"}


@pytest.mark.usefixtures("quick_retries")
def test_a_rename_of_a_folder_whose_answer_was_lost_is_not_taken_for_a_failure(server: AsyncServer) -> None:
    with connect(server.settings()) as transport:
        transport.make_folder("Orders/.one.part")
        transport.rename("Orders/.one.part", "Orders/one")
    assert (server.root / "Orders/one").is_dir()


def test_a_local_rename_replaces_nothing_where_the_system_has_no_rename_for_it(
    local_site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wiseparts_pipeline.transport.beneath._RENAME", None)
    files = Beneath(local_site.root)
    for name in ("one", "two"):
        files.make_folder(name, FOLDER_MODE)
    with pytest.raises(FileExistsError):
        files.rename("one", "two")
    files.rename("one", "three")
    assert sorted(path.name for path in local_site.root.iterdir()) == ["three", "two"]
