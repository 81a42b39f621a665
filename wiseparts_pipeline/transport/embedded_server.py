"""The embedded SFTP server's own process: `python -m wiseparts_pipeline.transport.embedded_server FOLDER PORT PARENT`.

Serves FOLDER/root to anyone who has FOLDER/user_key, prints the port it listens on, and ends when the process PARENT
does. If root starts it and FOLDER/root belongs to another user, it serves as that user.
"""

import asyncio
import errno
import fcntl
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncssh

from wiseparts_pipeline.transport.embedded import ADDRESS
from wiseparts_pipeline.transport.embedded_files import ConfinedSftp

# The first two are encrypted and authenticated by OpenSSL in one pass; the last is for clients without them.
CIPHERS = ("aes128-gcm@openssh.com", "aes256-gcm@openssh.com", "aes256-ctr")
WATCH_SECONDS = 0.5


def make_keys(folder: Path) -> None:
    """Create host_key, user_key and known_hosts if they are missing; several processes may do so at once."""
    with _locked(folder):
        for name in ("host_key", "user_key"):
            if not (folder / name).exists():
                _write(folder / name, asyncssh.generate_private_key("ssh-ed25519").export_private_key())
        if not (folder / "known_hosts").exists():
            # Without a port the line is for all ports of this machine: each process has its own.
            host_key = asyncssh.read_private_key(folder / "host_key").export_public_key()
            _write(folder / "known_hosts", f"{ADDRESS},localhost ".encode() + host_key)


async def serve(folder: Path, port: int, parent: int) -> None:
    """Serve until the parent process has ended, on a free port if this one is taken."""
    # Read once: they cannot be read any more as another user.
    host_key, user_key = (asyncssh.read_private_key(folder / name) for name in ("host_key", "user_key"))
    root = os.open(folder / "root", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)

    async def listen(port: int) -> asyncssh.SSHAcceptor:
        return await asyncssh.listen(
            ADDRESS,
            port,
            server_host_keys=[host_key],
            authorized_client_keys=asyncssh.import_authorized_keys(user_key.export_public_key().decode()),
            sftp_factory=lambda channel: ConfinedSftp(channel, root),
            encryption_algs=CIPHERS,
            compression_algs=["none"],
        )

    try:
        server = await listen(port)
    except OSError as error:
        if error.errno not in (errno.EADDRINUSE, errno.EACCES):
            raise
        server = await listen(0)
    _become_owner(root)
    async with server:
        print(server.get_port(), flush=True)
        while os.getppid() == parent:
            await asyncio.sleep(WATCH_SECONDS)


def _become_owner(root: int) -> None:
    """Gives up root's rights for those of the folder's owner; everything else that is needed is open by now."""
    owner = os.fstat(root)
    if os.geteuid() == 0 and owner.st_uid != 0:
        os.setgroups([])
        os.setgid(owner.st_gid)
        os.setuid(owner.st_uid)


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _write(path: Path, content: bytes) -> None:
    """Written atomically, and readable by its owner only."""
    part = path.with_suffix(".part")
    part.touch(mode=0o600)
    part.write_bytes(content)
    part.replace(path)


if __name__ == "__main__":
    served = Path(sys.argv[1])
    try:
        make_keys(served)
        asyncio.run(serve(served, port=int(sys.argv[2]), parent=int(sys.argv[3])))
    except (OSError, asyncssh.KeyImportError) as error:
        sys.exit(f"embedded SFTP server for {served}: {error}")
