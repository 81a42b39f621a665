"""Reads enough of a file to recognise it, whatever its size."""

import gzip
import zipfile
import zlib
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO

from wiseparts_pipeline.profiling.errors import InspectionError

# Enough rows to recognise values, and read in well under a second.
HEAD_BYTES = 4 << 20
_CHUNK = 1 << 20

_SIGNATURES = {
    b"%PDF": "a PDF file",
    b"\xd0\xcf\x11\xe0": "an Excel (xls) file; save it as xlsx or CSV",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"7z\xbc\xaf\x27\x1c": "a 7z archive; a zip or gz can be imported",
    b"Rar!": "a rar archive; a zip or gz can be imported",
    b"PAR1": "a Parquet file",
    b"SQLite format 3": "a SQLite database",
}


@dataclass(frozen=True)
class Head:
    """The beginning of a file, unpacked from its archive.

    `complete`: whether it is the whole file. `elsewhere`: parts from further on. `member`: its name in the zip archive.
    """

    data: bytes
    complete: bool
    elsewhere: bytes = b""
    archive: str | None = None
    member: str | None = None
    is_workbook: bool = False


def read_head(path: Path) -> Head:
    """The first megabytes of a file. Raises InspectionError for what is not a file or can never be imported."""
    if path.is_dir():
        raise InspectionError(f"{path} is a folder; name one of the files in it.")
    try:
        with path.open("rb") as file:
            return _head(path, file)
    except FileNotFoundError:
        raise InspectionError(f"{path}: there is no such file.") from None
    except (gzip.BadGzipFile, zipfile.BadZipFile, EOFError, zlib.error, NotImplementedError, RuntimeError) as error:
        raise InspectionError(f"{path}: the archive cannot be read: {error}.") from None
    except OSError as error:
        raise InspectionError(f"{path}: cannot be read: {error.strerror or error}.") from None


def _head(path: Path, file: IO[bytes]) -> Head:
    begin = file.read(16)
    file.seek(0)
    for signature, name in _SIGNATURES.items():
        if begin.startswith(signature):
            raise InspectionError(f"{path} is {name}.")
    if begin.startswith(b"\x1f\x8b"):
        with gzip.open(file) as inside:
            return _beginning(inside, archive="gzip")
    if begin.startswith(b"PK\x03\x04"):
        return _zipped(path, file)
    head = _beginning(file)
    if head.complete or not head.data:
        return head
    size = path.stat().st_size
    pieces = []
    for position in (size // 2, max(size - _CHUNK, HEAD_BYTES)):
        # An even offset, so that UTF-16 characters are not split.
        file.seek(position // 2 * 2)
        pieces.append(file.read(_CHUNK))
    return Head(head.data, complete=False, elsewhere=b"\n".join(pieces))


def _zipped(path: Path, file: IO[bytes]) -> Head:
    with closing(zipfile.ZipFile(file)) as archive:
        names = archive.namelist()
        if "[Content_Types].xml" in names and any(name.startswith("xl/") for name in names):
            return Head(b"", complete=True, is_workbook=True)
        members = [name for name in names if not name.endswith("/") and not _is_hidden(name)]
        if not members:
            raise InspectionError(f"{path}: there is no file in the archive.")
        with archive.open(members[0]) as inside:
            return _beginning(inside, archive="zip", member=members[0])


def _is_hidden(name: str) -> bool:
    return name.startswith("__MACOSX/") or PurePosixPath(name).name.startswith(".")


def _beginning(file: IO[bytes] | gzip.GzipFile, archive: str | None = None, member: str | None = None) -> Head:
    data = file.read(HEAD_BYTES)
    return Head(data, complete=not file.read(1), archive=archive, member=member)
