"""Writes records as JSON lines, compressed: a file is there whole or not at all."""

import gzip
import json
import os
from collections.abc import Iterable
from pathlib import Path

from wiseparts_pipeline.connections.base import Record
from wiseparts_pipeline.errors import WisepartsError
from wiseparts_pipeline.home import private


class NotWritten(WisepartsError):
    """What was pulled cannot be written here: the disk is full, or a right is missing."""


def write_records(path: Path, records: Iterable[Record]) -> int:
    """Writes the records, each on a line, in their order; returns how many. Without any, there is no file.

    The name is the file's once it is complete and on the disk; until then another one that no importer takes. Raises
    NotWritten.
    """
    try:
        private(path.parent)
        unfinished = path.with_name(f".{path.name}.part")
        try:
            count = _write(unfinished, records)
            if count:
                unfinished.rename(path)
                _keep_name(path.parent)
        finally:
            unfinished.unlink(missing_ok=True)
    except OSError as error:
        raise NotWritten(
            f"{path.parent}: what is pulled cannot be written there: {error.strerror or error}. Make room on the disk,"
            " or give the user who runs this the right to write there, and pull again; nothing of it is imported."
        ) from None
    return count


def _write(path: Path, records: Iterable[Record]) -> int:
    count = 0
    # Without the time, which nobody needs, the same records are the same file.
    with path.open("wb") as file, gzip.GzipFile("", "wb", compresslevel=5, fileobj=file, mtime=0) as packed:
        for record in records:
            packed.write(f"{json.dumps(record, ensure_ascii=False)}\n".encode())
            count += 1
        packed.close()
        file.flush()
        os.fsync(file.fileno())
    return count


def _keep_name(folder: Path) -> None:
    """The file's name is on the disk as well."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
