"""FTP and FTPS: certificates, sessions, names, and what goes wrong on the way."""

import os
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil
import pytest
from pydantic import SecretStr

from tests.importing.drop import Drop, counts
from tests.transport import ftp_servers
from tests.transport.conftest import Line
from tests.transport.ftp_servers import PASSWORD, Certificates, FtpServer, make_certificates
from tests.transport.site import Site, free_port
from tests.transport.windows_ftp import WindowsFtp
from wiseparts_pipeline.config.source import SourceSettings
from wiseparts_pipeline.transport import (
    FileMissing,
    FolderMissing,
    PermanentError,
    RemoteFile,
    TransientError,
    connect,
)
from wiseparts_pipeline.transport.sftp.client import SftpClient
from wiseparts_pipeline.warehouse import Warehouse

pytestmark = pytest.mark.usefixtures("quick_retries")

MEGABYTE = 1024 * 1024


def error_of(settings: SourceSettings, kind: type[Exception]) -> str:
    with pytest.raises(kind) as raised:
        connect(settings)
    return str(raised.value)


def changed(settings: SourceSettings, **changes: Any) -> SourceSettings:
    return settings.model_copy(update=changes)


class TestCertificates:
    """Nothing is sent to a server that cannot prove who it is."""

    def test_an_authority_that_this_machine_does_not_know_is_refused(self, vsftpd_server: FtpServer) -> None:
        before = vsftpd_server.log.count("USER")
        message = error_of(changed(vsftpd_server.settings, ca_file=None), PermanentError)
        assert "the server's certificate is not accepted: unable to get local issuer certificate" in message
        assert "set `ca_file`" in message
        assert vsftpd_server.log.count("USER") == before

    def test_another_authority_of_the_same_name_is_refused(self, vsftpd_server: FtpServer, tmp_path: Path) -> None:
        other = make_certificates(tmp_path)
        message = error_of(changed(vsftpd_server.settings, ca_file=other.authority), PermanentError)
        assert "the server's certificate is not accepted" in message

    def test_a_certificate_for_another_host_is_refused(self, vsftpd_server: FtpServer) -> None:
        message = error_of(changed(vsftpd_server.settings, host="localhost"), PermanentError)
        assert "Hostname mismatch" in message
        assert "must be valid for 'localhost'" in message

    def test_a_certificate_that_has_expired_is_refused(self, tmp_path: Path) -> None:
        with ftp_servers.vsftpd(make_certificates(tmp_path / "expired", days=-1)) as server:
            assert "certificate has expired" in error_of(server.settings, PermanentError)

    def test_a_self_signed_certificate_is_accepted_where_it_is_the_ca_file(self, tmp_path: Path) -> None:
        certificates = make_certificates(tmp_path, is_self_signed=True)
        with ftp_servers.vsftpd(certificates) as server, connect(server.settings) as transport:
            assert transport.folders("") == ()

    def test_a_missing_ca_file_is_named(self, vsftpd_server: FtpServer, tmp_path: Path) -> None:
        message = error_of(changed(vsftpd_server.settings, ca_file=tmp_path / "none.pem"), PermanentError)
        assert f"there is no file {tmp_path}/none.pem (`ca_file`)" in message

    def test_a_ca_file_without_certificates_is_named(self, vsftpd_server: FtpServer, tmp_path: Path) -> None:
        (tmp_path / "ca.pem").write_text("no certificate")
        message = error_of(changed(vsftpd_server.settings, ca_file=tmp_path / "ca.pem"), PermanentError)
        assert "has no certificates in PEM format" in message

    def test_a_server_without_tls_is_sent_no_password(self, plain_ftp_server: FtpServer, tmp_path: Path) -> None:
        settings = changed(plain_ftp_server.settings, protocol="ftps")
        assert "the server refuses TLS, so no password was sent" in error_of(settings, PermanentError)


