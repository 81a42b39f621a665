"""Debian's sshd, as a process of the tests."""

import getpass
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.debian import need
from tests.transport.site import Site, free_port, listens
from tests.waiting import eventually
from wiseparts_pipeline.config.source import SourceSettings

SSHD = Path("/usr/sbin/sshd")
PASSPHRASE = "wheel nut 19"


@dataclass(frozen=True)
class OpenSsh:
    """A running sshd; `keys` are the private keys that it accepts, by type."""

    port: int
    user: str
    folder: Path
    keys: dict[str, Path]

    @property
    def known_hosts(self) -> Path:
        return self.folder / "known_hosts"

    def settings(self, **changes: Any) -> SourceSettings:
        values = {
            "name": "erp",
            "protocol": "sftp",
            "host": "127.0.0.1",
            "port": self.port,
            "username": self.user,
            "private_key": str(self.keys["ed25519"]),
            "known_hosts": self.known_hosts,
        }
        return SourceSettings(**{**values, **changes})

    def site(self) -> Site:
        """A new folder on the server as a source."""
        root = Path(tempfile.mkdtemp(dir=self.folder))
        site = Site(self.settings(root=str(root)), root, self.user if os.geteuid() == 0 else None)
        site.folder("")
        return site


@contextmanager
def openssh_server() -> Iterator[OpenSsh]:
    """Debian's sshd with internal-sftp. If root starts it, the user is `nobody`, to whom permissions apply."""
    need(SSHD, "openssh-server")
    # Not in pytest's folder, which only its owner can enter.
    folder = Path(tempfile.mkdtemp(prefix="sshd-"))
    folder.chmod(0o755)
    user = "nobody" if os.geteuid() == 0 else getpass.getuser()
    keys = {}
    for name, kind, passphrase in (
        ("host", "ed25519", ""),
        ("ed25519", "ed25519", ""),
        ("rsa", "rsa", ""),
        ("ecdsa", "ecdsa", ""),
        ("encrypted", "ed25519", PASSPHRASE),
        ("encrypted-rsa-pem", "rsa", PASSPHRASE),
        ("authority", "ed25519", ""),
        ("unknown-ed25519", "ed25519", ""),
        ("unknown-rsa", "rsa", ""),
        ("unknown-ecdsa", "ecdsa", ""),
    ):
        keys[name] = folder / name
        form = ["-m", "PEM"] if name.endswith("pem") else []
        command = ["ssh-keygen", "-q", "-t", kind, *form, "-N", passphrase, "-f", str(keys[name])]
        subprocess.run(command, check=True, timeout=60)
    public = {name: path.with_suffix(".pub").read_text() for name, path in keys.items()}
    known = ("ed25519", "rsa", "ecdsa", "encrypted", "encrypted-rsa-pem")
    (folder / "known_hosts").write_text(f"127.0.0.1 {public['host']}")
    (folder / "authorized_keys").write_text("".join(line for name, line in public.items() if name in known))
    port = free_port()
    (folder / "sshd_config").write_text(
        f"""
        Port {port}
        ListenAddress 127.0.0.1
        HostKey {folder}/host
        PidFile {folder}/pid
        AuthorizedKeysFile {folder}/authorized_keys
        TrustedUserCAKeys {folder}/authority.pub
        StrictModes no
        UsePAM no
        PasswordAuthentication no
        KbdInteractiveAuthentication no
        Subsystem sftp internal-sftp
        ForceCommand internal-sftp
        MaxStartups 100
        """
    )
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(exist_ok=True)
    command = [str(SSHD), "-D", "-e", "-f", str(folder / "sshd_config")]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, stderr=log)
    try:
        eventually(lambda: listens(port))
        yield OpenSsh(port, user, folder, {name: keys[name] for name in known})
    finally:
        process.terminate()
        process.wait()
        shutil.rmtree(folder)
