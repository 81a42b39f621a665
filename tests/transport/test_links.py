"""Links in a source are never followed: what they lead to is not the sender's to give."""

import os
import stat
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import paramiko
import pytest

from tests.transport.site import Site
from wiseparts_pipeline.config.source import SourceSettings
from wiseparts_pipeline.transport import FileMissing, FolderMissing, PermanentError, Transport, TransportError, connect
from wiseparts_pipeline.transport.embedded import EmbeddedSftp
from wiseparts_pipeline.transport.sftp.ssh import open_client

SECRET = b"root:x:0:0:root:/root:/bin/bash\n"


@pytest.fixture(params=["embedded", "openssh", "mod_sftp", "local"])
def linked(request: pytest.FixtureRequest, tmp_path: Path) -> Site:
    """A source with links that lead out of it; beside its root, only this machine's users may read `outside`."""
    site: Site = request.getfixturevalue(f"{request.param}_site")
    outside = site.root.parent / f"{site.root.name}-outside"
    outside.mkdir(mode=0o755)
    (outside / "secret.csv").write_bytes(SECRET)
    for path in (outside, outside / "secret.csv"):
        site.own(path)
    site.put("Sales/a.csv")
    (site.root / "Sales/link.csv").symlink_to(outside / "secret.csv")
    (site.root / "Sales/folder").symlink_to(outside)
    (site.root / "Sales/dangling.csv").symlink_to("gone.csv")
    (site.root / "Sales/circle.csv").symlink_to("circle.csv")
    (site.root / "Linked").symlink_to(outside)
    return site


def outside(site: Site) -> list[tuple[str, bytes]]:
    folder = site.root.parent / f"{site.root.name}-outside"
    return [(path.name, path.read_bytes()) for path in folder.iterdir()]


def test_links_are_not_listed(linked: Site) -> None:
    with connect(linked.settings) as transport:
        assert [file.name for file in transport.list("Sales")] == ["a.csv"]
        assert transport.folders("Sales") == ()
        assert transport.folders("") == ("Sales",)


def test_a_link_is_something_that_exists_and_no_file(linked: Site) -> None:
    with connect(linked.settings) as transport:
        for name in ("link.csv", "folder", "dangling.csv"):
            assert transport.exists(f"Sales/{name}")
            assert transport.stat(f"Sales/{name}") is None


USES: dict[str, Callable[[Transport, Path], object]] = {
    "list": lambda transport, local: transport.list("Linked"),
    "folders": lambda transport, local: transport.folders("Linked"),
    "fetch": lambda transport, local: transport.fetch("Linked/secret.csv", local / "fetched"),
    "fetch a link": lambda transport, local: transport.fetch("Sales/link.csv", local / "fetched"),
    "read": lambda transport, local: transport.check_readable("Linked/secret.csv"),
    "read a link": lambda transport, local: transport.check_readable("Sales/link.csv"),
    "move out of it": lambda transport, local: transport.move("Linked/secret.csv", "Sales/b.csv"),
    "move a link": lambda transport, local: transport.move("Sales/link.csv", "Sales/processed/link.csv"),
    "move into it": lambda transport, local: transport.move("Sales/a.csv", "Linked/a.csv"),
    "move below it": lambda transport, local: transport.move("Sales/a.csv", "Linked/processed/a.csv"),
    "remove": lambda transport, local: transport.remove("Linked/secret.csv"),
    "remove a link": lambda transport, local: transport.remove("Sales/link.csv"),
    "upload": lambda transport, local: transport.upload(local / "new.csv", "Linked/new.csv"),
    "upload below it": lambda transport, local: transport.upload(local / "new.csv", "Linked/errors/new.csv"),
}


@pytest.mark.parametrize("use", USES)
def test_nothing_is_done_with_a_link(linked: Site, tmp_path: Path, use: str) -> None:
    (tmp_path / "new.csv").write_bytes(b"new")
    before = outside(linked)
    with connect(linked.settings) as transport, pytest.raises(PermanentError, match="is a link, and links"):
        USES[use](transport, tmp_path)
    assert outside(linked) == before
    assert not (tmp_path / "fetched").exists()
    assert (linked.root / "Sales/a.csv").exists()


@pytest.mark.parametrize("kind", ["openssh", "local"])
def test_the_root_itself_may_be_reached_over_a_link(request: pytest.FixtureRequest, kind: str) -> None:
    site: Site = request.getfixturevalue(f"{kind}_site")
    site.put("Sales/a.csv")
    alias = site.root.with_name(f"{site.root.name}-alias")
    alias.symlink_to(site.root)
    root = site.settings.root.rstrip("/").removesuffix(site.root.name) + alias.name
    with connect(site.settings.model_copy(update={"root": root})) as transport:
        assert [file.name for file in transport.list("Sales")] == ["a.csv"]