class TestTls:
    @pytest.mark.parametrize("kind", ["vsftpd", "proftpd"])
    def test_a_server_may_expect_tls_at_once(self, certificates: Certificates, kind: str, tmp_path: Path) -> None:
        with getattr(ftp_servers, kind)(certificates, tls="implicit") as server:
            site = server.site()
            site.put("Sales/a.csv", b"content")
            with connect(site.settings) as transport:
                transport.fetch("Sales/a.csv", tmp_path / "a.csv")
                transport.upload(tmp_path / "a.csv", "Sales/errors/b.csv")
                transport.move("Sales/a.csv", "Sales/processed/a.csv")
            assert (site.root / "Sales/errors/b.csv").read_bytes() == b"content"
            hint = error_of(changed(server.settings, tls="explicit", timeout_seconds=1), TransientError)
            assert "set `tls: implicit`" in hint

    def test_the_wrong_form_of_tls_is_told(self, vsftpd_server: FtpServer) -> None:
        message = error_of(changed(vsftpd_server.settings, tls="implicit"), PermanentError)
        assert "if it begins without TLS, set `tls: explicit`" in message

    @pytest.mark.parametrize("kind", ["vsftpd", "proftpd"])
    def test_data_connections_resume_the_session_as_servers_require(
        self, request: pytest.FixtureRequest, kind: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        site: Site = request.getfixturevalue(f"{kind}_site")
        with connect(site.settings) as transport:
            assert transport.list("") == []
        monkeypatch.setattr(ssl.SSLSocket, "session", property(lambda self: None))
        with connect(site.settings) as transport, pytest.raises((PermanentError, TransientError)):
            transport.list("")


def test_pure_ftpd(certificates: Certificates, tmp_path: Path) -> None:
    """All in one, as each login takes up to five seconds there."""
    with ftp_servers.pure_ftpd(certificates, "-L", "20:5") as server:
        site = server.site()
        name = "Πωλήσεις 21 11.csv"
        file = site.put(f"Sales/{name}", b"content")
        os.utime(file, (1_750_000_000, 1_750_000_000))
        site.put("Sales/b.csv")
        (tmp_path / "errors.csv").write_bytes(b"x" * MEGABYTE)
        for number in range(30):
            site.put(f"Many/{number}.csv")
        with connect(site.settings) as transport:
            found = {file.name: file for file in transport.list("Sales")}
            assert found[name] == RemoteFile(f"Sales/{name}", 7, datetime(2025, 6, 15, 15, 6, 40, tzinfo=UTC))
            assert transport.stat(f"Sales/{name}") == found[name]
            assert transport.stat("Sales/c.csv") is None
            assert transport.folders("") == ("Sales", "Many") or transport.folders("") == ("Many", "Sales")
            transport.fetch(f"Sales/{name}", tmp_path / "fetched")
            transport.move(f"Sales/{name}", f"Sales/processed/{name}")
            transport.upload(tmp_path / "errors.csv", "Sales/errors/a.csv")
            transport.check_writable("Sales")
            transport.check_readable("Sales/b.csv")
            with pytest.raises(FolderMissing):
                transport.list("Gone")
            with pytest.raises(FileMissing):
                transport.fetch("Sales/c.csv", tmp_path / "c.csv")
            with pytest.raises(PermanentError, match="lists only a part of the folder"):
                transport.list("Many")
        assert (tmp_path / "fetched").read_bytes() == b"content"
        assert (site.root / "Sales/errors/a.csv").stat().st_size == MEGABYTE
        assert (site.root / "Sales/processed" / name).exists()


def test_files_are_imported_and_archived_over_ftps(
    vsftpd_site: Site, warehouse: Warehouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WISEPARTS_HOME", str(tmp_path / "home"))
    drop = Drop(vsftpd_site.root, warehouse)
    vsftpd_site.folder("collections")
    drop = drop.of("collections")
    vsftpd_site.put("collections/Συλλογές 1.csv", b"collection_id,name\nW,Winter\n,Summer\n")
    with connect(vsftpd_site.settings) as transport:
        (result,) = drop.run(transport).files
    assert counts(result) == {"read": 2, "created": 1, "rejected": 1}
    assert drop.names() == []
    assert drop.names("processed") == ["Συλλογές 1.csv"]
    assert drop.names("errors") == ["Συλλογές 1.csv.errors.csv"]


class TestLogin:
    def test_a_wrong_password_is_refused_and_never_shown(self, proftpd_server: FtpServer) -> None:
        message = error_of(changed(proftpd_server.settings, password=SecretStr("monkey wrench")), PermanentError)
        assert "login refused for 'erp' (530" in message
        assert "monkey" not in message

    def test_a_password_that_the_server_repeats_is_not_shown(self, windows: WindowsFtp) -> None:
        message = error_of(windows.settings(password="monkey wrench"), PermanentError)
        assert "530 User cannot log in with ***." in message
        assert windows.commands.count("PASS") == 1

    def test_a_refused_connection_is_a_transient_error(self, windows: WindowsFtp) -> None:
        port = free_port()
        assert f"127.0.0.1:{port}: cannot connect" in error_of(windows.settings(port=port), TransientError)

    @pytest.mark.parametrize(
        ("when", "said", "attempts"),
        [
            ("", "421 Too many connections, please try later", 0),
            ("USER", "530 Sorry, the maximum number of clients (1) are already connected", 1),
        ],
    )
    def test_a_server_with_too_many_connections_is_a_transient_error(
        self, windows: WindowsFtp, when: str, said: str, attempts: int
    ) -> None:
        windows.answers = {when: said}
        assert said in error_of(windows.settings(), TransientError)
        assert windows.commands.count("USER") == attempts

    def test_a_server_that_is_none_is_told(self, windows: WindowsFtp) -> None:
        windows.answers = {"": "SSH-2.0-OpenSSH_9.2"}
        assert "this is no FTP server" in error_of(windows.settings(), PermanentError)

    def test_one_connection_is_enough(self, certificates: Certificates, tmp_path: Path) -> None:
        with ftp_servers.vsftpd(certificates, extra="max_clients=1") as server:
            site = server.site()
            site.put("Sales/a.csv")
            site.put("Sales/large.csv", bytes(20 * MEGABYTE))
            with connect(site.settings) as transport:
                assert len(transport.list("Sales")) == 2
                # Ends the connection, as the rest of the file is not wanted.
                transport.check_readable("Sales/large.csv")
                transport.move("Sales/a.csv", "Sales/processed/a.csv")
                assert "421" in error_of(site.settings, TransientError)


class TestFailures:
    @pytest.fixture
    def line(self, vsftpd_server: FtpServer) -> Iterator[Line]:
        line = Line(vsftpd_server.settings.port)
        yield line
        line.close()

    @pytest.fixture
    def line_site(self, vsftpd_site: Site, line: Line) -> Site:
        return Site(changed(vsftpd_site.settings, port=line.port), vsftpd_site.root, vsftpd_site.owner)

    def test_a_listing_is_repeated_over_a_new_connection(self, line_site: Site, line: Line) -> None:
        line_site.put("Sales/a.csv")
        with connect(line_site.settings) as transport:
            line.cut()
            assert [file.name for file in transport.list("Sales")] == ["a.csv"]
        assert line.connections == 2

    def test_a_server_that_stops_answering_causes_a_timeout(self, line_site: Site, line: Line) -> None:
        line_site.put("Sales/a.csv")
        with connect(changed(line_site.settings, timeout_seconds=1)) as transport:
            line.hold()
            with pytest.raises(TransientError, match=r"cannot list .*Sales: no answer within 1 s"):
                transport.list("Sales")
            line.release()
            assert [file.name for file in transport.list("Sales")] == ["a.csv"]

    def test_a_silent_server_causes_a_timeout(self, line_site: Site, line: Line) -> None:
        line.is_silent = True
        assert "no answer within 1 s" in error_of(changed(line_site.settings, timeout_seconds=1), TransientError)

    @pytest.mark.parametrize("kind", ["vsftpd", "proftpd"])
    def test_a_server_that_dies_half_way_is_a_transient_error(
        self, certificates: Certificates, kind: str, tmp_path: Path
    ) -> None:
        with getattr(ftp_servers, kind)(certificates) as server:
            site = server.site()
            site.put("Sales/a.csv", bytes(50 * MEGABYTE))

            def die(_: int) -> None:
                process = psutil.Process(server.pid)
                for each in (process, *process.children(recursive=True)):
                    each.kill()

            with connect(site.settings) as transport, pytest.raises(TransientError):
                transport.fetch("Sales/a.csv", tmp_path / "a.csv", die)
            assert not (tmp_path / "a.csv").exists()

    def test_a_full_disk_of_the_server_is_a_permanent_error(self, windows: WindowsFtp, tmp_path: Path) -> None:
        windows.answers = {"STOR": "452 Insufficient storage space"}
        (windows.root / "Sales").mkdir()
        (tmp_path / "a.csv").write_bytes(b"a")
        with (
            connect(windows.settings()) as transport,
            pytest.raises(PermanentError, match="452 Insufficient storage space"),
        ):
            transport.upload(tmp_path / "a.csv", "Sales/a.csv")


@pytest.fixture
def windows(tmp_path: Path) -> Iterator[WindowsFtp]:
    root = tmp_path / "served"
    root.mkdir()
    server = WindowsFtp(root)
    yield server
    server.close()


class TestListings:
    LISTING = "11-27-26  09:00AM       <DIR>          processed\r\n07-01-26  09:00AM                    7 a b.csv\r\n"

    def serve(self, windows: WindowsFtp) -> None:
        (windows.root / "Sales").mkdir()
        (windows.root / "Sales/a b.csv").write_bytes(b"content")
        windows.listing = self.LISTING

    def test_exact_times_are_asked_for_where_a_listing_has_none(self, windows: WindowsFtp) -> None:
        self.serve(windows)
        with connect(windows.settings()) as transport:
            expected = RemoteFile("Sales/a b.csv", 7, datetime(2026, 11, 27, 10, 0, tzinfo=UTC))
            assert transport.list("Sales") == [expected]
            assert transport.stat("Sales/a b.csv") == expected
            assert transport.folders("Sales") == ("Sales/processed",)

    def test_without_exact_times_those_of_the_listing_are_in_its_zone(
        self, windows: WindowsFtp, tmp_path: Path
    ) -> None:
        windows.features = ("SIZE",)
        self.serve(windows)
        with connect(windows.settings(listing_timezone="Europe/Athens")) as transport:
            expected = RemoteFile("Sales/a b.csv", 7, datetime(2026, 7, 1, 6, 0, tzinfo=UTC))
            assert transport.list("Sales") == [expected]
            assert transport.stat("Sales/a b.csv") == expected
            transport.fetch("Sales/a b.csv", tmp_path / "fetched")
        assert (tmp_path / "fetched").read_bytes() == b"content"

    def test_a_listing_that_does_not_come_is_a_transient_error(self, windows: WindowsFtp) -> None:
        self.serve(windows)
        windows.may_list.clear()
        with (
            connect(windows.settings(timeout_seconds=1)) as transport,
            pytest.raises(TransientError, match="no answer within 1 s"),
        ):
            transport.list("Sales")

    def test_a_listing_that_is_not_understood_is_an_error_and_not_no_files(self, windows: WindowsFtp) -> None:
        self.serve(windows)
        windows.listing = "a b.csv\r\n"
        with (
            connect(windows.settings()) as transport,
            pytest.raises(PermanentError, match=r"not understood: 'a b\.csv'"),
        ):
            transport.list("Sales")

    @pytest.mark.parametrize("kind", ["proftpd", "vsftpd"])
    def test_a_name_with_a_line_end_does_not_keep_others_from_being_listed(
        self, request: pytest.FixtureRequest, kind: str
    ) -> None:
        site: Site = request.getfixturevalue(f"{kind}_site")
        for name in ("a.csv", "line\nfeed.csv", "z.csv"):
            site.put(f"Sales/{name}")
        with connect(site.settings) as transport:
            assert sorted(file.name for file in transport.list("Sales")) == ["a.csv", "z.csv"]
            with pytest.raises(PermanentError, match="line end"):
                transport.stat("Sales/line\nfeed.csv")


class TestRoundTrips:
    """Ten thousand files are listed in few round trips, so that a slow network does not matter."""

    @pytest.mark.parametrize(("kind", "most"), [("vsftpd", 110), ("proftpd", 10)])
    def test_of_ftps(
        self, request: pytest.FixtureRequest, kind: str, most: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        site: Site = request.getfixturevalue(f"{kind}_site")
        folder = site.folder("Calls")
        for number in range(10_000):
            (folder / f"CALLS_{number}.csv").touch()
        sent: list[bytes] = []
        send = ssl.SSLSocket.sendall

        def counted(socket: ssl.SSLSocket, data: bytes) -> None:
            sent.append(data)
            send(socket, data)

        monkeypatch.setattr(ssl.SSLSocket, "sendall", counted)
        with connect(site.settings) as transport:
            sent.clear()
            assert len(transport.list("Calls")) == 10_000
            assert len(sent) <= most

    @pytest.mark.parametrize(("kind", "most"), [("openssh", 110), ("mod_sftp", 400), ("embedded", 110)])
    def test_of_sftp(
        self, request: pytest.FixtureRequest, kind: str, most: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        site: Site = request.getfixturevalue(f"{kind}_site")
        folder = site.folder("Calls")
        for number in range(10_000):
            (folder / f"CALLS_{number}.csv").touch()
        sent: list[object] = []
        send = SftpClient._request

        def counted(client: SftpClient, kind: int, *arguments: object) -> Any:
            sent.append(kind)
            return send(client, kind, *arguments)

        monkeypatch.setattr(SftpClient, "_request", counted)
        with connect(site.settings) as transport:
            sent.clear()
            assert len(transport.list("Calls")) == 10_000
            assert len(sent) <= most


def test_a_password_and_a_name_may_have_letters_beyond_ascii(windows: WindowsFtp) -> None:
    (windows.root / "Köln").mkdir()
    windows.listing = "07-01-26  09:00AM                    7 Größe.csv\r\n"
    (windows.root / "Köln/Größe.csv").write_bytes(b"content")
    with connect(windows.settings(name_encoding="iso-8859-1")) as transport:
        assert [file.name for file in transport.list("Köln")] == ["Größe.csv"]
        with pytest.raises(PermanentError, match=r"has a letter that is not in iso8859-1 \(`name_encoding`\)"):
            transport.stat("Πωλήσεις.csv")


def test_nothing_of_the_password_is_in_the_representation_of_a_transport(windows: WindowsFtp) -> None:
    with connect(windows.settings()) as transport:
        assert PASSWORD not in repr(transport) + repr(vars(transport))
