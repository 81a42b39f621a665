"""Writes records as JSON lines, compressed: a file is there whole or not at all."""

import gzip
import json
import os
from collections.abc import Iterable
from pathlib import Path

from wiseparts_pipeline.connections.base import Record
from wiseparts_pipeline.home import private


def write_records(path: Path, records: Iterable[Record]) -> int:
    """Writes the records, each on a line, in their order; returns how many. Without any, there is no file.

    The name is the file's once it is complete and on the disk; until then another one that no importer takes.
    """
    private(path.parent)
    unfinished = path.with_name(f".{path.name}.part")
    count = 0
    try:
        # Without the time, which nobody needs, the same records are the same file.
        with unfinished.open("wb") as file, gzip.GzipFile("", "wb", compresslevel=5, fileobj=file, mtime=0) as packed:
            for record in records:
                packed.write(f"{json.dumps(record, ensure_ascii=False)}\n".encode())
                count += 1
            packed.close()
            file.flush()
            os.fsync(file.fileno())
        if count:
            unfinished.rename(path)
            _keep_name(path.parent)
    finally:
        unfinished.unlink(missing_ok=True)
    return count


def _keep_name(folder: Path) -> None:
    """The file's name is on the disk as well."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