def test_links_that_an_ftp_server_lists_are_not_followed(ftp_site: Site, tmp_path: Path) -> None:
    ftp_site.put("Outside/secret.csv")
    ftp_site.put("Sales/a.csv")
    (ftp_site.root / "Sales/link.csv").symlink_to("../Outside/secret.csv")
    (ftp_site.root / "Sales/folder").symlink_to("../Outside")
    (ftp_site.root / "Sales/dangling.csv").symlink_to("gone.csv")
    (ftp_site.root / "Linked").symlink_to("Outside")
    with connect(ftp_site.settings) as transport:
        assert [file.name for file in transport.list("Sales")] == ["a.csv"]
        assert transport.folders("Sales") == ()
        uses = (
            "list",
            "folders",
            "fetch",
            "read",
            "move out of it",
            "move into it",
            "move below it",
            "remove",
            "upload",
        )
        for use in uses:
            (tmp_path / "new.csv").write_bytes(b"new")
            with pytest.raises(PermanentError, match="Linked is a link, and links"):
                USES[use](transport, tmp_path)
    assert [path.name for path in (ftp_site.root / "Outside").iterdir()] == ["secret.csv"]


def test_a_folder_that_is_exchanged_for_a_link_meanwhile_is_not_followed(local_site: Site, tmp_path: Path) -> None:
    """On this machine each folder is opened from the one before it, so there is no moment in between."""
    local_site.put("Sales/secret.csv", b"ours")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "secret.csv").write_bytes(SECRET)
    folder, aside, link = (local_site.root / name for name in ("Sales", "Aside", "Link"))
    link.symlink_to(elsewhere)
    is_done = threading.Event()

    def exchange() -> None:
        while not is_done.is_set():
            folder.rename(aside)
            link.rename(folder)
            folder.rename(link)
            aside.rename(folder)

    thread = threading.Thread(target=exchange)
    thread.start()
    fetched, refused = 0, 0
    try:
        with connect(local_site.settings) as transport:
            while fetched < 100 or refused < 100:
                try:
                    transport.fetch("Sales/secret.csv", tmp_path / "fetched")
                    fetched += 1
                    assert (tmp_path / "fetched").read_bytes() == b"ours"
                except (PermanentError, FileMissing):
                    refused += 1
    finally:
        is_done.set()
        thread.join()


def test_a_pipe_in_the_place_of_a_file_does_not_block(local_site: Site, tmp_path: Path) -> None:
    os.mkfifo(local_site.folder("Sales") / "a.csv")
    with connect(local_site.settings) as transport:
        assert transport.list("Sales") == []
        with pytest.raises(PermanentError, match="not a regular file"):
            transport.fetch("Sales/a.csv", tmp_path / "a.csv")


def test_an_upload_does_not_write_through_a_link_that_has_its_temporary_name(local_site: Site, tmp_path: Path) -> None:
    (tmp_path / "new.csv").write_bytes(b"new")
    (tmp_path / "precious").write_bytes(b"old")
    (local_site.folder("Sales") / "new.csv.part").symlink_to(tmp_path / "precious")
    with connect(local_site.settings) as transport:
        transport.upload(tmp_path / "new.csv", "Sales/new.csv")
    assert (tmp_path / "precious").read_bytes() == b"old"
    assert (local_site.root / "Sales/new.csv").read_bytes() == b"new"


