import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.transport.openssh import OpenSsh
from tests.transport.site import listens
from tests.waiting import eventually
from wiseparts_pipeline.config.source import SourceSettings
from wiseparts_pipeline.transport import PermanentError, TransportError, connect
from wiseparts_pipeline.transport.embedded import EmbeddedSftp


def settings(server: EmbeddedSftp) -> SourceSettings:
    """The settings that the packaged source reads from the environment."""
    environment = server.environment()
    return SourceSettings(
        name="erp",
        protocol="sftp",
        host=environment["ERP_SFTP_HOST"],
        port=int(environment["ERP_SFTP_PORT"]),
        username=environment["ERP_SFTP_USER"],
        private_key=environment["ERP_SFTP_KEY"],
        known_hosts=Path(environment["ERP_SFTP_KNOWN_HOSTS"]),
        root=environment["ERP_SFTP_ROOT"],
    )


def test_each_importer_has_its_folder(tmp_path: Path) -> None:
    with (
        EmbeddedSftp.running(tmp_path, folders=["Sales", "Due Docs"]) as server,
        connect(settings(server)) as transport,
    ):
        assert transport.list("Sales") == transport.list("Due Docs") == []
    assert (tmp_path / "sftp/root/Due Docs").is_dir()


def test_an_ordinary_sftp_client_can_use_it(tmp_path: Path) -> None:
    export = tmp_path / "SALES_21_11_2026.csv"
    export.write_text("invoice_id\n1\n")
    with EmbeddedSftp.running(tmp_path, folders=["Sales"]) as server:
        client = subprocess.run(
            [
                *("sftp", "-b", "-", "-F", "none", "-P", str(server.port), "-i", str(server.key)),
                *("-o", f"UserKnownHostsFile={server.known_hosts}", "-o", "StrictHostKeyChecking=yes"),
                f"wiseparts@{server.host}",
            ],
            input=f"put {export} Sales/\nls Sales\nget Sales/{export.name} {tmp_path}/back.csv\n",
            capture_output=True,
            text=True,
            timeout=60,
        )
    assert client.returncode == 0, client.stderr
    assert (tmp_path / "sftp/root/Sales" / export.name).read_bytes() == export.read_bytes()
    assert (tmp_path / "back.csv").read_bytes() == export.read_bytes()


def test_several_servers_may_serve_the_same_files(tmp_path: Path) -> None:
    with EmbeddedSftp.running(tmp_path, ["Sales"]) as first, EmbeddedSftp.running(tmp_path, ["Sales"]) as second:
        assert first.port != second.port
        (first.root / "Sales/a.csv").write_text("id\n")
        with connect(settings(first)) as one, connect(settings(second)) as other:
            assert one.list("Sales") == other.list("Sales") != []


def test_servers_that_start_at_the_same_time_have_the_same_keys(tmp_path: Path) -> None:
    def key_seen(_: int) -> str:
        with EmbeddedSftp.running(tmp_path, ["Sales"]) as server, connect(settings(server)) as transport:
            assert transport.exists("Sales")
            return server.key.read_text()

    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(key_seen, range(4)))) == 1


def test_the_keys_are_kept_and_readable_by_their_owner_only(tmp_path: Path) -> None:
    names = ("host_key", "user_key", "known_hosts")
    kept = []
    for _ in range(2):
        with EmbeddedSftp.running(tmp_path):
            kept.append([(tmp_path / "sftp" / name).read_bytes() for name in names])
    assert kept[0] == kept[1]
    assert {(tmp_path / "sftp" / name).stat().st_mode & 0o777 for name in names} == {0o600}


def test_a_free_port_replaces_one_that_is_in_use(tmp_path: Path) -> None:
    with EmbeddedSftp.running(tmp_path) as first, EmbeddedSftp.running(tmp_path, port=first.port) as second:
        assert second.port != first.port
        assert listens(second.port)


def test_a_free_port_is_used(tmp_path: Path) -> None:
    with EmbeddedSftp.running(tmp_path) as server:
        port = server.port
    with EmbeddedSftp.running(tmp_path, port=port) as server:
        assert server.port == port


def test_an_unknown_key_is_refused(embedded: EmbeddedSftp, openssh: OpenSsh) -> None:
    stranger = settings(embedded).model_copy(update={"private_key": openssh.settings().private_key})
    with pytest.raises(PermanentError, match="login refused for"):
        connect(stranger)


def test_it_ends_with_its_context(tmp_path: Path) -> None:
    with EmbeddedSftp.running(tmp_path) as server:
        assert listens(server.port)
    assert not listens(server.port)


def test_it_ends_when_its_parent_is_killed(tmp_path: Path) -> None:
    program = (
        "import pathlib, signal, sys\n"
        "from wiseparts_pipeline.transport.embedded import EmbeddedSftp\n"
        "with EmbeddedSftp.running(pathlib.Path(sys.argv[1])) as server:\n"
        "    print(server.port, flush=True)\n"
        "    signal.pause()\n"
    )
    with subprocess.Popen([sys.executable, "-c", program, str(tmp_path)], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        port = int(parent.stdout.readline())
        assert listens(port)
        os.kill(parent.pid, signal.SIGKILL)
    eventually(lambda: not listens(port))


def test_a_server_that_cannot_start_is_reported(tmp_path: Path) -> None:
    (tmp_path / "sftp").write_text("in the way")
    with (
        pytest.raises(TransportError, match="cannot create the embedded SFTP server's"),
        EmbeddedSftp.running(tmp_path),
    ):
        pass
