"""An Asterisk of Debian's unstable, in a root folder of its own, and the telephones that call over it.

`install.sh` makes the root folder. All that runs is bound to this machine, and ends with whoever started it.
"""

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from string import Template
from tempfile import mkdtemp
from urllib.parse import urlsplit
from uuid import uuid4

from tests.connections.asterisk.ports import free_port
from tests.waiting import eventually

HERE = Path(__file__).parent
SIPP = Path("/usr/bin/sipp")
# Calls from outside come over the trunk. 101 is answered after a second, 102 is busy, nobody takes 103.
RINGS_SECONDS = 1
PHONES = {"101": "answers", "102": "busy", "103": "rings"}

_START = """
mount --rbind /dev "$1/dev" && mount -t proc proc "$1/proc" && exec chroot "$1" asterisk -f -C "$2/asterisk.conf"
"""


def root() -> Path:
    """Where Asterisk is installed."""
    systems = os.environ.get("WISEPARTS_TEST_SYSTEMS") or Path.home() / ".cache" / "wiseparts-tests"
    return Path(systems) / "asterisk-root"


def is_installed() -> bool:
    return SIPP.exists() and (root() / "installed").exists() and os.geteuid() == 0


@dataclass(frozen=True)
class Pbx:
    """A running Asterisk. `folder`: its configuration and logs. `port`: where it takes calls. `calls`: all callers."""

    folder: Path
    port: int
    calls: list["subprocess.Popen[bytes]"] = field(default_factory=list)

    def call(self, number: str, *, caller: str, hangs_up_after: float) -> None:
        """Begins a call that hangs up some seconds after it was answered, be it by a queue's music."""
        scenario = self.folder / f"{uuid4().hex}.xml"
        text = Template((HERE / "scenarios" / "caller.xml").read_text())
        scenario.write_text(text.substitute(caller=caller, milliseconds=round(hangs_up_after * 1000)))
        self.calls.append(_sipp(scenario, ["-s", number, "-m", "1", f"127.0.0.1:{self.port}"]))

    def tell(self, command: str) -> str:
        """What Asterisk answers to a command."""
        inside = f"/{self.folder.relative_to(root())}/asterisk.conf"
        return subprocess.run(
            ["chroot", root(), "asterisk", "-C", inside, "-rx", command], check=True, capture_output=True, text=True
        ).stdout


@contextmanager
def running(database_url: str, *, batch_seconds: int | None = None) -> Iterator[Pbx]:
    """An Asterisk that writes its call records and the log of its queues to a PostgreSQL.

    `batch_seconds`: how long it collects records before it writes them.
    """
    folder = Path(mkdtemp(prefix="pbx-", dir=root() / "srv"))
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        phones = {number: free_port(socket.SOCK_DGRAM) for number in PHONES}
        port = free_port(socket.SOCK_DGRAM)
        parts = urlsplit(database_url)
        for source in (HERE / "config").iterdir():
            text = Template(source.read_text()).substitute(
                folder=f"/{folder.relative_to(root())}",
                port=port,
                db_host=parts.hostname,
                db_port=parts.port,
                db_name=parts.path.removeprefix("/"),
                db_user=parts.username,
                db_password=parts.password,
                batch="no" if batch_seconds is None else "yes",
                batch_seconds=batch_seconds or 300,
                **{f"phone_{number}": port for number, port in phones.items()},
            )
            (folder / source.name).write_text(text)
        for number, scenario in PHONES.items():
            phone = _sipp(
                HERE / "scenarios" / f"{scenario}.xml", ["-p", str(phones[number]), "-d", str(RINGS_SECONDS * 1000)]
            )
            stack.callback(_end, phone)
        inside = f"/{folder.relative_to(root())}"
        with (folder / "output").open("wb") as output:
            asterisk = subprocess.Popen(
                [
                    *("setpriv", "--pdeathsig=KILL", "unshare", "--mount", "--pid", "--fork", "--kill-child"),
                    *("sh", "-c", _START, "sh", root(), inside),
                ],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        stack.callback(_end, asterisk)
        pbx = Pbx(folder, port)
        stack.callback(_end_all, pbx.calls)
        eventually(lambda: _is_up(pbx, asterisk), seconds=60)
        yield pbx


def _is_up(pbx: Pbx, process: "subprocess.Popen[bytes]") -> bool:
    assert process.poll() is None, (pbx.folder / "output").read_text()
    try:
        return "fully booted" in pbx.tell("core waitfullybooted")
    except subprocess.CalledProcessError:
        return False


def _sipp(scenario: Path, arguments: Sequence[str]) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        [
            *("setpriv", "--pdeathsig=KILL", SIPP, "-sf", scenario),
            *("-i", "127.0.0.1", "-mi", "127.0.0.1", "-nostdin", *arguments),
        ],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def _end_all(processes: "Sequence[subprocess.Popen[bytes]]") -> None:
    for process in processes:
        _end(process)


def _end(process: "subprocess.Popen[bytes]") -> None:
    process.kill()
    process.wait()
