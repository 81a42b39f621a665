"""Real servers behind a line that can be cut, whose processes can be killed and started again."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil

from tests.transport import ftp_servers
from tests.transport.conftest import Line
from tests.transport.openssh import SSHD, openssh_server
from tests.transport.site import Site, listens
from tests.waiting import eventually
from wiseparts_pipeline.config.source import SourceSettings
from wiseparts_pipeline.transport.embedded import EmbeddedSftp

SERVERS = ("openssh", "mod_sftp", "proftpd", "embedded")


@dataclass(frozen=True)
class Server:
    """A server that listens at a port, the line to it, and what starts it again."""

    site: Site
    line: Line
    port: int
    command: tuple[str, ...]
    started: list["subprocess.Popen[bytes]"] = field(default_factory=list)

    def kill(self) -> None:
        """Ends its process and those of its sessions, as a crash does."""
        everyone = [each for main in self._listening() for each in (main, *main.children(recursive=True))]
        for process in everyone:
            process.kill()
        psutil.wait_procs(everyone, timeout=60)
        for started in self.started:
            started.wait()

    def start(self) -> None:
        null = subprocess.DEVNULL
        self.started.append(subprocess.Popen(self.command, stdout=null, stderr=null))
        eventually(lambda: listens(self.port))

    def _listening(self) -> list[psutil.Process]:
        return [
            psutil.Process(each.pid)
            for each in psutil.net_connections("tcp4")
            if each.status == psutil.CONN_LISTEN and each.laddr.port == self.port and each.pid is not None
        ]


@contextmanager
def behind_a_line(name: str) -> Iterator[Server]:
    """A server of this kind."""
    with ExitStack() as stack:
        site, command = _running(name, stack)
        port = site.settings.port
        line = Line(port)
        stack.callback(line.close)
        changes = {"port": line.port, "timeout_seconds": 2}
        site = replace(site, settings=site.settings.model_copy(update=changes))
        server = Server(site, line, port, tuple(map(str, command)))
        stack.callback(server.kill)
        yield server


def _running(name: str, stack: ExitStack) -> tuple[Site, list[str | Path]]:
    if name == "embedded":
        embedded = stack.enter_context(EmbeddedSftp.running(Path(stack.enter_context(TemporaryDirectory()))))
        module = "wiseparts_pipeline.transport.embedded_server"
        command: list[str | Path] = [
            sys.executable,
            "-m",
            module,
            embedded.folder,
            str(embedded.port),
            str(os.getpid()),
        ]
        return _embedded_site(embedded), command
    if name == "openssh":
        openssh = stack.enter_context(openssh_server())
        return openssh.site(), [SSHD, "-D", "-e", "-f", openssh.folder / "sshd_config"]
    if name == "mod_sftp":
        proftpd = stack.enter_context(ftp_servers.mod_sftp())
    else:
        folder = Path(stack.enter_context(TemporaryDirectory()))
        proftpd = stack.enter_context(ftp_servers.proftpd(ftp_servers.make_certificates(folder)))
    return proftpd.site(), [ftp_servers.PROFTPD, "-n", "-c", proftpd.folder / "configuration"]


def _embedded_site(server: EmbeddedSftp) -> Site:
    settings = SourceSettings(
        name="erp",
        protocol="sftp",
        host=server.host,
        port=server.port,
        username="wiseparts",
        private_key=str(server.key),
        known_hosts=server.known_hosts,
    )
    return Site(settings, server.root)
