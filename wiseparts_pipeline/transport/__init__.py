"""The files of a source, wherever they are: one small protocol, and a transport for each kind of server.

To add a transport: its class in a module of its own, with the methods of `base.Transport`; its name in TRANSPORTS and
in `config.source.PROTOCOLS`; a fixture in tests/transport/conftest.py, with which every test of the protocol runs.
"""

from collections.abc import Callable

from wiseparts_pipeline.config.source import SourceSettings
from wiseparts_pipeline.transport.base import (
    FileMissing,
    FolderMissing,
    PermanentError,
    RemoteFile,
    TargetExists,
    TransientError,
    Transport,
    TransportError,
)
from wiseparts_pipeline.transport.ftp import FtpTransport
from wiseparts_pipeline.transport.local import LocalTransport
from wiseparts_pipeline.transport.sftp import SftpTransport

__all__ = [
    "TRANSPORTS",
    "FileMissing",
    "FolderMissing",
    "PermanentError",
    "RemoteFile",
    "TargetExists",
    "TransientError",
    "Transport",
    "TransportError",
    "connect",
]

# By the `protocol` of a source.
TRANSPORTS: dict[str, Callable[[SourceSettings], Transport]] = {
    "sftp": SftpTransport,
    "ftps": FtpTransport,
    "ftp": FtpTransport,
    "local": LocalTransport,
}


def connect(settings: SourceSettings) -> Transport:
    """The source's transport, connected; leave its `with` to close it. Raises TransientError, PermanentError."""
    return TRANSPORTS[settings.protocol](settings)
