"""What commands run on: the configuration, and the embedded SFTP server if the configuration needs it."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from wiseparts_pipeline.config.loader import Configuration, load_configuration
from wiseparts_pipeline.home import defs_folder, home
from wiseparts_pipeline.transport.embedded import EmbeddedSftp

SERVER_VARIABLE = "ERP_SFTP_HOST"
_DEFAULT_PORT = 22


@contextmanager
def running_sources(defs: Path | None = None, port: int = 0) -> Iterator[tuple[Configuration, EmbeddedSftp | None]]:
    """The configuration, and the embedded SFTP server, running, if one is needed and the environment names none."""
    if not _wants_embedded_sftp(defs):
        yield load_configuration(defs), None
        return
    with EmbeddedSftp.running(home(), port=port) as server:
        os.environ.update(server.environment())
        configuration = load_configuration(defs)
        for importer in configuration.importers.values():
            source = configuration.source_of(importer)
            if (source.host, source.port) == (server.host, server.port):
                (server.root / source.root.strip("/") / importer.folder_names.base).mkdir(parents=True, exist_ok=True)
        yield configuration, server


def configuration_at_rest() -> Configuration:
    """The configuration, for commands that connect to no source."""
    if _wants_embedded_sftp(None):
        os.environ.update(EmbeddedSftp(home() / "sftp", port=_DEFAULT_PORT).environment())
    return load_configuration()


def _wants_embedded_sftp(defs: Path | None) -> bool:
    if os.environ.get(SERVER_VARIABLE):
        return False
    files = (defs or defs_folder()).rglob("defs.yaml")
    return any(SERVER_VARIABLE in path.read_text(encoding="utf-8", errors="replace") for path in files)
