"""Writes records as JSON lines, compressed: a file is there whole or not at all."""

import gzip
import json
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
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
    with written(path) as unfinished:
        count = _write(unfinished, records)
        if not count:
            unfinished.unlink()
        return count


@contextmanager
def written(path: Path) -> Iterator[Path]:
    """A path to write to; what is there at the end of the block becomes the file. Raises NotWritten."""
    try:
        private(path.parent)
        unfinished = path.with_name(f".{path.name}.part")
        try:
            yield unfinished
            if unfinished.exists():
                _keep(unfinished)
                unfinished.rename(path)
                _keep(path.parent)
        finally:
            unfinished.unlink(missing_ok=True)
    except OSError as error:
        raise NotWritten(
            f"{path.parent}: what is pulled cannot be written there: {error.strerror or error}. Make room on the disk,"
            " or give the user who runs this the right to write there, and pull again; nothing of it is imported."
        ) from None


def _write(path: Path, records: Iterable[Record]) -> int:
    count = 0
    # Without the time, which nobody needs, the same records are the same file.
    with path.open("wb") as file, gzip.GzipFile("", "wb", compresslevel=5, fileobj=file, mtime=0) as packed:
        for record in records:
            packed.write(f"{json.dumps(record, ensure_ascii=False)}\n".encode())
            count += 1
    return count


def _keep(path: Path) -> None:
    """What is in a file, or the names in a folder, are on the disk as well."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