class TestEmbeddedServer:
    """What a client of the embedded server can do that is not our own transport."""

    @pytest.fixture
    def client(self, embedded: EmbeddedSftp, embedded_site: Site) -> Iterator[paramiko.SFTPClient]:
        with open_client(embedded_site.settings) as ssh, ssh.open_sftp() as sftp:
            sftp.chdir(embedded_site.settings.root)
            yield sftp

    def test_a_client_makes_no_links(self, client: paramiko.SFTPClient, embedded_site: Site) -> None:
        embedded_site.put("a.csv")
        for target in ("a.csv", "/etc/passwd", "../../../etc/passwd"):
            with pytest.raises(PermissionError):
                client.symlink(target, "link")
        a, b = (f"{embedded_site.settings.root}/{name}" for name in ("a.csv", "b.csv"))
        with pytest.raises(OSError, match="links cannot be made"):
            client._request(paramiko.sftp.CMD_EXTENDED, "hardlink@openssh.com", a, b)  # type: ignore[attr-defined]
        assert [path.name for path in embedded_site.root.iterdir()] == ["a.csv"]

    def test_a_relative_link_cannot_be_moved_to_where_it_leads_out(
        self, client: paramiko.SFTPClient, embedded_site: Site
    ) -> None:
        (embedded_site.folder("deep/deeper") / "link").symlink_to("../../..")
        for rename in (client.rename, client.posix_rename):
            with pytest.raises(OSError, match="link"):
                rename("deep/deeper/link", "link")
        client.rename("deep/deeper", "up")
        with pytest.raises(OSError, match="link"):
            client.listdir("up/link")

    def test_nothing_is_done_with_what_a_link_leads_to(
        self, client: paramiko.SFTPClient, embedded_site: Site, tmp_path: Path
    ) -> None:
        secret = tmp_path / "secret.csv"
        secret.write_bytes(SECRET)
        (tmp_path / "folder").mkdir()
        (embedded_site.root / "file").symlink_to(secret)
        (embedded_site.root / "folder").symlink_to(tmp_path)
        before = secret.stat()
        for use in (
            lambda: client.open("file"),
            lambda: client.open("file", "w"),
            lambda: client.open("folder/secret.csv"),
            lambda: client.open("folder/new.csv", "w"),
            lambda: client.stat("file"),
            lambda: client.lstat("folder/secret.csv"),
            lambda: client.chmod("file", 0o777),
            lambda: client.truncate("file", 0),
            lambda: client.utime("file", (0, 0)),
            lambda: client.chown("file", 1, 1),
            lambda: client.readlink("file"),
            lambda: client.listdir("folder"),
            lambda: client.mkdir("folder/new"),
            lambda: client.rmdir("folder/folder"),
            lambda: client.remove("folder/secret.csv"),
            lambda: client.rename("folder/secret.csv", "mine"),
            lambda: client.posix_rename("folder/secret.csv", "mine"),
        ):
            with pytest.raises(OSError, match="link"):
                use()
        assert secret.stat() == before
        assert sorted(path.name for path in tmp_path.iterdir()) == ["folder", "secret.csv"]

    def test_a_link_can_be_seen_and_removed(self, client: paramiko.SFTPClient, embedded_site: Site) -> None:
        (embedded_site.root / "link").symlink_to("/etc")
        assert stat.S_ISLNK(client.lstat("link").st_mode or 0)
        client.remove("link")
        assert list(embedded_site.root.iterdir()) == []

    def test_paths_with_two_dots_stay_below_the_root(self, client: paramiko.SFTPClient, embedded: EmbeddedSftp) -> None:
        (embedded.root / "top.csv").touch()
        assert "top.csv" in client.listdir("/../../..")
        assert client.normalize("/../../etc") == "/etc"
        with pytest.raises(FileNotFoundError):
            client.stat("/../../etc/passwd")

    def test_a_client_changes_permissions_and_times_but_no_owner(
        self, client: paramiko.SFTPClient, embedded_site: Site
    ) -> None:
        file = embedded_site.put("a.csv", b"content")
        owner = file.stat().st_uid
        client.chmod("a.csv", 0o6755)
        client.utime("a.csv", (1_750_000_000, 1_750_000_000))
        client.truncate("a.csv", 3)
        client.chown("a.csv", 12345, 12345)
        client.chmod(".", 0o750)
        status = file.stat()
        assert (stat.S_IMODE(status.st_mode), status.st_size, status.st_uid) == (0o755, 3, owner)
        assert stat.S_IMODE(embedded_site.root.stat().st_mode) == 0o750

    def test_a_client_appends_and_reads_and_writes(self, client: paramiko.SFTPClient, embedded_site: Site) -> None:
        with client.open("a.csv", "w") as file:
            file.write(b"one")
        with client.open("a.csv", "a") as file:
            file.write(b", two")
        with client.open("a.csv", "r+") as file:
            assert file.read(3) == b"one"
            file.seek(0)
            file.write(b"ONE")
        assert (embedded_site.root / "a.csv").read_bytes() == b"ONE, two"
        with pytest.raises(OSError, match="exists"):
            client.open("a.csv", "x")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_the_embedded_server_of_root_serves_as_the_owner_of_its_folder(tmp_path: Path) -> None:
    root = tmp_path / "sftp/root"
    (root / "Sales").mkdir(parents=True)
    (root / "Private").mkdir(mode=0o700)
    nobody = 65534
    for path in (root, root / "Sales"):
        os.chown(path, nobody, nobody)
    with EmbeddedSftp.running(tmp_path) as server:
        variables = server.environment()
        settings = SourceSettings(
            name="erp",
            protocol="sftp",
            host=server.host,
            port=server.port,
            username="wiseparts",
            private_key=variables["ERP_SFTP_KEY"],
            known_hosts=server.known_hosts,
        )
        (tmp_path / "new.csv").write_bytes(b"id\n")
        with connect(settings) as transport:
            transport.upload(tmp_path / "new.csv", "Sales/new.csv")
            with pytest.raises(TransportError, match="permission denied"):
                transport.list("Private")
            with pytest.raises(FolderMissing):
                transport.list("Gone")
    assert (root / "Sales/new.csv").stat().st_uid == nobody
