"""A source in a folder of this machine, whichever server serves it."""

import contextlib
import os
import shutil
import socket
from dataclasses import dataclass
from pathlib import Path

from wiseparts_pipeline.config.source import SourceSettings


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def listens(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=5):
        return True
    return False


@dataclass(frozen=True)
class Site:
    """A source's settings, and its root as a folder of this machine."""

    settings: SourceSettings
    root: Path
    owner: str | None = None

    def folder(self, path: str) -> Path:
        folder = self.root / path
        folder.mkdir(parents=True, exist_ok=True)
        self.own(folder)
        return folder

    def put(self, path: str | bytes, content: bytes = b"id,name\n1,bolt\n") -> Path:
        file = self.root / os.fsdecode(path)
        self.folder(str(file.parent.relative_to(self.root)))
        file.write_bytes(content)
        self.own(file)
        return file

    def own(self, path: Path) -> None:
        if self.owner is not None:
            shutil.chown(path, self.owner)
