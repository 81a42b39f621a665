"""A server of the oldest PostgreSQL that is supported: Debian's 15, over TCP and with a password.

What depends on the server's version uses it: the tables, the import of the whole sample, the marts. All else, and what
runs in an installation of its own, uses the embedded server, which is of the newest version.
"""

import os
import pwd
import socket
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import quote

VERSION = 15
BINARIES = Path(f"/usr/lib/postgresql/{VERSION}/bin")
PACKAGE = f"postgresql-{VERSION}"
PASSWORD = "a pass:word/with@signs"


def is_installed() -> bool:
    """Whether there is one on this machine; where everything has to be there, it is."""
    return "CI" in os.environ or (BINARIES / "postgres").exists()


@contextmanager
def running(folder: Path | None, settings: Sequence[str]) -> Iterator[str]:
    """The URL of a server whose user may create databases, in a temporary folder below `folder`."""
    user = pwd.getpwnam("postgres") if os.geteuid() == 0 else None
    with TemporaryDirectory(dir=folder) as name:
        home = Path(name)
        (home / "password").write_text(PASSWORD)
        if user:
            os.chown(home, user.pw_uid, user.pw_gid)

        def run(program: str, *arguments: str) -> None:
            subprocess.run(
                [BINARIES / program, f"--pgdata={home / 'data'}", *arguments],
                check=True,
                stdout=subprocess.DEVNULL,
                user=user and user.pw_uid,
                group=user and user.pw_gid,
                extra_groups=[] if user else None,
                cwd=home,
            )

        port = _free_port()
        run("initdb", "--username=owner", "--auth=scram-sha-256", f"--pwfile={home / 'password'}", "--no-sync")
        quick = " ".join(f"-c {setting.replace(' ', '')}" for setting in settings)
        options = f"-h 127.0.0.1 -p {port} -k {home} {quick}"
        run("pg_ctl", "start", "--wait", f"--log={home / 'log'}", f"--options={options}")
        try:
            yield f"postgresql://owner:{quote(PASSWORD, safe='')}@127.0.0.1:{port}/postgres"
        finally:
            run("pg_ctl", "stop", "--wait", "--mode=immediate")


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    return port
