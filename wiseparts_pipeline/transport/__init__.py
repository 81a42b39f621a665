"""Files of a source, wherever they lie: SFTP or a local folder behind one small protocol."""

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
from wiseparts_pipeline.transport.local import LocalTransport
from wiseparts_pipeline.transport.sftp import SftpTransport

__all__ = [
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


def connect(settings: SourceSettings) -> Transport:
    """The source's transport, connected; close it by leaving its `with`. Raises TransientError, PermanentError."""
    if settings.protocol == "local":
        return LocalTransport(settings)
    return SftpTransport(settings)
