"""The embedded SFTP server, for installations without one: a process that serves a folder of the state folder."""

import os
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from wiseparts_pipeline.transport.base import TransportError, inside

ADDRESS = "127.0.0.1"
USER = "wiseparts"


@dataclass(frozen=True)
class EmbeddedSftp:
    """A running server. Its files are in `root`; any user can log in with the private key `key`."""

    folder: Path
    port: int
    host: str = ADDRESS

    @property
    def root(self) -> Path:
        return self.folder / "root"

    @property
    def key(self) -> Path:
        return self.folder / "user_key"

    @property
    def known_hosts(self) -> Path:
        return self.folder / "known_hosts"

    def environment(self) -> dict[str, str]:
        """The environment variables that the packaged source `erp` reads."""
        return {
            "ERP_SFTP_HOST": self.host,
            "ERP_SFTP_PORT": str(self.port),
            "ERP_SFTP_USER": USER,
            "ERP_SFTP_KEY": str(self.key),
            "ERP_SFTP_KNOWN_HOSTS": str(self.known_hosts),
            "ERP_SFTP_ROOT": "/",
        }

    @classmethod
    @contextmanager
    def running(cls, home: Path, folders: Iterable[str] = (), port: int = 0) -> Iterator["EmbeddedSftp"]:
        """Serve `home/sftp/root`, with these folders in it, on `port`, or on a free one if that is 0 or taken.

        Several processes may each run one for the same home. It ends with this process, even if this is killed.
        """
        folder = home.resolve() / "sftp"
        try:
            for name in ("", *folders):
                Path(inside(str(folder / "root"), name)).mkdir(parents=True, exist_ok=True)
            folder.chmod(0o700)
        except OSError as error:
            raise TransportError(
                f"cannot create the embedded SFTP server's {error.filename}: {error.strerror}"
            ) from error
        command = [
            sys.executable,
            "-m",
            "wiseparts_pipeline.transport.embedded_server",
            str(folder),
            str(port),
            str(os.getpid()),
        ]
        # In a session of its own, so that Ctrl-C does not end it while we still need it.
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True)
        try:
            assert process.stdout is not None
            listening = process.stdout.readline().strip()
            if not listening:
                raise TransportError(f"the embedded SFTP server for {folder} did not start: see its message above")
            yield cls(folder, int(listening))
        finally:
            process.kill()
            process.communicate()
